package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// unnamedFile returns a file in memory, which is gone when nobody has it open.
func unnamedFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("mail", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return os.NewFile(uintptr(fd), "mail"), nil
}

// toStdin makes a file the standard input of the next program.
func toStdin(f *os.File) error { return unix.Dup3(int(f.Fd()), 0, 0) }
