package milter

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/connpool"
)

func TestMailsOfOneConnection(t *testing.T) {
	f := start(t, &checker{}, Options{Settings: Settings{MaxSize: 100}})
	s := f.dial(t)
	for i, m := range []mail{
		{from: "a@example.net", to: []string{"1@example.org"}, fields: [][2]string{{"X-Spam-Score", " 1"}}},
		{from: "b@example.net", to: []string{"2@example.org"}, body: strings.Repeat("x", 200)},
		{from: "", to: []string{"3@example.org"}, body: "x"},
	} {
		want := []string{"change 1 X-Spam-Score=\"\"\n" + tagged, "accept", tagged}[i]
		if got := m.send(t, s).String(); got != want {
			t.Errorf("mail %d: got %s\nwant %s", i+1, got, want)
		}
	}
	seen := f.checker.inputs()
	if len(seen) != 2 || seen[1].Sender != "" || len(seen[1].Recipients) != 1 || string(seen[1].Raw) != "\r\nx" {
		t.Errorf("the third mail was checked as %+v", seen[len(seen)-1])
	}
	for _, in := range seen {
		if in.Client.String() != "192.0.2.7" || in.Helo != "helo.example.net" {
			t.Errorf("the SMTP session is not known for %+v", in)
		}
	}
}

// stages are the calls of an MTA up to the end of a mail.
var stages = []struct {
	name string
	call func(s *gomilter.ClientSession) error
}{
	{"MAIL", func(s *gomilter.ClientSession) error { _, err := s.Mail("gone@example.net", ""); return err }},
	{"RCPT", func(s *gomilter.ClientSession) error { _, err := s.Rcpt("gone@example.org", ""); return err }},
	{"DATA", func(s *gomilter.ClientSession) error { _, err := s.DataStart(); return err }},
	{"header", func(s *gomilter.ClientSession) error {
		_, err := s.HeaderField("X-Spam-Score", " -100", nil)
		return err
	}},
	{"end of header", func(s *gomilter.ClientSession) error { _, err := s.HeaderEnd(); return err }},
	{"body", func(s *gomilter.ClientSession) error { _, err := s.BodyChunk([]byte("gone")); return err }},
}

func TestAbortAtEveryStage(t *testing.T) {
	f := start(t, &checker{}, Options{})
	s := f.dial(t)
	for n := range stages {
		for _, stage := range stages[:n+1] {
			if err := stage.call(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Abort(nil); err != nil {
			t.Fatal(err)
		}
		got := mail{fields: [][2]string{{"Subject", " hi"}}}.send(t, s).String()
		if got != tagged {
			t.Errorf("after an abort at %s: %s", stages[n].name, got)
		}
		in := f.checker.inputs()[n]
		if string(in.Raw) != "Subject: hi\r\n\r\n" || len(in.Recipients) != 1 || in.Sender != "" {
			t.Errorf("after an abort at %s this was checked: %+v %q", stages[n].name, in, in.Raw)
		}
	}
}

func TestHangUpAtEveryStage(t *testing.T) {
	f := start(t, &checker{}, Options{})
	for n := range len(stages) + 1 {
		s := f.dial(t)
		for _, stage := range stages[:n] {
			if err := stage.call(s); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
	}
	eventually(t, "every session ended", func() bool { return f.Len() == 0 })
	if n := len(f.checker.inputs()); n != 0 {
		t.Errorf("%d mails were checked that never ended", n)
	}
}

func TestHangUpDuringTheCheckEndsIt(t *testing.T) {
	cancelled := make(chan struct{})
	f := start(t, &checker{check: func(ctx context.Context, _ *classifier.Input) (*classifier.Verdict, error) {
		<-ctx.Done()
		close(cancelled)
		return nil, ctx.Err()
	}}, Options{Progress: time.Millisecond})
	var mta resetter
	s := f.dial(t, gomilter.WithDialer(&mta))
	sent := make(chan error)
	go func() {
		_, err := mail{}.trySend(s)
		sent <- err
	}()
	eventually(t, "the check began", func() bool { return len(f.checker.inputs()) == 1 })
	mta.conn.Close()
	<-sent
	select {
	case <-cancelled:
	case <-time.After(10 * time.Second):
		t.Error("the check went on for an MTA that had hung up")
	}
	eventually(t, "the session ended", func() bool { return f.Len() == 0 })
	if log := f.log.String(); !strings.Contains(log, "hung up") || strings.Count(log, "\n") != 1 {
		t.Errorf("want one log line that the MTA hung up, got:\n%s", log)
	}
}

// resetter dials a connection that ends with a reset, as that of an MTA that was killed.
type resetter struct{ conn *net.TCPConn }

func (r *resetter) Dial(network, addr string) (net.Conn, error) {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	r.conn = conn.(*net.TCPConn)
	return conn, r.conn.SetLinger(0)
}

func TestProgressKeepsTheMTAWaiting(t *testing.T) {
	f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
		time.Sleep(600 * time.Millisecond)
		return spam(), nil
	}}, Options{Progress: 20 * time.Millisecond})
	s := f.dial(t, gomilter.WithReadTimeout(300*time.Millisecond)) // as sendmail's R:
	if got := (mail{}).send(t, s).String(); got != tagged {
		t.Errorf("got %s", got)
	}
}

func TestChecksWaitForTheirTurn(t *testing.T) {
	var running, most atomic.Int32
	f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
		n := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		return spam(), nil
	}}, Options{MaxChecks: 2})
	errs := make(chan error)
	for range 10 {
		s := f.dial(t)
		go func() {
			r, err := mail{}.trySend(s)
			if err == nil && r.String() != tagged {
				err = errors.New(r.String())
			}
			errs <- err
		}()
	}
	for range 10 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > 2 {
		t.Errorf("%d checks ran at once, want at most 2", most.Load())
	}
}

func TestConfigureHoldsFromTheNextMail(t *testing.T) {
	f := start(t, &checker{}, Options{Settings: Settings{MaxSize: 100}})
	s := f.dial(t)
	for i, want := range []string{tagged, "accept"} {
		for _, stage := range stages {
			if err := stage.call(s); err != nil {
				t.Fatal(err)
			}
		}
		f.Configure(Settings{MaxSize: 1}) // the reply to the body chunk says that the mail has begun
		changes, action, err := s.End()
		want = "change 1 X-Spam-Score=\"\"\n" + want
		if got := (result{changes: changes, action: action}); err != nil || got.String() != want {
			t.Errorf("mail %d: got %s, %v\nwant %s", i+1, got, err, want)
		}
	}
}

func TestShutdownFinishesMailsInHand(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
		close(begun)
		<-finish
		return spam(), nil
	}}, Options{})
	idle, busy := f.dial(t), f.dial(t)
	answer := make(chan string, 1)
	go func() {
		r, err := mail{}.trySend(busy)
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- r.String()
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- f.Shutdown(t.Context()) }()
	eventually(t, "no new connections are taken", func() bool {
		conn, err := net.Dial("tcp", f.addr)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if _, err := idle.Mail("a@example.net", ""); err == nil {
		_, err = mail{}.trySend(idle)
		if err == nil {
			t.Error("an idle connection was kept")
		}
	}
	close(finish)
	if got := <-answer; got != tagged {
		t.Errorf("the mail in hand got %s", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := f.Shutdown(t.Context()); !errors.Is(err, connpool.ErrClosed) {
		t.Errorf("second Shutdown: %v, want ErrClosed", err)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	f := start(t, &checker{check: func(ctx context.Context, _ *classifier.Input) (*classifier.Verdict, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}, Options{Progress: time.Millisecond})
	s := f.dial(t)
	sent := make(chan error, 1)
	go func() {
		_, err := mail{}.trySend(s)
		sent <- err
	}()
	eventually(t, "the mail is in hand", func() bool { return len(f.checker.inputs()) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := f.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "1 mails in progress were aborted") {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-sent; err == nil {
		t.Error("the mail that was cut off was answered")
	}
}

func TestSlowPeersAreCutOff(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  Options
		send string
	}{
		{"silent", Options{Idle: 20 * time.Millisecond}, ""},
		{"stuck in a length", Options{Packet: 20 * time.Millisecond}, "\x00\x00"},
		{"stuck in a packet", Options{Packet: 20 * time.Millisecond}, "\x00\x00\x00\x0dO\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, &checker{}, c.opt)
			conn, err := net.Dial("tcp", f.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, c.send)
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want the connection to be closed", err)
			}
		})
	}
}
