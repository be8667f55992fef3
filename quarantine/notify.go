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

	"asterism/owned"
	"asterism/submit"
)

// Digest says where a digest goes and what it tells its reader to do.
type Digest struct {
	To, From string // addresses
	Host     string // this machine's name
	Command  string // what "release ID", "show ID" and "delete ID" are put behind on a command line
}

// digestFile's time is that of the last digest; its lock is held by whoever makes one.
const digestFile = ".digest"

// maxDigest is how many mails a digest lists.
const maxDigest = 200

// Due tells whether the last digest is at least a time ago.
func (d *Dir) Due(ago time.Duration) bool {
	info, err := os.Stat(filepath.Join(d.path, digestFile))
	return err != nil || info.Size() == 0 || time.Since(info.ModTime()) >= ago
}

// Notify sends a digest of the mails that no digest has told of yet, if there are any, and returns how many those are.
func (d *Dir) Notify(ctx context.Context, by submit.Mailer, o Digest) (int, error) {
	path := filepath.Join(d.path, digestFile)
	f, err := owned.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	items, broken := d.List()
	var news []*Item
	for _, i := range items {
		if !i.Notified {
			news = append(news, i)
		}
	}
	if len(news) > 0 {
		raw, err := d.withPass("digest", o.mail(news, len(items), time.Now()))
		if err != nil {
			return 0, err
		}
		if _, err := by.Submit(ctx, &submit.Mail{Recipients: []string{o.To}, Raw: raw}); err != nil {
			return 0, fmt.Errorf("the digest is not sent: %w", err)
		}
	}
	for _, i := range news {
		err := write(filepath.Join(d.path, i.ID), notifiedFile, nil)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // released meanwhile
			broken = errors.Join(broken, err)
		}
	}
	_, err = f.WriteAt([]byte(time.Now().Format(time.RFC3339)+"\n"), 0)
	return len(news), errors.Join(broken, err)
}

// mail returns the digest as a mail. It is quoted-printable so that no MTA has reason to change its body.
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

	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Spam quarantine <%s>\r\nTo: <%s>\r\n", o.From, o.To)
	subject := fmt.Sprintf("%d new in the quarantine of %s", len(news), o.Host)
	fmt.Fprintf(&b, "Subject: %s\r\nDate: %s\r\n", mime.QEncoding.Encode("utf-8", subject), now.Format(time.RFC1123Z))
	fmt.Fprintf(&b, "Message-ID: <quarantine.%d.%d@%s>\r\n", now.UnixNano(), os.Getpid(), o.Host)
	b.WriteString("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" + // RFC 3834
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(crlf(text.String())))
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
