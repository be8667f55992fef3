package milter

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/connpool"
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
			}}, Options{MaxChecks: 1, MaxWaiting: 1, Settings: Settings{MaxSize: 1000, OnError: c.onError,
				OnOverload: c.onOverload}})
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
	f := start(t, &checker{}, Options{Bytes: connpool.NewBudget(10_000), Settings: Settings{MaxSize: 8000,
		OnOverload: Tempfail}})
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
	t.Parallel()
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

// begin opens a connection with a mail in hand, and sends no more of it.
func begin(t *testing.T, f *fixture, packets string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, negotiation+packets)
	return conn
}

// TestMailsThatDoNotEndMakeRoom: connections whose mails are begun and never ended, as many as there may be, keep
// others out for seconds only, also where each packet comes in time; mails that are being checked are let finish.
func TestMailsThatDoNotEndMakeRoom(t *testing.T) {
	t.Parallel()
	const places = 1000
	release := make(chan struct{})
	checking := make(chan struct{}, 1)
	check := func(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
		if strings.Contains(string(in.Raw), "slow") {
			checking <- struct{}{}
			<-release
		}
		return spam(), nil
	}
	f := start(t, &checker{check: check}, Options{MaxConns: places})
	slow := make(chan string, 1)
	s := f.dial(t, gomilter.WithReadTimeout(time.Minute))
	go func() {
		r, err := mail{body: "slow"}.trySend(s)
		if err != nil {
			slow <- err.Error()
			return
		}
		slow <- r.String()
	}()
	<-checking
	for i := range places - 1 {
		begin(t, f, []string{mailPacket, mailPacket + rcptPacket, mailPacket + rcptPacket + fieldPacket, mailPacket +
			rcptPacket + eohPacket + bodyPacket}[i%4])
	}
	eventually(t, "all places are taken", func() bool { return f.Len() == places })
	began := time.Now()
	for range 20 {
		got := mail{body: "x"}.send(t, f.dial(t, gomilter.WithReadTimeout(time.Minute))).String()
		if got != tagged {
			t.Errorf("an MTA got %s", got)
		}
	}
	if took := time.Since(began); took > 3*owesRest {
		t.Errorf("20 mails took %v beside those that do not end", took)
	}
	if log := f.log.String(); !strings.Contains(log, "its mail is overdue") {
		t.Error("the log does not name those who were cut off")
	}
	close(release)
	if got := <-slow; got != tagged {
		t.Errorf("the mail that was being checked got %s", got)
	}
}

// TestMemoryOfMailsThatDoNotEnd: a mail for which there is no memory waits for that of mails that do not end.
func TestMemoryOfMailsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	f := start(t, &checker{}, Options{Bytes: connpool.NewBudget(10_000), Settings: Settings{MaxSize: 8000,
		OnOverload: Tempfail}})
	begin(t, f, mailPacket+rcptPacket+eohPacket+packet('B', strings.Repeat("x", 7000)))
	eventually(t, "the memory is taken", func() bool {
		if !f.opt.Bytes.Take(4000) {
			return true
		}
		f.opt.Bytes.Give(4000)
		return false
	})
	big := mail{body: strings.Repeat("x", 7000), chunk: 500}
	eventually(t, "the memory is another's", func() bool { return big.send(t, f.dial(t)).String() == tagged })
}

// TestMemoryOfScans: mails wait for the memory of others' scans. One that never gets its memory is one mail too many,
// not one whose check failed.
func TestMemoryOfScans(t *testing.T) {
	release := make(chan struct{})
	checks := &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
		<-release
		return spam(), nil
	}}
	letter := mail{body: strings.Repeat("x", 10_000)}
	one := classifier.Footprint([]byte(strings.Repeat("x", 10_500)))
	f := start(t, checks, Options{Scans: connpool.NewScans(one), Settings: Settings{MaxSize: 1 << 20, OnError: Accept,
		OnOverload:   Tempfail,
		CheckTimeout: time.Minute}})
	answers := make(chan string, 2)
	for range 2 {
		s := f.dial(t)
		go func() { answers <- letter.send(t, s).String() }()
	}
	eventually(t, "one mail in work and one waiting", func() bool { return len(f.checks) == 2 })
	if got := (mail{body: strings.Repeat("x", 100_000)}).send(t, f.dial(t)).String(); got != "tempfail" {
		t.Errorf("a mail that needs more memory than there is: %s", got)
	}
	short := f.opt.Settings
	short.CheckTimeout = 10 * time.Millisecond
	f.Configure(short)
	if got := letter.send(t, f.dial(t)).String(); got != "tempfail" {
		t.Errorf("a mail that has waited too long: %s", got)
	}
	close(release)
	for range 2 {
		if got := <-answers; got != tagged {
			t.Errorf("a mail that had its turn: %s", got)
		}
	}
}
