package milter

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"asterism/classifier"
)

// TestOverload: mails beyond those that may wait do not wait; on_overload says what becomes of them, not on_error.
func TestOverload(t *testing.T) {
	for _, c := range []struct {
		name                string
		onError, onOverload OnError
		want                string
	}{
		{"tempfail", Accept, Tempfail, "tempfail"},
		{"accept", Tempfail, Accept, "accept"},
	} {
		t.Run(c.name, func(t *testing.T) {
			finish := make(chan struct{})
			f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
				<-finish
				return spam(), nil
			}}, Options{MaxChecks: 1, MaxWaiting: 1, Settings: Settings{MaxSize: 1000, OnError: c.onError, OnOverload: c.onOverload}})
			patient := make(chan string, 2)
			for range 2 {
				s := f.dial(t)
				go func() {
					r, err := mail{}.trySend(s)
					if err != nil {
						patient <- err.Error()
						return
					}
					patient <- r.String()
				}()
			}
			eventually(t, "one mail in work and one waiting", func() bool {
				return len(f.checks) == 1 && f.waiting.Load() == 1
			})
			for range 3 {
				if got := (mail{}).send(t, f.dial(t)).String(); got != c.want {
					t.Errorf("a mail too many: %s, want %s", got, c.want)
				}
			}
			close(finish)
			for range 2 {
				if got := <-patient; got != tagged {
					t.Errorf("a mail that had waited: %s", got)
				}
			}
		})
	}
}

// TestBytesInHand: mails for which there is no memory are not checked; what is done gives its bytes back.
func TestBytesInHand(t *testing.T) {
	f := start(t, &checker{}, Options{MaxBytes: 10_000, Settings: Settings{MaxSize: 8000, OnOverload: Tempfail}})
	big := mail{body: strings.Repeat("x", 7000), chunk: 500}
	for range 3 {
		if got := big.send(t, f.dial(t)).String(); got != tagged {
			t.Errorf("one at a time: %s", got)
		}
	}
	hoarder := f.dial(t)
	for _, stage := range stages {
		if err := stage.call(hoarder); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := hoarder.BodyChunk([]byte(strings.Repeat("x", 7000))); err != nil {
		t.Fatal(err)
	}
	if got := big.send(t, f.dial(t)).String(); got != "tempfail" {
		t.Errorf("two at a time: %s", got)
	}
	if got := (mail{body: "small"}).send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("a small one besides: %s", got)
	}
	hoarder.Close()
	eventually(t, "the bytes are back", func() bool { return big.send(t, f.dial(t)).String() == tagged })
}

// TestWhoSaysNothingMakesRoom: connections that are no milter client's cannot keep an MTA out.
func TestWhoSaysNothingMakesRoom(t *testing.T) {
	f := start(t, &checker{}, Options{MaxConns: 5})
	for i := range 12 {
		conn, err := net.Dial("tcp", f.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, []string{"", "\x00", negotiation[:7], negotiation + "\x00\x00\x20"}[i%4])
	}
	for range 3 {
		if got := (mail{body: "x"}).send(t, f.dial(t)).String(); got != tagged {
			t.Errorf("an MTA got %s", got)
		}
	}
	if n := f.Len(); n > 5 {
		t.Errorf("%d connections at once", n)
	}
}
