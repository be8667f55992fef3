package bolt

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"asterism/store"
)

// crashPath makes the test binary the child of TestCrash, which learns into the store of this path until it is killed.
const crashPath = "BOLT_TEST_CRASH_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		learnForever(path)
		return
	}
	os.Exit(m.Run())
}

// crashLearning is the i-th learning of the child: every token, mark and slot can be foretold.
func crashLearning(i int) store.Learning {
	d := store.Digest{}
	binary.LittleEndian.PutUint64(d[:], uint64(crashToken(i)))
	l := store.Learning{
		Time: uint32(i), Ham: 1,
		Marks:   []store.Mark{{Digest: d, Class: store.Ham, Time: uint32(i)}},
		Samples: []store.Sample{{Class: store.Ham, Slot: i % 100, Digest: d, Body: []store.Token{crashToken(i)}}},
		Meta:    map[string][]byte{"last": strconv.AppendInt(nil, int64(i), 10)},
		Changes: []store.Change{{Token: crashToken(i), Ham: 1, Weight: float32(i)}},
	}
	for j := range 200 {
		l.Changes = append(l.Changes, store.Change{Token: crashToken(-1 - j), Ham: 1})
	}
	return l
}

func crashToken(i int) store.Token { return store.Token(uint64(i)*0x9e3779b97f4a7c15 + 1) }

// learnForever prints the number of each learning once it is acknowledged.
func learnForever(path string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	s, err := Open(path, Options{})
	fail(err)
	tot, err := s.Totals()
	fail(err)
	for i := int(tot.Ham); ; {
		var c store.Commit
		for range 1 + rand.IntN(5) {
			c, err = s.Apply(crashLearning(i))
			fail(err)
			i++
		}
		fail(c.Wait())
		fmt.Println(i)
		if rand.IntN(20) == 0 {
			fail(s.checkpoint())
		}
	}
}

// TestCrash kills a learning process again and again. What it had acknowledged is there, and nothing of a learning is
// there without the rest of it.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	acknowledged, rounds := 0, 20
	if testing.Short() {
		rounds = 12
	}
	for round := range rounds {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashPath+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The first rounds may hit the creation of the file, the others a learning at any of its points.
		kill := func() { child.Process.Kill() }
		timer := time.NewTimer(time.Hour)
		if round < 8 {
			timer = time.AfterFunc(time.Duration(rand.IntN(1+round*10))*time.Millisecond, kill)
		}
		lines := bufio.NewReader(out)
		for last := rand.IntN(40); ; last-- {
			if last == 0 && round >= 8 {
				timer = time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, kill)
			}
			line, err := lines.ReadString('\n')
			if err != nil {
				break // a half line was not an acknowledgement
			}
			if acknowledged, err = strconv.Atoi(line[:len(line)-1]); err != nil {
				t.Fatal(err)
			}
		}
		timer.Stop()
		child.Wait()
		verifyCrash(t, path, acknowledged)
	}
	if acknowledged < 100 {
		t.Errorf("only %d learnings were acknowledged in all: too few to tell", acknowledged)
	}
}

func verifyCrash(t *testing.T, path string, acknowledged int) {
	t.Helper()
	s := open(t, path)
	defer s.Close()
	tot, err := s.Totals()
	if err != nil {
		t.Fatal(err)
	}
	n := int(tot.Ham)
	if n < acknowledged {
		t.Fatalf("%d learnings were acknowledged, %d are there", acknowledged, n)
	}
	tokens := n + 200
	if n == 0 {
		tokens = 0
	}
	if tot.Tokens != tokens || tot.Seen != n {
		t.Errorf("after %d learnings: %+v", n, tot)
	}
	toks := make([]store.Token, 0, n+201)
	for i := -200; i <= n; i++ {
		toks = append(toks, crashToken(i))
	}
	got := make([]store.Record, len(toks))
	if err := s.Lookup(toks, got); err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		want := store.Record{Ham: 1, LastSeen: uint32(i - 200), Weight: float32(i - 200)}
		switch {
		case i-200 == n:
			want = store.Record{}
		case i < 200 && n > 0:
			want = store.Record{Ham: uint32(n), LastSeen: uint32(n - 1)}
		case i < 200:
			want = store.Record{}
		}
		if r != want {
			t.Fatalf("after %d learnings token %d is %+v, want %+v", n, i-200, r, want)
		}
	}
	for i := max(0, n-100); i < n; i++ {
		l := crashLearning(i)
		if c, err := s.Seen(l.Marks[0].Digest); err != nil || c != store.Ham {
			t.Fatalf("mark %d: %v, %v", i, c, err)
		}
		if sm, ok, err := s.Sample(store.Ham, i%100); !ok || err != nil || sm.Digest != l.Marks[0].Digest {
			t.Fatalf("sample of learning %d: %v, %v, %v", i, sm, ok, err)
		}
	}
	if v, err := s.Meta("last"); err != nil || n > 0 && string(v) != strconv.Itoa(n-1) {
		t.Fatalf("meta after %d learnings: %q, %v", n, v, err)
	}
}
