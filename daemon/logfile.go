package daemon

import (
	"fmt"
	"os"
	"sync"

	"asterism/ownedfs"
)

// LogFile is a log that may be renamed while it is written to. It is safe for concurrent use.
type LogFile struct {
	path string
	id   Identity
	mu   sync.RWMutex // held by writers for reading: the system appends each write as a whole
	file *os.File
}

// logMode lets the administrators' group of a rotated log read it, and nobody else: it names who writes to whom.
const logMode = 0o640

// OpenLogFile opens a log to append to it, and makes it if need be, for the identity that the daemon will become.
func OpenLogFile(path string, id Identity) (*LogFile, error) {
	l := &LogFile{path: path, id: id}
	var err error
	l.file, err = l.open()
	return l, err
}

func (l *LogFile) open() (*os.File, error) {
	uid, gid := os.Geteuid(), os.Getegid()
	if l.id.found {
		uid, gid = l.id.UID, l.id.GID
	}
	f, err := ownedfs.OpenFileFor(uid, gid, l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, logMode)
	if err != nil {
		return nil, fmt.Errorf("log file: %w", err)
	}
	return f, nil
}

// Write appends one record.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.file.Write(p)
}

// Reopen goes on in a new file of the same name. If that cannot be had, the log goes on where it was.
func (l *LogFile) Reopen() error {
	f, err := l.open()
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.file
	l.file = f
	l.mu.Unlock()
	return old.Close()
}

// Close closes the log.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
