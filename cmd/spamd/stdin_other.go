//go:build !linux

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile returns a file in TMPDIR that only this user may open, whose name is removed at once.
func unnamedFile() (*os.File, error) {
	f, err := os.CreateTemp("", "spamd-mail")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// toStdin makes a file the standard input of the next program.
func toStdin(f *os.File) error { return unix.Dup2(int(f.Fd()), 0) }
