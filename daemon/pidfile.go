package daemon

import (
	"fmt"
	"os"
	"strconv"
)

// PidFile names the running process to scripts. It is made while the daemon may still be root, and filled once it serves, so
// that a script can wait for that.
type PidFile struct {
	file *os.File // nil without a pid file
}

// CreatePidFile makes an empty pid file, in the place of what a crash may have left; an empty path makes none. A link is not
// followed.
func CreatePidFile(path string) (*PidFile, error) {
	if path == "" {
		return &PidFile{}, nil
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("pid file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("pid file: %w", err)
	}
	return &PidFile{f}, nil
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
