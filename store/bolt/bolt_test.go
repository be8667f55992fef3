package bolt

import (
	"path/filepath"
	"testing"

	"asterism/store"
	"asterism/store/storetest"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Open {
		path := filepath.Join(t.TempDir(), "bayes")
		return func() store.Store { return open(t, path) }
	})
}
