package data

import (
	"io/fs"
	"slices"
	"testing"
)

func TestNamesAreInReadingOrder(t *testing.T) {
	names := Names()
	if len(names) == 0 || !slices.IsSorted(names) {
		t.Fatalf("Names() = %q, want the .cf files sorted", names)
	}
	for _, name := range names {
		if text, err := fs.ReadFile(Default(), name); err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}
