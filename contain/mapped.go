package contain

import (
	"fmt"
	"runtime/debug"
)

// Mapped runs f, which reads a memory-mapped file. A file that was cut short or scribbled over makes bbolt panic and
// the memory fault; both become errors that wrap damaged. They are the file's fault, so they are not counted as panics.
func Mapped(damaged error, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", damaged, p)
		}
	}()
	return f()
}
