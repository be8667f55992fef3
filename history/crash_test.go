package history

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"asterism/store"
)

// Environment variables that make the test binary a child of a test.
const (
	crashPath = "HISTORY_TEST_CRASH_PATH" // writes into this history until it is killed
	fullPath  = "HISTORY_TEST_FULL_PATH"  // writes into this one on a disk that is full
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(crashPath) != "":
		writeForever(os.Getenv(crashPath))
	case os.Getenv(fullPath) != "":
		writeFull(os.Getenv(fullPath))
	default:
		os.Exit(m.Run())
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeForever prints the number of records that are written. Now and then the file is written anew.
func writeForever(path string) {
	l, err := Open(path, Options{Teach: true, Subject: "1", Expire: 24 * time.Hour})
	check(err)
	last, _, err := l.Find(ctx, &Query{Limit: 1})
	check(err)
	n := 0
	if len(last) > 0 {
		_, err = fmt.Sscanf(last[0].QueueID, "4bQ%d", &n)
		check(err)
		n++
	}
	for {
		for range 1 + rand.IntN(300) {
			r := sample(n)
			r.Lesson.Body = make([]store.Token, 20)
			l.Append(r)
			n++
		}
		check(l.flush(ctx))
		fmt.Println(n)
		if rand.IntN(15) == 0 {
			_, err := l.Forget(ctx, "nobody@example.org")
			check(err)
		}
	}
}

// TestCrash kills a writing process again and again: the file opens each time, what was acknowledged is there, and no
// record is half.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.history")
	acknowledged, rounds := 0, 20
	if testing.Short() {
		rounds = 8
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
		// The first rounds may hit the creation of the file, the others a write or a compaction at any of its points.
		if round < 5 {
			time.AfterFunc(time.Duration(rand.IntN(1+round*10))*time.Millisecond, func() { child.Process.Kill() })
		}
		lines := bufio.NewReader(out)
		for left := 1 + rand.IntN(20); ; left-- {
			if left == 0 {
				time.AfterFunc(time.Duration(rand.IntN(20000))*time.Microsecond, func() { child.Process.Kill() })
			}
			line, err := lines.ReadString('\n')
			if err != nil {
				break // a half line was not an acknowledgement
			}
			if acknowledged, err = strconv.Atoi(line[:len(line)-1]); err != nil {
				t.Fatal(err)
			}
		}
		child.Wait()
		verifyCrash(t, path, acknowledged)
	}
	if acknowledged < 50*rounds {
		t.Errorf("only %d records were acknowledged in all: too few to tell", acknowledged)
	}
	t.Logf("%d records", acknowledged)
}

func verifyCrash(t *testing.T, path string, acknowledged int) {
	t.Helper()
	l := openAt(t, path, Options{})
	defer l.Close()
	if aside, _ := filepath.Glob(path + ".*"); len(aside) > 0 {
		t.Fatalf("beside the file: %v", aside)
	}
	n := -1
	if err := l.Each(ctx, time.Time{}, time.Time{}, func(r *Record) bool {
		number, err := strconv.Atoi(strings.TrimPrefix(r.QueueID, "4bQ"))
		if err != nil || n >= 0 && number != n-1 || !r.Teachable || r.Subject != sample(number).Subject {
			t.Fatalf("record %d after %d: %+v, %v", number, n, r, err)
		}
		if n < 0 && number < acknowledged-1 {
			t.Errorf("%d records were acknowledged, the last that is there is %d", acknowledged, number)
		}
		n = number
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if n > 0 || n < 0 && acknowledged > 0 {
		t.Errorf("the first record that is there is %d", n)
	}
	if acknowledged == 0 {
		return
	}
	for range 20 {
		i := rand.IntN(acknowledged)
		found, _, err := l.Find(ctx, &Query{QueueID: sample(i).QueueID})
		if err != nil || len(found) != 1 {
			t.Fatalf("record %d: %v, %v", i, found, err)
		}
		if full, err := l.Get(ctx, found[0].ID); err != nil || full.Lesson == nil ||
			full.Lesson.Digest != sample(i).Lesson.Digest {
			t.Fatalf("lesson %d: %+v, %v", i, full, err)
		}
	}
}

// writeFull writes where files cannot grow beyond 2 MB, then where they can. It prints what became of the records.
func writeFull(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	var old unix.Rlimit
	check(unix.Getrlimit(unix.RLIMIT_FSIZE, &old))
	check(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 2 << 20, Max: old.Max}))
	l, err := Open(path, Options{Teach: true, Subject: "1"})
	check(err)
	write := func(from, to int) {
		slowest := time.Duration(0)
		for i := from; i < to; i++ {
			r := sample(i)
			r.Lesson.Body = make([]store.Token, 300)
			began := time.Now()
			l.Append(r)
			slowest = max(slowest, time.Since(began))
			if i%100 == 99 {
				_ = l.flush(ctx)
			}
		}
		s := l.Stats()
		fmt.Println(s.Records, s.Dropped, slowest < 10*time.Second)
	}
	write(0, 3000)
	check(unix.Setrlimit(unix.RLIMIT_FSIZE, &old))
	write(3000, 3100)
	check(l.Close())
}

// TestFull: a full disk costs records, which are counted, and nothing else; with room again records are written again.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.history")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fullPath+"="+path)
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var written, dropped, after, lost uint64
	var quick [2]bool
	if _, err := fmt.Sscan(string(out), &written, &dropped, &quick[0], &after, &lost, &quick[1]); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if written == 0 || dropped == 0 || written+dropped != 3000 || after != written+100 || lost != dropped ||
		quick != [2]bool{true, true} {
		t.Errorf("%d written and %d lost, then %d and %d; %v", written, dropped, after, lost, quick)
	}
	l := openAt(t, path, Options{})
	defer l.Close()
	n := 0
	if err := l.Each(ctx, time.Time{}, time.Time{}, func(*Record) bool { n++; return true }); err != nil ||
		n != int(after) {
		t.Errorf("%d records are there, %v", n, err)
	}
}

// TestSlow: records that a slow disk leaves no room for are dropped and counted, and Append never waits.
func TestSlow(t *testing.T) {
	l := openLog(t, Options{})
	l.mu.Lock() // the writer waits for this
	const n = 20_000
	began := time.Now()
	for i := range n {
		r := sample(i)
		r.Lesson.Body = make([]store.Token, 300)
		l.Append(r)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d records took %v", n, took)
	}
	dropped := l.Stats().Dropped
	l.mu.Unlock()
	flush(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s := l.Stats(); dropped == 0 || s.Records+s.Dropped != n {
		t.Errorf("%d dropped, %+v", dropped, s)
	}
}
