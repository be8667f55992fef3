// Package quarantine keeps mails for an administrator, in a directory with one folder per mail: the original mail, its
// envelope and its verdict.
//
// There is no index that could disagree with the folders. The daemon, cron and administrators work on one directory at
// the same time: a folder appears and disappears in one step, and a process locks a folder before it changes it.
package quarantine

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/ownedfs"
)

// The files of a mail's folder.
const (
	messageFile       = "message"       // as it came in: fields and lines end in CRLF
	envelopeFile      = "envelope.json" // an Envelope
	verdictFile       = "verdict.json"  // a Verdict
	notifiedFile      = "notified"      // empty; exists once the mail was in a digest
	notifiedUsersFile = "told.json"     // the recipients whose digests had the mail
)

// Folders under way have other names than mails, which no reader takes for one.
const (
	newPrefix = ".new-" // being written
	oldPrefix = ".old-" // being deleted
)

// ErrNotFound is returned for a mail that is not in the quarantine.
var ErrNotFound = errors.New("no such mail in the quarantine")

// ErrBusy is returned for a mail that another process is releasing or deleting.
var ErrBusy = errors.New("another process is working on this mail")

// Envelope is a mail's envelope from the MTA.
type Envelope struct {
	Received   time.Time `json:"received"` // when it came into the quarantine
	QueueID    string    `json:"queue_id,omitempty"`
	Client     string    `json:"client,omitempty"`      // address; empty if the mail was not received over IP
	ClientName string    `json:"client_name,omitempty"` // verified
	Helo       string    `json:"helo,omitempty"`
	AuthUser   string    `json:"auth_user,omitempty"`
	Sender     string    `json:"sender"`     // without angle brackets; empty for the null sender
	Recipients []string  `json:"recipients"` // recipients who have not received it yet
}

// Verdict is why a mail is in the quarantine.
type Verdict struct {
	Score    float64 `json:"score"`
	Required float64 `json:"required"`
	Tests    []Test  `json:"tests"`
}

// Test is one test that matched.
type Test struct {
	Name        string  `json:"name"`
	Score       float64 `json:"score"`
	Description string  `json:"description,omitempty"`
	Detail      string  `json:"detail,omitempty"`
}

// verdictOf returns the kept parts of a classifier's verdict.
func verdictOf(v *classifier.Verdict) *Verdict {
	kept := &Verdict{Score: v.Score, Required: v.Required, Tests: []Test{}}
	for _, h := range v.Hits {
		kept.Tests = append(kept.Tests, Test(h))
	}
	return kept
}

// Full returns the verdict in the form that reports are made of.
func (v *Verdict) Full() *classifier.Verdict {
	full := &classifier.Verdict{Score: v.Score, Required: v.Required}
	for _, t := range v.Tests {
		full.Hits = append(full.Hits, classifier.Hit(t))
	}
	return full
}

// Dir is a quarantine. It is safe for concurrent use, by several processes as well.
type Dir struct{ path string }

// At returns the quarantine in a directory, which Create makes if need be.
func At(path string) *Dir { return &Dir{path} }

// Create makes the directory, and the key that Pass and Passed share, if they are not there. Its error names the
// directory.
func (d *Dir) Create() error {
	err := ownedfs.MkdirAll(d.path, 0o700)
	if err == nil {
		err = d.makeKey()
	}
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// idForm is the form of a mail's name: when it came, in UTC, and some letters by chance. It needs no quotes in a shell.
var idForm = regexp.MustCompile(`^[0-9]{8}-[0-9]{6}-[a-z2-7]{8}$`)

const idTime = "20060102-150405"

func newID(now time.Time) string {
	return now.UTC().Format(idTime) + "-" + strings.ToLower(rand.Text()[:8])
}

// received returns when the mail of an ID came.
func received(id string) time.Time {
	t, _ := time.Parse(idTime, id[:len(idTime)])
	return t
}

// Put keeps a mail. When it returns without error the mail is on disk; with an error nothing of it is left.
func (d *Dir) Put(raw []byte, env *Envelope, v *classifier.Verdict) (id string, err error) {
	id = newID(time.Now())
	folder := filepath.Join(d.path, newPrefix+id)
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
			err = fmt.Errorf("quarantine: %w", err)
		}
	}()
	if err := ownedfs.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	if err := write(folder, messageFile, raw); err != nil {
		return "", err
	}
	if err := writeJSON(folder, envelopeFile, env); err != nil {
		return "", err
	}
	if err := writeJSON(folder, verdictFile, verdictOf(v)); err != nil {
		return "", err
	}
	if err := syncDir(folder); err != nil {
		return "", err
	}
	if err := os.Rename(folder, filepath.Join(d.path, id)); err != nil {
		return "", err
	}
	if err := syncDir(d.path); err != nil {
		folder = filepath.Join(d.path, id)
		return "", err
	}
	return id, nil
}

// write writes a file and waits until it is on disk. What root writes belongs to whom the directory belongs to: the
// daemon.
func write(folder, name string, content []byte) error {
	f, err := ownedfs.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func writeJSON(folder, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return write(folder, name, append(b, '\n'))
}

// replaceJSON writes a file in the place of one that stays there until it is complete.
func replaceJSON(folder, name string, v any) error {
	if err := writeJSON(folder, newPrefix+name, v); err != nil {
		return err
	}
	return errors.Join(os.Rename(filepath.Join(folder, newPrefix+name), filepath.Join(folder, name)), syncDir(folder))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// folder returns where a mail is.
func (d *Dir) folder(id string) (string, error) {
	if !idForm.MatchString(id) {
		return "", fmt.Errorf("%q: %w", id, ErrNotFound)
	}
	return filepath.Join(d.path, id), nil
}

// found says of an error about a mail's folder that there is no such mail, if that is why.
func found(id string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return err
}
