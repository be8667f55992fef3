package quarantine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/ownedfs"
	"asterism/submit"
)

// UserDigest configures the digests for recipients of quarantined mails.
type UserDigest struct {
	From string // address
	Host string // this machine's name
	// of the pages, without a slash at its end; without one there are no links to release mails
	URL string
	Of  func(user string) bool // who gets a digest
}

// userDigestFile has the time of the last digests; a process that makes some holds its lock.
const userDigestFile = ".userdigest"

// UsersDue reports whether the last digests of users are at least a time ago.
func (d *Dir) UsersDue(ago time.Duration) bool { return d.due(userDigestFile, ago) }

// NotifyUsers sends each recipient a digest of new mails, and returns the number of digests. Mails of authenticated
// users are left out, since their recipients may be anywhere. A digest that fails does not stop the others.
func (d *Dir) NotifyUsers(ctx context.Context, by submit.Mailer, o UserDigest) (n int, err error) {
	var failed error
	err = d.exclusively(userDigestFile, func() error {
		items, broken := d.List()
		failed = broken
		news := map[string][]*Item{}
		for _, i := range items {
			if i.Envelope.AuthUser != "" {
				continue
			}
			told := d.notifiedUsers(i.ID)
			for _, to := range i.Envelope.Recipients {
				if o.Of(to) && !slices.Contains(told, to) {
					news[to] = append(news[to], i)
				}
			}
		}
		for _, to := range slices.Sorted(maps.Keys(news)) {
			if err := d.notifyUser(ctx, by, o, to, news[to]); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			n++
		}
		return nil
	})
	return n, errors.Join(failed, err)
}

// notifiedUsers returns the recipients whose digests have listed a mail.
func (d *Dir) notifiedUsers(id string) (users []string) {
	err := readJSON(filepath.Join(d.path, id, notifiedUsersFile), &users)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // telling them twice is better than not at all
	}
	return users
}

// notifyUser sends one digest, and notes so.
func (d *Dir) notifyUser(ctx context.Context, by submit.Mailer, o UserDigest, to string, news []*Item) error {
	now := time.Now()
	var text strings.Builder
	fmt.Fprintf(&text, "These mails to you look like spam and were held back. They are deleted after a while.\n\n")
	for n, i := range news {
		if n == maxDigest {
			fmt.Fprintf(&text, "… and %d more.\n\n", len(news)-n)
			break
		}
		fmt.Fprintf(&text, "%s   score %s of %.1f\n", i.Envelope.Received.Local().Format("Mon 2 Jan 15:04"),
			i.Verdict.Full().ShownScore(), i.Verdict.Required)
		fmt.Fprintf(&text, "  from     <%s>  %s\n  subject  %s\n", Printable(i.Envelope.Sender), Printable(i.From),
			Printable(i.Subject))
		if o.URL != "" {
			link, err := d.link(o.URL, i.ID, to, now.Add(TicketTime))
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "  release  %s\n", link)
		}
		text.WriteString("\n")
	}
	if o.URL == "" {
		text.WriteString("If one of them is not spam, ask your administrator to release it.\n")
	} else {
		fmt.Fprintf(&text, "A link releases one mail, once, within %d days.\n", int(TicketTime.Hours()/24))
	}
	subject := fmt.Sprintf("Held back for you: %d", len(news))
	if err := d.send(ctx, by, to, compose(o.From, to, subject, text.String(), o.Host, now)); err != nil {
		return fmt.Errorf("to %s: %w", to, err)
	}
	var errs []error
	for _, i := range news {
		err := replaceJSON(filepath.Join(d.path, i.ID), notifiedUsersFile, append(d.notifiedUsers(i.ID), to))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // released meanwhile
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// TicketTime is how long a link of a digest is good.
const TicketTime = 7 * 24 * time.Hour

// link returns the address that releases a mail to one of its recipients.
func (d *Dir) link(base, id, to string, until time.Time) (string, error) {
	ticket, err := d.ticket(id, to, until.Unix())
	if err != nil {
		return "", err
	}
	return base + "/release/" + id + "?" + url.Values{"to": {to}, "until": {strconv.FormatInt(until.Unix(), 10)},
		"ticket": {ticket}}.Encode(), nil
}

// ticket signs the content of a link with the quarantine's secret key.
func (d *Dir) ticket(id, to string, until int64) (string, error) {
	key, err := ownedfs.ReadFile(filepath.Join(d.path, keyFile))
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "release\n%s\n%d\n%s", id, until, to)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Admits reports whether a ticket lets a recipient release a mail: it is genuine, and not expired. It works once, since
// a recipient who has received the mail is removed from its envelope.
func (d *Dir) Admits(id, to, until, ticket string) bool {
	t, err := strconv.ParseInt(until, 10, 64)
	if err != nil || time.Now().Unix() > t {
		return false
	}
	want, err := d.ticket(id, to, t)
	return err == nil && hmac.Equal([]byte(want), []byte(ticket))
}
