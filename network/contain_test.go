package network_test

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"asterism/contain/containtest"
	"asterism/dnsbl/dnstest"
	"asterism/milter"
	"asterism/milter/miltertest"
)

// A panic in the goroutine that has asked somebody comes to the mail that it asks for: on_error says what becomes of
// that. The checks can still be closed, which waits for all mails.
func TestPanicInANetworkAnswer(t *testing.T) {
	s := newSite(t, dnstest.Start(t, ""), "")
	var broken atomic.Bool
	broken.Store(true)
	s.checks.Ask(func() {
		if broken.Load() {
			panic("an answer that nobody expected")
		}
	})
	stacks := containtest.Start(t)
	log := &containtest.Log{}
	server, addr := miltertest.Start(t, s, milter.Settings{}, slog.New(slog.NewTextHandler(log, nil)))
	for range 3 {
		if got := miltertest.Send(t, addr, letter); got != "accept" {
			t.Errorf("on_error accept: got %s", got)
		}
	}
	server.Configure(milter.Settings{OnError: milter.Tempfail, MaxSize: 10_000})
	if got := miltertest.Send(t, addr, letter); got != "tempfail" {
		t.Errorf("on_error tempfail: got %s", got)
	}
	if n := stacks.Stacks(); n != 1 {
		t.Errorf("%d stacks in the log, want 1:\n%s", n, stacks)
	}
	if n := strings.Count(log.String(), "panic at network/contain_test.go:"); n != 4 {
		t.Errorf("%d lines about mails name the panic, want 4:\n%s", n, log)
	}
	broken.Store(false)
	if got := miltertest.Send(t, addr, letter); !strings.Contains(got, "X-Spam-Score=") {
		t.Errorf("a mail afterwards: got %s", got)
	}
	closed := make(chan bool)
	go func() {
		s.checks.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatal("the checks wait for a mail that has ended")
	}
}
