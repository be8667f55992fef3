package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// PidFile names the running process to scripts. It is made while the daemon may still be root, and filled once it serves, so
// that a script can wait for that.
type PidFile struct {
	file *os.File // nil without a pid file
}

// CreatePidFile makes an empty pid file, in the place of one that a crash may have left; an empty path makes none. Any other file
// there stays, and is an error. A link is not followed.
func CreatePidFile(path string) (*PidFile, error) {
	if path == "" {
		return &PidFile{}, nil
	}
	if err := removeStale(path); err != nil {
		return nil, fmt.Errorf("pid file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("pid file: %w", err)
	}
	return &PidFile{f}, nil
}

// maxPid is the longest content of a pid file, in bytes.
const maxPid = 24

// removeStale removes a pid file: a link, or a regular file with nothing or a number in it.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stale := info.Mode()&fs.ModeSymlink != 0
	if info.Mode().IsRegular() && info.Size() <= maxPid {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, notNumber := strconv.Atoi(strings.TrimSpace(string(content)))
		stale = len(content) == 0 || notNumber == nil
	}
	if !stale {
		return fmt.Errorf("%s exists and is no pid file: remove it, or name another with --pid-file", path)
	}
	return os.Remove(path)
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
	_ = os.Remove(p.file.Name())
	p.file.Close()
}
