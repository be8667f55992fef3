package quarantine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"asterism/message"
	"asterism/ownedfs"
)

// Item is one mail in the quarantine.
type Item struct {
	ID       string   `json:"id"`
	Size     int64    `json:"size"`     // bytes of the mail
	Notified bool     `json:"notified"` // whether it was in a digest
	From     string   `json:"from"`     // its From field, decoded
	Subject  string   `json:"subject"`  // its Subject field, decoded
	Envelope Envelope `json:"envelope"`
	Verdict  Verdict  `json:"verdict"`
}

// List returns the mails, oldest first. Unreadable folders are skipped, and listed in the error.
func (d *Dir) List() ([]*Item, error) {
	ids, err := d.ids()
	if err != nil {
		return nil, err
	}
	var items []*Item
	var broken []error
	for _, id := range ids {
		item, err := d.Get(id)
		switch {
		case errors.Is(err, ErrNotFound): // gone by now
		case err != nil:
			broken = append(broken, err)
		default:
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b *Item) int { return a.Envelope.Received.Compare(b.Envelope.Received) })
	return items, errors.Join(broken...)
}

// Empty reports whether the quarantine was never used: its directory does not exist.
func (d *Dir) Empty() bool {
	_, err := os.Stat(d.path)
	return errors.Is(err, fs.ErrNotExist)
}

// ids returns the names of all mails, oldest first except for those of one second.
func (d *Dir) ids() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if idForm.MatchString(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// Get returns one mail.
func (d *Dir) Get(id string) (*Item, error) {
	folder, err := d.folder(id)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, found(id, err)
	}
	item := &Item{ID: id}
	if err := readJSON(filepath.Join(folder, envelopeFile), &item.Envelope); err != nil {
		return nil, d.gone(folder, id, err)
	}
	if err := readJSON(filepath.Join(folder, verdictFile), &item.Verdict); err != nil {
		return nil, d.gone(folder, id, err)
	}
	if err := item.readHeader(filepath.Join(folder, messageFile)); err != nil {
		return nil, d.gone(folder, id, err)
	}
	_, err = os.Stat(filepath.Join(folder, notifiedFile))
	item.Notified = err == nil
	return item, nil
}

// gone tells a folder that has been removed while it was read from one that is broken.
func (d *Dir) gone(folder, id string, err error) error {
	if _, serr := os.Stat(folder); serr != nil {
		return found(id, serr)
	}
	return fmt.Errorf("%s is broken: %w", id, err)
}

func readJSON(path string, into any) error {
	b, err := ownedfs.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// headerPart is how much of a message is read for the fields to be shown.
const headerPart = 64 << 10

// readHeader reads the displayed fields of the message.
func (i *Item) readHeader(path string) error {
	f, err := ownedfs.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	i.Size = info.Size()
	head, err := io.ReadAll(io.LimitReader(f, headerPart))
	if err != nil {
		return err
	}
	header := message.Parse(head).Header()
	i.From, i.Subject = header.Get("From"), header.Get("Subject")
	return nil
}

// Message returns a mail as it came in.
func (d *Dir) Message(id string) ([]byte, error) {
	folder, err := d.folder(id)
	if err != nil {
		return nil, err
	}
	raw, err := ownedfs.ReadFile(filepath.Join(folder, messageFile))
	return raw, found(id, err)
}
