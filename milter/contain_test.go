package milter

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/contain"
	"asterism/policy"
)

// stacks sends the process' log of panics into a buffer that is returned.
func stacks(t *testing.T) *logBuffer {
	t.Helper()
	log := &logBuffer{}
	contain.LogTo(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { contain.LogTo(slog.New(slog.DiscardHandler)) })
	return log
}

// A panic anywhere on a mail's way is a failed check: on_error says what becomes of the mail, the connection goes on,
// and the log has one stack however many mails come by.
func TestPanicInACallback(t *testing.T) {
	panics := func(netip.Addr) bool { panic("made for this test") }
	for name, broken := range map[string]Settings{
		"while the body comes in": {SkipTrusted: true, Trusted: panics},
		"while the mail is tagged": {Policy: &policy.Set{Exceptions: []policy.Exception{
			{Kind: "client", Clients: panics, Apply: func(*policy.Policy) {}}}}},
	} {
		for onError, want := range map[OnError]string{Accept: "change 1 X-Spam-Score=\"\"\naccept", Tempfail: "tempfail"} {
			t.Run(name+", "+want[len(want)-6:], func(t *testing.T) {
				out := stacks(t)
				settings := broken
				settings.OnError = onError
				f := start(t, &checker{}, Options{Settings: settings})
				s := f.dial(t)
				for range 3 {
					got := mail{fields: [][2]string{{"Subject", " hi"}, {"X-Spam-Score", " -5"}}, body: "x"}.send(t, s).String()
					if got != want {
						t.Errorf("got %s\nwant %s", got, want)
					}
				}
				if n := strings.Count(out.String(), "stack="); n != 1 {
					t.Errorf("%d stacks in the log, want 1:\n%s", n, out)
				}
				if log := f.log.String(); strings.Count(log, "panic at milter/contain_test.go:") != 3 ||
					strings.Count(log, "\n") != 3 {
					t.Errorf("want a line per mail that names the panic, got:\n%s", log)
				}
				f.Configure(Settings{MaxSize: 1000})
				if got := (mail{body: "x"}).send(t, s).String(); got != tagged {
					t.Errorf("the next mail got %s", got)
				}
			})
		}
	}
}

// faulty is a connection on which reading panics, as a mistake in the protocol's library would.
type faulty struct {
	net.Conn
	after int
}

func (c *faulty) Read(p []byte) (int, error) {
	if c.after--; c.after < 0 {
		var none []byte
		_ = none[len(p)]
	}
	return c.Conn.Read(p)
}

func TestPanicInTheProtocolCostsOneConnection(t *testing.T) {
	out := stacks(t)
	f := start(t, &checker{}, Options{})
	for range 3 {
		ours, theirs := net.Pipe()
		f.Take(newSession(f.Server, &faulty{theirs, 1}, theirs.LocalAddr()))
		ours.SetDeadline(time.Now().Add(time.Minute))
		go io.WriteString(ours, negotiation+mailPacket)
		if _, err := io.Copy(io.Discard, ours); err != nil {
			t.Errorf("the connection was not closed: %v", err)
		}
	}
	eventually(t, "the connections' places are free", func() bool { return f.Len() == 0 })
	eventually(t, "the log has the stack", func() bool { return strings.Contains(out.String(), "stack=") })
	if n := strings.Count(out.String(), "stack="); n != 1 || !strings.Contains(out.String(), "faulty") {
		t.Errorf("%d stacks in the log, want 1 with its place:\n%s", n, out)
	}
	if got := (mail{body: "x"}).send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("a good MTA, afterwards, got %s", got)
	}
}

// What the MTA gives as a field is one, whatever it looks like, and the body begins where the MTA says.
func TestHeaderEndsWhereTheMTASays(t *testing.T) {
	fields := [][2]string{
		{"From", " a@example.net"}, {"--x", " y"}, {"--B", ""}, {"no field at all", " z"},
		{"Subject", " hi\n\n\tthere\nX-Spam-Score: 1"}, {"To", " b@example.org"},
		{"Content-Type", " text/plain"},
	}
	body := "--B\r\nContent-Type: text/html\r\n\r\nX: y\r\n"
	seen := make(chan [3]string, 1)
	check := func(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
		m := in.Message()
		var names []string
		for _, f := range m.Header().Fields() {
			names = append(names, f.Name)
		}
		seen <- [3]string{strings.Join(names, " "), m.Header().Get("Subject"), string(m.Body())}
		return spam(), nil
	}
	f := start(t, &checker{check: check}, Options{})
	if got := (mail{fields: fields, body: body}).send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("got %s", got)
	}
	want := [3]string{"Received From --x --B Subject To Content-Type", "hi  there X-Spam-Score: 1", body}
	if got := <-seen; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The inputs that a field with dashes once blinded: their content is scanned as that of the plain ones.
func TestDashesDoNotEndTheHeader(t *testing.T) {
	raw := []byte("From: a@example.net\n--x: y\nSubject: hi\nContent-Type: text/html\n\n<b>body</b>\n")
	for name, client := range map[string]netip.Addr{"client known": netip.MustParseAddr("192.0.2.7"), "not known": {}} {
		in := &classifier.Input{Raw: raw, HeaderLen: bytes.Index(raw, []byte("\n\n")) + 2, Client: client}
		m := in.Message()
		if !m.Header().Has("Subject") || m.Root().MediaType != "text/html" || string(m.Body()) != "<b>body</b>\n" {
			t.Errorf("%s: subject %q, type %q, body %q", name, m.Header().Get("Subject"), m.Root().MediaType, m.Body())
		}
	}
}
