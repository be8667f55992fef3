package contain_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"asterism/contain"
)

// TestMapped: a panic, a memory fault and an error of one's own come back as errors.
func TestMapped(t *testing.T) {
	damaged, own := errors.New("damaged"), errors.New("own")
	for _, c := range []struct {
		name string
		f    func() error
		want error
	}{
		{"fine", func() error { return nil }, nil},
		{"error", func() error { return own }, own},
		{"panic", func() error { panic("no page 7") }, damaged},
		{"fault", func() error { return readCutFile(t) }, damaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := contain.Total()
			if err := contain.Mapped(damaged, c.f); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if n := contain.Total(); n != before {
				t.Errorf("%d panics are counted", n-before)
			}
		})
	}
}

// readCutFile reads a page of a mapped file that has been cut short.
func readCutFile(t *testing.T) error {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(1 << 20); err != nil {
		return err
	}
	b, err := unix.Mmap(int(f.Fd()), 0, 1<<20, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	defer unix.Munmap(b)
	if err := f.Truncate(0); err != nil {
		return err
	}
	return fmt.Errorf("read %d", b[1<<19])
}
