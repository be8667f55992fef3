//go:build !race

// With -race the compiler checks every pointer that bbolt computes (checkptr), and ends the program at the first that
// leads out of the file, before the memory fault that guard turns into an error. Makefile runs this test without.

package senders

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamagedFile: whatever bytes are wrong, the record opens and works: with what is sound of the file, or with a new
// one after it was set aside, which the log says.
func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.senders")
	b := openAt(t, path, Options{})
	for i := range 3000 {
		b.Change(map[string]Change{fmt.Sprintf("user%d@example.org|ip=192.0", i): {Count: 1, Total: 1}})
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimRight(whole, "\x00")
	rnd := rand.New(rand.NewPCG(3, 4))
	aside := 0
	for round := range 100 {
		bad := bytes.Clone(whole)
		if round%4 == 0 {
			bad = bad[:rnd.IntN(len(bad))]
		} else {
			at := rnd.IntN(len(bad))
			for i := range 1 + rnd.IntN(200) {
				bad[(at+i)%len(bad)] = byte(rnd.Uint32())
			}
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		b := quiet(t, path, &said)
		_, _ = b.Read(ctx, "user5@example.org|ip=192.0")
		b.Change(map[string]Change{"new": {Reset: true, Count: 1, Total: 7}})
		if err := b.Flush(ctx); err != nil {
			t.Fatalf("round %d: %v\n%s", round, err, &said)
		}
		if e := read(t, b, "new"); e.Count != 1 || e.Total != 7 {
			t.Fatalf("round %d: %+v\n%s", round, e, &said)
		}
		_, _ = b.table.Find(ctx, "user1")
		_ = b.table.Tidy(ctx, Bounds{Expire: time.Hour, Most: 100})
		b.Close()
		files, _ := filepath.Glob(path + ".damaged-*")
		if len(files) > 0 && !strings.Contains(said.String(), "set aside") {
			t.Errorf("round %d: set aside without a word: %s", round, &said)
		}
		for _, f := range files {
			aside++
			os.Remove(f)
		}
	}
	if aside == 0 {
		t.Error("no damage was noticed")
	}
	t.Logf("set aside %d times", aside)
}

// quiet opens a record whose log is kept.
func quiet(t *testing.T, path string, said *bytes.Buffer) *Book {
	t.Helper()
	return openAt(t, path, Options{Log: slog.New(slog.NewTextHandler(said, nil))})
}
