package senders

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// crashPath is the environment variable that makes the test binary a process which writes until it is killed.
const crashPath = "SENDERS_TEST_CRASH_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		writeForever(path)
	}
	os.Exit(m.Run())
}

// writeForever prints the number of changes of each key that are written. Each change adds 1 to all of some keys.
func writeForever(path string) {
	b, err := Open(path, Options{Bounds: Bounds{Expire: time.Hour, Most: 1_000_000}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	got, err := b.Read(ctx, crashKey(0))
	for n := got[0].Count; err == nil; fmt.Println(n) {
		for range 1 + rand.IntN(5) {
			all := map[string]Change{}
			for i := range crashKeys {
				all[crashKey(i)] = Change{Count: 1, Total: 2}
			}
			b.Change(all)
			n++
		}
		err = b.Flush(ctx)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

const crashKeys = 300

func crashKey(i int) string { return fmt.Sprintf("user%d@example.org|ip=192.0", i) }

// TestCrash kills a writing process again and again: the file opens each time, all that was acknowledged is there, and
// no batch is half.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.senders")
	acknowledged := int64(0)
	for round := range 15 {
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
		if round < 4 { // while the file is made
			time.AfterFunc(time.Duration(rand.IntN(1+round*10))*time.Millisecond, func() { child.Process.Kill() })
		}
		lines := bufio.NewReader(out)
		for left := 1 + rand.IntN(8); ; left-- {
			if left == 0 {
				time.AfterFunc(time.Duration(rand.IntN(20000))*time.Microsecond, func() { child.Process.Kill() })
			}
			line, err := lines.ReadString('\n')
			if err != nil {
				break // a half line was not an acknowledgement
			}
			if acknowledged, err = strconv.ParseInt(line[:len(line)-1], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		child.Wait()
		verifyCrash(t, path, acknowledged)
	}
	if acknowledged < 20 {
		t.Errorf("only %d changes were acknowledged in all: too few to tell", acknowledged)
	}
}

func verifyCrash(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	b := openAt(t, path, Options{})
	defer b.Close()
	if aside, _ := filepath.Glob(path + ".*"); len(aside) > 0 {
		t.Fatalf("beside the file: %v", aside)
	}
	first := read(t, b, crashKey(0))
	if first.Count < acknowledged {
		t.Errorf("%d changes were acknowledged, %d are there", acknowledged, first.Count)
	}
	for i := range crashKeys {
		if e := read(t, b, crashKey(i)); e.Count != first.Count || e.Total != 2*float64(e.Count) {
			t.Fatalf("key %d: %+v beside %+v", i, e, first)
		}
	}
}

// FuzzDecode: whatever bytes an entry has, it is read as one or as none, and written again as it was.
func FuzzDecode(f *testing.F) {
	f.Add(encode(Entry{Count: 3, Total: -4.5, Seen: time.Unix(1_700_000_000, 0)}))
	f.Add([]byte("short"))
	f.Add(bytes.Repeat([]byte{0xff}, entrySize))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, ok := decode(b)
		if !ok {
			if e != (Entry{}) {
				t.Errorf("%x: %+v", b, e)
			}
			return
		}
		if e.Count < 0 || e.Total != e.Total || !bytes.Equal(encode(e), b) {
			t.Errorf("%x: %+v", b, e)
		}
	})
}

// FuzzKey: whatever a message says of its sender, its key is bounded, begins with a name, and is split as it was made.
func FuzzKey(f *testing.F) {
	f.Add("joe@example.org", "example.org")
	f.Add("a|ip=none|b@example.org", "|ip=")
	f.Fuzz(func(t *testing.T, name, signer string) {
		k := Mask{16, 48}.key(name, loopback, signer)
		if len(k) > maxName+maxSigner+50 || strings.ContainsRune(k, 0) {
			t.Fatalf("%d bytes: %q", len(k), k)
		}
		gotName, network, gotSigner := split(k)
		if gotName != clean(name) || network != "127.0" || signer != "" && gotSigner == "" {
			t.Errorf("%q: %q %q %q", k, gotName, network, gotSigner)
		}
	})
}
