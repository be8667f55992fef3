package daemon_test

import (
	"debug/elf"
	"runtime"
	"testing"

	"asterism/test/e2e"
)

// maxLoaded bounds the bytes that a program loads. text/template, which calls methods by name, would keep the linker
// from leaving out what nobody calls, and add 12 MB to each.
const maxLoaded = 22 << 20

func TestSize(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads ELF files")
	}
	for _, name := range []string{"spamd", "spam-learn"} {
		t.Run(name, func(t *testing.T) {
			if size := loaded(t, e2e.Binary(t, name)); size > maxLoaded {
				t.Errorf("%s has %.1f MB to load, more than %d", name, float64(size)/(1<<20), maxLoaded>>20)
			}
		})
	}
}

// loaded returns the bytes of a program's sections without symbols and debugging information: about its size after
// `strip`.
func loaded(t *testing.T, path string) (size uint64) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS {
			size += s.FileSize
		}
	}
	return size
}
