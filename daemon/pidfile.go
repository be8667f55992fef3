package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"asterism/ownedfs"
)

// PidFile names the running process to scripts. It is made while the daemon may still be root, and filled once it
// serves, so that a script can wait for that.
type PidFile struct {
	file  *os.File // nil without a pid file
	place *ownedfs.Place
}

// CreatePidFile makes an empty pid file, in the place of one that a crash may have left; an empty path makes none.
// Any other file there stays, and is an error. A link is not followed.
func CreatePidFile(path string) (*PidFile, error) {
	if path == "" {
		return &PidFile{}, nil
	}
	place, err := ownedfs.At(path)
	if err != nil {
		return nil, fmt.Errorf("pid file: %w", err)
	}
	var f *os.File
	if err = removeStale(place); err == nil {
		f, err = place.Open(os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	if err != nil {
		place.Close()
		return nil, fmt.Errorf("pid file: %w", err)
	}
	return &PidFile{f, place}, nil
}

// maxPid is the longest content of a pid file, in bytes.
const maxPid = 24

// removeStale removes a pid file: a link, or a regular file with nothing or a number in it.
func removeStale(place *ownedfs.Place) error {
	st, err := place.Stat()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	kind := st.Mode & unix.S_IFMT
	stale := kind == unix.S_IFLNK
	if kind == unix.S_IFREG && st.Size <= maxPid {
		content, err := read(place)
		if err != nil {
			return err
		}
		_, notNumber := strconv.Atoi(strings.TrimSpace(string(content)))
		stale = len(content) == 0 || notNumber == nil
	}
	if !stale {
		return fmt.Errorf("%s exists and is not a pid file: remove it, or set another file by --pid-file", place)
	}
	return place.Remove()
}

// read returns what a file begins with, as much as a pid file may have.
func read(place *ownedfs.Place) ([]byte, error) {
	f, err := place.Open(os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPid+1))
}

// Fill writes the process' number.
func (p *PidFile) Fill() error {
	if p.file == nil {
		return nil
	}
	_, err := p.file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return err
}

// Close empties the file and removes it, if the directory lets whom the daemon has become.
func (p *PidFile) Close() {
	if p.file == nil {
		return
	}
	_ = p.file.Truncate(0)
	_ = p.place.Remove()
	p.file.Close()
	p.place.Close()
}
