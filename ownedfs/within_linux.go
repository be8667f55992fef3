package ownedfs

import "fmt"

// within goes through the descriptor of the directory, which proc(5) makes a path.
func (p *Place) within(f func(path string) error) error {
	return f(fmt.Sprintf("/proc/self/fd/%d/%s", p.Dir.Fd(), p.Name))
}
