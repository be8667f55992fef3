package quarantine

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"asterism/message"
	"asterism/ownedfs"
)

// FieldName is the header field of mails that the quarantine sends on their way. On the way to the MTA it has a code
// made with the quarantine's secret key, by which the daemon lets the mail pass; the daemon takes the code off.
const FieldName = "X-Spam-Quarantine"

// passFor is how long the field lets a mail pass: longer than mails stay in an MTA's queue.
const passFor = 7 * 24 * time.Hour

// keyFile holds the secret.
const keyFile = ".key"

// makeKey makes the secret key unless there is one. Of several processes that do so at once one wins.
func (d *Dir) makeKey() error {
	path := filepath.Join(d.path, keyFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temporary := newPrefix + "key-" + rand.Text()
	err := write(d.path, temporary, []byte(rand.Text()+rand.Text()+"\n")) // 260 bits
	if err == nil {
		if err = os.Link(filepath.Join(d.path, temporary), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.RemoveAll(filepath.Join(d.path, temporary)))
}

// Pass returns the field's value that lets a mail pass. what is a text for the field, without a semicolon.
func (d *Dir) Pass(what string, raw []byte) (string, error) {
	key, err := ownedfs.ReadFile(filepath.Join(d.path, keyFile))
	if err != nil {
		return "", fmt.Errorf("quarantine: %w", err)
	}
	shown := what + "; " + time.Now().Format(time.RFC1123Z)
	return shown + ";\n\tkey=" + code(key, shown, raw), nil
}

// Passed reports whether a mail's field of this value is genuine, and returns its text without the code. The mail's
// header may have changed, its body may not.
func (d *Dir) Passed(value string, raw []byte) (shown string, ok bool) {
	shown, mac, found := strings.Cut(strings.Join(strings.Fields(value), " "), "; key=")
	_, date, dated := strings.Cut(shown, "; ")
	if !found || !dated {
		return "", false
	}
	t, err := time.Parse(time.RFC1123Z, date)
	if err != nil || time.Since(t) > passFor || time.Until(t) > time.Hour {
		return "", false
	}
	key, err := ownedfs.ReadFile(filepath.Join(d.path, keyFile))
	if err != nil {
		return "", false
	}
	return shown, hmac.Equal([]byte(mac), []byte(code(key, shown, raw)))
}

// code authenticates the field's text and the body of the mail that it is for.
func code(key []byte, shown string, raw []byte) string {
	body := message.Parse(append([]byte("\n"), message.Parse(raw).Body()...)).Digest()
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(shown))
	mac.Write(body[:])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
