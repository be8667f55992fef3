//go:build !race

// With -race the compiler checks every pointer that bbolt computes (checkptr), and ends the program at the first that
// leads out of the file, before the memory fault that guard turns into an error. Makefile runs this test without.

package history

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamagedFile: whatever bytes are wrong, the history opens and works: with what is sound of the file, or with a
// new one after it was set aside, which the log says.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bayes.history")
	l := openAt(t, path, Options{})
	for i := range 400 {
		l.Append(sample(i))
		if i == 200 {
			closeSegments(t, l)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimRight(whole, "\x00")
	rnd := rand.New(rand.NewPCG(3, 4))
	aside := 0
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for round := range rounds {
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
		l := openAt(t, path, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
		l.Append(sample(1000))
		if found, _, err := l.Find(ctx, &Query{QueueID: sample(1000).QueueID}); err != nil || len(found) != 1 {
			t.Fatalf("round %d: %v, %v\n%s", round, found, err, &said)
		}
		_ = l.Each(ctx, time.Time{}, time.Time{}, func(*Record) bool { return true })
		_, _, _ = l.Find(ctx, &Query{Text: "user3@our.example"})
		_, _ = l.Figures(ctx, time.Now().Add(-time.Hour), time.Now(), time.Minute)
		l.Close()
		files, _ := filepath.Glob(path + ".damaged-*")
		if len(files) > 0 && !strings.Contains(said.String(), "damaged file was renamed") {
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
