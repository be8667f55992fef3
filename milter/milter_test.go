package milter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/connpool"
)

// checker is a Checker made of a function, which remembers what it was given.
type checker struct {
	check func(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	mu    sync.Mutex
	seen  []*classifier.Input
}

func (c *checker) Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	c.mu.Lock()
	c.seen = append(c.seen, in)
	c.mu.Unlock()
	if c.check == nil {
		return spam(), nil
	}
	return c.check(ctx, in)
}

func (c *checker) inputs() []*classifier.Input {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

func spam() *classifier.Verdict {
	return &classifier.Verdict{Score: 6.8, Required: 5, Hits: []classifier.Hit{{Name: "A_TEST", Score: 6.8}}}
}

// fixture is a running server.
type fixture struct {
	*Server
	checker *checker
	addr    string
	log     *logBuffer
}

func start(t testing.TB, c *checker, opt Options) *fixture {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	opt.Checker = c
	opt.Log = slog.New(slog.NewTextHandler(log, nil))
	if opt.Settings.MaxSize == 0 {
		opt.Settings.MaxSize = 102400
	}
	f := &fixture{Server: New(opt), checker: c, addr: ln.Addr().String(), log: log}
	served := make(chan error, 1)
	go func() { served <- f.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		f.Shutdown(ctx)
		if err := <-served; !errors.Is(err, connpool.ErrClosed) {
			t.Errorf("Serve returned %v, want ErrClosed", err)
		}
	})
	return f
}

// dial opens a milter session as an MTA does, up to and including HELO.
func (f *fixture) dial(t testing.TB, opts ...gomilter.Option) *gomilter.ClientSession {
	t.Helper()
	return f.dialAs(t, "", opts...)
}

// dialAs does so for an authenticated client.
func (f *fixture) dialAs(t testing.TB, user string, opts ...gomilter.Option) *gomilter.ClientSession {
	t.Helper()
	macros := gomilter.NewMacroBag()
	macros.Set("{auth_authen}", user)
	macros.Set("i", "qid1")
	macros.Set("{client_resolve}", "OK")
	opts = append([]gomilter.Option{gomilter.WithReadTimeout(5 * time.Second)}, opts...)
	s, err := gomilter.NewClient("tcp", f.addr, opts...).Session(macros)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Conn("client.example.net", gomilter.FamilyInet, 4711, "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Helo("helo.example.net"); err != nil {
		t.Fatal(err)
	}
	return s
}

// mail is a mail as an MTA hands it out.
type mail struct {
	args   string // of MAIL
	from   string
	to     []string
	fields [][2]string // names and values, with their leading space
	body   string
	chunk  int // size of body chunks; 0 means all in one
}

// result is what the milter said.
type result struct {
	changes []gomilter.ModifyAction
	action  *gomilter.Action
	skipped int // chunk after which the milter wanted no more, counted from 1; 0 if it took all
}

func (m mail) send(t testing.TB, s *gomilter.ClientSession) result {
	t.Helper()
	r, err := m.trySend(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (m mail) trySend(s *gomilter.ClientSession) (result, error) {
	var r result
	if m.to == nil {
		m.to = []string{"bob@example.org"}
	}
	if _, err := s.Mail(m.from, m.args); err != nil {
		return r, err
	}
	for _, to := range m.to {
		if _, err := s.Rcpt(to, ""); err != nil {
			return r, err
		}
	}
	if _, err := s.DataStart(); err != nil {
		return r, err
	}
	for _, f := range m.fields {
		if _, err := s.HeaderField(f[0], f[1], nil); err != nil {
			return r, err
		}
	}
	if _, err := s.HeaderEnd(); err != nil {
		return r, err
	}
	if m.chunk == 0 {
		m.chunk = 65535
	}
	for n, rest := 1, m.body; n == 1 || rest != ""; n++ {
		chunk := rest[:min(m.chunk, len(rest))]
		rest = rest[len(chunk):]
		if _, err := s.BodyChunk([]byte(chunk)); err != nil {
			return r, err
		}
		if s.Skip() {
			r.skipped = n
			break
		}
	}
	var err error
	r.changes, r.action, err = s.End()
	return r, err
}

// String writes what the milter said as one line per change and one for the action.
func (r result) String() string {
	var b strings.Builder
	for _, c := range r.changes {
		switch c.Type {
		case gomilter.ActionChangeHeader:
			fmt.Fprintf(&b, "change %d %s=%q\n", c.HeaderIndex, c.HeaderName, c.HeaderValue)
		case gomilter.ActionInsertHeader:
			fmt.Fprintf(&b, "insert %s=%q\n", c.HeaderName, c.HeaderValue)
		default:
			fmt.Fprintf(&b, "change of type %d\n", c.Type)
		}
	}
	switch r.action.Type {
	case gomilter.ActionAccept:
		b.WriteString("accept")
	case gomilter.ActionTempFail:
		b.WriteString("tempfail")
	case gomilter.ActionDiscard:
		b.WriteString("discard")
	default:
		fmt.Fprintf(&b, "action of type %d", r.action.Type)
	}
	return b.String()
}

// logBuffer is a bytes.Buffer for several goroutines.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in 10 s: %s", what)
		}
	}
}
