package typo

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	known := slices.Values([]string{"milter", "max-size", "listen", "lint", "list", "notify"})
	for name, want := range map[string]string{
		"milterr": "milter", "mitler": "milter", "max_size": "max-size", "lsit": "list", "lint": "lint", "foo": "", "": "",
		"milterrrr": "",
		"linst":     "lint", // and not list, by the alphabet
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
