package mailbox

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// dir is a Maildir, an MH folder or any directory of files.
type dir struct {
	files []string
	limit int64
}

func openDir(path string, limit int64) (source, error) {
	folders := []string{path}
	if info, err := os.Stat(filepath.Join(path, "cur")); err == nil && info.IsDir() {
		folders = []string{filepath.Join(path, "cur"), filepath.Join(path, "new")}
	}
	d := &dir{limit: limit}
	hasDirs := false
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(entries, byNumber)
		for _, e := range entries {
			hasDirs = hasDirs || e.IsDir()
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				d.files = append(d.files, filepath.Join(folder, e.Name()))
			}
		}
	}
	if len(d.files) == 0 && hasDirs && len(folders) == 1 {
		return nil, fmt.Errorf("%s: has directories but no messages; name the directories", path)
	}
	return d, nil
}

// byNumber orders names that are numbers, as those of MH's messages are, by value, and leaves others in order behind
// them.
func byNumber(a, b fs.DirEntry) int {
	m, errA := strconv.ParseUint(a.Name(), 10, 64)
	n, errB := strconv.ParseUint(b.Name(), 10, 64)
	switch {
	case errA == nil && errB == nil && m < n, errA == nil && errB != nil:
		return -1
	case errA == nil && errB == nil && m > n, errA != nil && errB == nil:
		return 1
	}
	return 0
}

func (d *dir) Close() error { return nil }

func (d *dir) next() (Message, error) {
	for len(d.files) > 0 {
		name := d.files[0]
		d.files = d.files[1:]
		m, err := d.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a mail reader has moved or deleted it meanwhile
		}
		if err == io.EOF {
			continue // empty, or not a file
		}
		return m, err
	}
	return Message{}, io.EOF
}

// read reads a file that is one message. A directory of an MTA's pipes and sockets is none: reading would block.
func (d *dir) read(name string) (Message, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Message{}, err
	}
	if !info.Mode().IsRegular() {
		return Message{}, io.EOF
	}
	f, err := os.Open(name)
	if err != nil {
		return Message{}, err
	}
	defer f.Close()
	r, err := unzip(f, name)
	if err != nil {
		return Message{}, err
	}
	skipMark(r)
	if isFromLine(r) {
		if _, err := r.ReadString('\n'); err != nil && err != io.EOF {
			return Message{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	s := &single{r: r, closer: io.NopCloser(nil), name: name, limit: d.limit}
	return s.next()
}
