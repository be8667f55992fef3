package contain_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"

	"asterism/contain"
)

// logs sends the process' log of stacks into a buffer. No goroutine of a test writes to it once the test has what it
// waits for.
func logs(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	contain.LogTo(slog.New(slog.NewTextHandler(&b, nil)))
	t.Cleanup(func() { contain.LogTo(slog.New(slog.DiscardHandler)) })
	return &b
}

func fails(how string) (err error) {
	defer contain.Err(&err)
	var words []string
	tables := make([]map[string]int, 1)
	switch how {
	case "index":
		_ = words[len(how)]
	case "nil map":
		tables[0]["x"] = 1
	case "error":
		panic(io.ErrUnexpectedEOF)
	case "text":
		panic("text")
	case "again":
		panic(fails("text"))
	}
	return nil
}

func TestErrNamesPlaceAndValue(t *testing.T) {
	logs(t)
	for how, want := range map[string]string{
		"index": "index out of range", "nil map": "assignment to entry in nil map", "error": "unexpected EOF",
		"text": ": text", "again": ": text",
	} {
		err := fails(how)
		var p *contain.Panic
		if !errors.As(err, &p) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(p.Place,
			"contain/contain_test.go:") {
			t.Errorf("%s: got %v", how, err)
		}
	}
	if err := fails("not"); err != nil {
		t.Errorf("without a panic: %v", err)
	}
}

func TestStackIsLoggedOncePerPlace(t *testing.T) {
	out, before := logs(t), contain.Total()
	for range 5 {
		if err := contain.Do(func() { panic("here") }); err == nil {
			t.Fatal("no error")
		}
	}
	if n := strings.Count(out.String(), "stack="); n != 1 || !strings.Contains(out.String(),
		"TestStackIsLoggedOncePerPlace") {
		t.Errorf("%d stacks in the log, want 1 that names this test:\n%s", n, out)
	}
	_ = contain.Do(func() { panic("there") })
	if n := strings.Count(out.String(), "stack="); n != 2 {
		t.Errorf("%d stacks in the log after a panic at another place, want 2", n)
	}
	if n := contain.Total() - before; n != 6 {
		t.Errorf("%d panics counted, want 6", n)
	}
}

func TestGoroutine(t *testing.T) {
	out := logs(t)
	var done sync.WaitGroup
	done.Add(1)
	before := contain.Total()
	contain.Go(func() {
		defer done.Done()
		panic("in a goroutine")
	})
	done.Wait()
	for contain.Total() == before { // what is deferred comes before the log
		runtime.Gosched()
	}
	_ = out
}

func TestGroupPanicsWhereItIsWaitedFor(t *testing.T) {
	out := logs(t)
	wait := func(panics bool) (done int, err error) {
		defer contain.Err(&err)
		var g contain.Group
		var mu sync.Mutex
		for i := range 4 {
			g.Go(func() {
				if panics && i == 2 {
					panic("third")
				}
				mu.Lock()
				defer mu.Unlock()
				done++
			})
		}
		g.Wait()
		return done, nil
	}
	if done, err := wait(false); done != 4 || err != nil {
		t.Errorf("without a panic: %d done, %v", done, err)
	}
	before := contain.Total()
	if done, err := wait(true); done != 3 || err == nil || !strings.Contains(err.Error(), "contain_test.go") {
		t.Errorf("with one: %d done, %v", done, err)
	}
	if n := contain.Total() - before; n != 1 || strings.Count(out.String(), "stack=") != 1 {
		t.Errorf("%d panics counted, want 1; log:\n%s", n, out)
	}
	var g contain.Group
	g.Go(func() { panic("nobody's") })
	g.Join()
}
