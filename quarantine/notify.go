package quarantine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"asterism/ownedfs"
	"asterism/submit"
)

// Digest has the recipient and the commands of a digest.
type Digest struct {
	To, From string // addresses
	Host     string // this machine's name
	Command  string // the command line before "release ID", "show ID" and "delete ID"
}

// digestFile has the time of the last digest; a process that makes one holds its lock.
const digestFile = ".digest"

// maxDigest is how many mails a digest lists.
const maxDigest = 200

// Due reports whether the last digest is at least a time ago.
func (d *Dir) Due(ago time.Duration) bool { return d.due(digestFile, ago) }

func (d *Dir) due(file string, ago time.Duration) bool {
	info, err := os.Stat(filepath.Join(d.path, file))
	return err != nil || info.Size() == 0 || time.Since(info.ModTime()) >= ago
}

// exclusively makes digests of a kind while no other process does, and notes when.
func (d *Dir) exclusively(file string, do func() error) error {
	path := filepath.Join(d.path, file)
	f, err := ownedfs.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := do(); err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(time.Now().Format(time.RFC3339)+"\n"), 0)
	return err
}

// Notify sends a digest of the mails that were in no digest yet, if any, and returns their number.
func (d *Dir) Notify(ctx context.Context, by submit.Mailer, o Digest) (n int, err error) {
	var broken error
	err = d.exclusively(digestFile, func() (err error) {
		n, broken, err = d.notify(ctx, by, o)
		return err
	})
	return n, errors.Join(broken, err)
}

// notify sends the digest. broken is about mails, not about the digest.
func (d *Dir) notify(ctx context.Context, by submit.Mailer, o Digest) (n int, broken, err error) {
	items, broken := d.List()
	var news []*Item
	for _, i := range items {
		if !i.Notified {
			news = append(news, i)
		}
	}
	if len(news) > 0 {
		if err := d.send(ctx, by, o.To, o.mail(news, len(items), time.Now())); err != nil {
			return 0, broken, err
		}
	}
	for _, i := range news {
		err := write(filepath.Join(d.path, i.ID), notifiedFile, nil)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // released meanwhile
			broken = errors.Join(broken, err)
		}
	}
	return len(news), broken, nil
}

// send hands a digest to the mailer, with a field that lets it pass.
func (d *Dir) send(ctx context.Context, by submit.Mailer, to string, mail []byte) error {
	raw, err := d.withPass("digest", mail)
	if err != nil {
		return err
	}
	if _, err := by.Submit(ctx, &submit.Mail{Recipients: []string{to}, Raw: raw}); err != nil {
		return fmt.Errorf("the digest is not sent: %w", err)
	}
	return nil
}

// mail returns the digest as a mail.
func (o Digest) mail(news []*Item, all int, now time.Time) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "New in the quarantine of %s: %d. In all: %d.\n\n", o.Host, len(news), all)
	for i, item := range news {
		if i == maxDigest {
			fmt.Fprintf(&text, "… and %d more, which \"%s list\" shows.\n\n", len(news)-i, o.Command)
			break
		}
		env := &item.Envelope
		fmt.Fprintf(&text, "%s   score %s   %s\n", item.ID, item.Verdict.Full().ShownScore(),
			env.Received.Local().Format("Mon 2 Jan 15:04"))
		fmt.Fprintf(&text, "  from     <%s>  %s\n", Printable(env.Sender), Printable(item.From))
		fmt.Fprintf(&text, "  to       %s\n", Printable(shortList(env.Recipients)))
		fmt.Fprintf(&text, "  subject  %s\n", Printable(item.Subject))
		fmt.Fprintf(&text, "  %s release %s\n\n", o.Command, item.ID)
	}
	fmt.Fprintf(&text, "To see one: %s show ID. To delete one: %[1]s delete ID.\n", o.Command)

	subject := fmt.Sprintf("%d new in the quarantine of %s", len(news), o.Host)
	return compose(o.From, o.To, subject, text.String(), o.Host, now)
}

// compose returns a digest as a mail. It is quoted-printable so that no MTA has reason to change its body.
func compose(from, to, subject, text, host string, now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Spam quarantine <%s>\r\nTo: <%s>\r\n", from, to)
	fmt.Fprintf(&b, "Subject: %s\r\nDate: %s\r\n", mime.QEncoding.Encode("utf-8", subject), now.Format(time.RFC1123Z))
	fmt.Fprintf(&b, "Message-ID: <quarantine.%d.%d@%s>\r\n", now.UnixNano(), os.Getpid(), host)
	b.WriteString("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" + // RFC 3834
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(crlf(text)))
	_ = w.Close() // a buffer takes all
	return b.Bytes()
}

// shortList returns the first few of a mail's recipients.
func shortList(recipients []string) string {
	const few = 5
	if len(recipients) <= few {
		return strings.Join(recipients, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(recipients[:few], ", "), len(recipients)-few)
}

// Printable returns a text out of a mail as it may be shown on a terminal: without control characters, and not too
// long.
func Printable(s string) string {
	const longest = 200 // characters
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > longest {
			return -1
		}
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
