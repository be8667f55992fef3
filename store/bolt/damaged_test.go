//go:build !race

// With -race the compiler checks every pointer that bbolt computes (checkptr), and ends the program at the first that
// leads out of the file, before the memory fault that guard turns into an error. Makefile runs this test without.

package bolt

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"asterism/store"
)

// TestDamagedFile: whatever bytes are wrong, opening and using the file ends in an error or works.
func TestDamagedFile(t *testing.T) {
	path := filled(t, 3000)
	whole := usedBytes(t, path)
	rnd := rand.New(rand.NewPCG(3, 4))
	noticed := 0
	for range 300 {
		bad := bytes.Clone(whole)
		at := rnd.IntN(len(bad))
		for i := range 1 + rnd.IntN(64) {
			bad[(at+i)%len(bad)] = byte(rnd.Uint32())
		}
		if err := os.WriteFile(File(path), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{})
		if err != nil {
			noticed++
			if !strings.HasPrefix(err.Error(), File(path)+": ") {
				t.Errorf("error does not name the file: %v", err)
			}
			continue
		}
		for i := range 100 {
			s.Sample(store.Ham, i)
		}
		s.Each(func(store.Token, store.Record) bool { return true })
		s.db.Close()
	}
	if noticed == 0 {
		t.Error("no damage was noticed")
	}
}
