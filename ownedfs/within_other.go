//go:build !linux

package ownedfs

import (
	"errors"
	"os"
	"sync"
)

// changing is held while the process' working directory is a place's.
var changing sync.Mutex

// within makes the directory the working directory of the process while f runs, where nothing else makes the directory
// of a descriptor a path. f gets the bare name. Only the start of a daemon gets here: files with relative names are not
// opened meanwhile.
func (p *Place) within(f func(path string) error) (err error) {
	changing.Lock()
	defer changing.Unlock()
	here, err := os.Open(".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, here.Chdir(), here.Close()) }()
	if err := p.Dir.Chdir(); err != nil {
		return err
	}
	return f(p.Name)
}
