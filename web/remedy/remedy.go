// Package remedy keeps an administrator's changes from a page: lines of the configuration, in a separate file that is
// read after all others, each with its author and time.
//
// The daemon writes the file, and root reads it too: only the options of Kinds count in it, none of which names a file
// or a program.
package remedy

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"asterism/ownedfs"
	"asterism/web/accounts"
)

// Remedy is one line.
type Remedy struct {
	ID   string    `json:"id"`
	Line string    `json:"line"` // as the configuration has it
	By   string    `json:"by"`
	Time time.Time `json:"time"`
	Mail string    `json:"mail,omitempty"` // the ID in the history of the mail that it was made for
}

// Kinds are the forms of the lines.
var kinds = []*regexp.Regexp{
	regexp.MustCompile(`^score [A-Za-z_][A-Za-z0-9_]{0,99} -?[0-9]{1,3}(\.[0-9]{1,3})?$`),
	regexp.MustCompile(`^welcomelist_auth [^\s\p{Z}\p{C}\x{FFFD}#*?\\@<>"(),;:]{1,64}@[A-Za-z0-9.-]{1,253}$`),
}

// comment begins what a line says of itself.
var comment = regexp.MustCompile(`^(.*?) # ([a-z2-7]{8}) by ([a-z0-9._@+-]{1,64}) at ([0-9TZ:-]{20})` +
	`(?: for mail ([0-9a-z]{13}))?$`)

// File is a file of remedies. It is safe for concurrent use by one process.
type File struct {
	path string
	mu   sync.Mutex
}

// At returns the file of a path, which need not exist.
func At(path string) *File { return &File{path: path} }

// Path returns the file's name.
func (f *File) Path() string { return f.path }

// head begins the file.
const head = "# Written by the pages of spamd --web, and read after all other files.\n" +
	"# Of each line, what is behind # says who made it, when, and for which mail.\n"

// All returns the remedies, oldest first, and the numbers of lines that are none.
func (f *File) All() (all []Remedy, broken []int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all()
}

func (f *File) all() (all []Remedy, broken []int, err error) {
	b, err := ownedfs.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if r, ok := parse(line); ok {
			all = append(all, r)
		} else {
			broken = append(broken, i+1)
		}
	}
	return all, broken, nil
}

func parse(line string) (Remedy, bool) {
	parts := comment.FindStringSubmatch(line)
	if parts == nil || !Valid(parts[1]) {
		return Remedy{}, false
	}
	t, err := time.Parse(time.RFC3339, parts[4])
	return Remedy{ID: parts[2], Line: parts[1], By: parts[3], Time: t, Mail: parts[5]}, err == nil
}

// Valid reports whether a line may be a remedy.
func Valid(line string) bool {
	return slices.ContainsFunc(kinds, func(k *regexp.Regexp) bool { return k.MatchString(line) })
}

// Text returns the remedies as a text of the configuration.
func Text(all []Remedy) string {
	var b strings.Builder
	for _, r := range all {
		b.WriteString(r.Line + "\n")
	}
	return b.String()
}

// ErrNotFound is returned for a remedy that does not exist.
var ErrNotFound = errors.New("no such remedy")

// Add adds a line and returns the remedy. One for the same subject, a test's score, takes the place of the old one.
func (f *File) Add(line, by, mail string) (Remedy, error) {
	if !Valid(line) {
		return Remedy{}, fmt.Errorf("%.100q is not a remedy: a score of a test, or welcomelist_auth with one address",
			line)
	}
	r := Remedy{ID: strings.ToLower(rand.Text()[:8]), Line: line, By: by, Time: time.Now().UTC().Truncate(time.Second),
		Mail: mail}
	return r, f.change(func(all []Remedy) ([]Remedy, error) {
		all = slices.DeleteFunc(all, func(old Remedy) bool { return subject(old.Line) == subject(line) })
		return append(all, r), nil
	})
}

// subject is what two lines may not both be about.
func subject(line string) string {
	words := strings.Fields(line)
	return strings.ToLower(words[0] + " " + words[1])
}

// Remove takes a remedy back and returns it.
func (f *File) Remove(id string) (removed Remedy, err error) {
	err = f.change(func(all []Remedy) ([]Remedy, error) {
		i := slices.IndexFunc(all, func(r Remedy) bool { return r.ID == id })
		if i < 0 {
			return nil, ErrNotFound
		}
		removed = all[i]
		return slices.Delete(all, i, i+1), nil
	})
	return removed, err
}

// Restore puts the remedies back as they were.
func (f *File) Restore(all []Remedy) error {
	return f.change(func([]Remedy) ([]Remedy, error) { return all, nil })
}

func (f *File) change(how func([]Remedy) ([]Remedy, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, _, err := f.all()
	if err == nil {
		all, err = how(all)
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(head)
	for _, r := range all {
		fmt.Fprintf(&b, "%s # %s by %s at %s", r.Line, r.ID, r.By, r.Time.UTC().Format(time.RFC3339))
		if r.Mail != "" {
			b.WriteString(" for mail " + r.Mail)
		}
		b.WriteByte('\n')
	}
	return accounts.Replace(f.path, []byte(b.String()))
}
