package spamc

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/listen"
	"asterism/store"
)

// pupil is a Classifier that finds spam where the message says spam, and remembers what it was taught.
type pupil struct {
	mu     sync.Mutex
	known  map[string]store.Class
	inputs []*classifier.Input
}

func (p *pupil) Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	p.mu.Lock()
	p.inputs = append(p.inputs, in)
	p.mu.Unlock()
	v := &classifier.Verdict{Required: 5, BayesReady: true, Bayes: 0.25}
	switch {
	case bytes.Contains(in.Raw, []byte("fail")):
		return nil, errors.New("disk on\nfire")
	case bytes.Contains(in.Raw, []byte("panic")):
		panic("index out of range")
	case bytes.Contains(in.Raw, []byte("hang")):
		<-ctx.Done()
		return nil, ctx.Err()
	case bytes.Contains(in.Raw, []byte("spam")):
		v.Score, v.Hits = 6.75, []classifier.Hit{{Name: "A_TEST", Score: 6.8, Description: "A test"},
			{Name: "MINUS", Score: -0.05}}
	}
	return v, nil
}

func (p *pupil) Learn(_ context.Context, _ string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var done []classifier.Learned
	for _, l := range lessons {
		if string(l.Raw) == "fail" {
			return nil, errors.New("disk full")
		}
		was := p.known[string(l.Raw)]
		p.known[string(l.Raw)] = l.Class
		switch was {
		case 0:
			done = append(done, classifier.LearnedNew)
		case l.Class:
			done = append(done, classifier.LearnedKnown)
		default:
			done = append(done, classifier.LearnedOther)
		}
	}
	return done, nil
}

func (p *pupil) Forget(_ context.Context, _ string, raws [][]byte) ([]classifier.Learned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var done []classifier.Learned
	for _, raw := range raws {
		if p.known[string(raw)] == 0 {
			done = append(done, classifier.NotLearned)
			continue
		}
		delete(p.known, string(raw))
		done = append(done, classifier.Forgotten)
	}
	return done, nil
}

// start serves a pupil and returns the server's address.
func start(t testing.TB, opt Options, access Access) (*Server, listen.Address) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if opt.Classifier == nil {
		opt.Classifier = &pupil{known: map[string]store.Class{}}
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := New(opt)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln, access) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-served; !errors.Is(err, connpool.ErrClosed) {
			t.Errorf("Serve returned %v, want ErrClosed", err)
		}
	})
	addr, err := listen.Parse(fmt.Sprintf("inet:%d@127.0.0.1", ln.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	return s, addr
}

// ask sends bytes and returns all that comes back.
func ask(t testing.TB, addr listen.Address, request string) string {
	t.Helper()
	conn, err := listen.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, request)
	conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return string(answer)
}

func req(verb, version, message string, fields ...string) string {
	return fmt.Sprintf("%s SPAMC/%s\r\nContent-length: %d\r\n%s\r\n%s", verb, version, len(message),
		strings.Join(append(fields, ""), "\r\n"), message)
}

const (
	ham  = "Subject: hi\r\nX-Spam-Score: 9\r\n\r\nbody\r\n"
	spam = "Subject: spam\n\nbody\n"
	big  = "Subject: spam\nX-Spam-Score: 0\n\nthis is more than ninety-nine bytes long and therefore not to be checked " +
		"by this server, whatever it says\n"
)

func deflate(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

// The forms of the answers are those that SpamAssassin 4.0.1's spamd gives.
func TestAnswers(t *testing.T) {
	_, addr := start(t, Options{Settings: Settings{MaxSize: 100, Required: 5}, MaxMessage: 1000}, Access{Tell: true})
	for _, c := range []struct{ name, request, want string }{
		{"PING", "PING SPAMC/1.5\r\n\r\n", "SPAMD/1.5 0 PONG\r\n"},
		{"PING 1.2", "PING SPAMC/1.2\r\n\r\n", "SPAMD/1.5 0 PONG\r\n"},
		{"PING with a header", "PING SPAMC/1.5\r\nContent-length: 0\r\n\r\n", "SPAMD/1.5 0 PONG\r\n"},
		{"SKIP", "SKIP SPAMC/1.5\r\n\r\n", ""},
		{"CHECK ham", req("CHECK", "1.5", ham), "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"},
		{"CHECK spam", req("CHECK", "1.2", spam), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"CHECK without length", "CHECK SPAMC/1.5\r\n\r\n" + spam, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"CHECK with LF", "CHECK SPAMC/1.5\n\n" + spam, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"CHECK, other header", req("CHECK", "1.5", spam, "Foo: bar"), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"SYMBOLS", req("SYMBOLS", "1.5", spam),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 12\r\nSpam: True ; 6.8 / 5.0\r\n\r\nA_TEST,MINUS"},
		{"SYMBOLS ham", req("SYMBOLS", "1.5", ham),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"},
		{"SYMBOLS 1.2", req("SYMBOLS", "1.2", spam), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\nA_TEST,MINUS\r\n"},
		{"SYMBOLS, Bayes", req("SYMBOLS", "1.5", ham, "Bayes: yes"),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; 0.0 / 5.0\r\nBayes: 0.250000\r\n\r\n"},
		{"REPORT_IFSPAM ham", req("REPORT_IFSPAM", "1.5", ham),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: No ; 0.0 / 5.0\r\n\r\n"},
		{"PROCESS ham", req("PROCESS", "1.5", ham),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 43\r\nSpam: False ; 0.0 / 5.0\r\n\r\nX-Spam-Score: 0.0 ()\r\nSubject: hi\r\n" +
				"\r\nbody\r\n"},
		{"PROCESS 1.2", req("PROCESS", "1.2", ham),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 43\r\n\r\nX-Spam-Score: 0.0 ()\r\nSubject: hi\r\n\r\nbody\r\n"},
		{"CHECK 1.0 has no header lines", "CHECK SPAMC/1.0\r\n" + spam,
			"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"PROCESS 1.0", "PROCESS SPAMC/1.0\r\n" + ham,
			"SPAMD/1.0 0 EX_OK\r\nX-Spam-Score: 0.0 ()\r\nSubject: hi\r\n\r\nbody\r\n"},
		{"CRLF of Mail::SpamAssassin::Client", req("CHECK", "1.3", spam) + "\r\n",
			"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"PROCESS spam", req("PROCESS", "1.5", spam),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 60\r\nSpam: True ; 6.8 / 5.0\r\n\r\n" +
				"X-Spam-Score: 6.8 (******) A_TEST,MINUS\n" + spam},
		{"HEADERS", req("HEADERS", "1.5", spam), "SPAMD/1.1 0 EX_OK\r\nContent-length: 55\r\nSpam: True ; 6.8 / 5.0\r\n\r\n" +
			"X-Spam-Score: 6.8 (******) A_TEST,MINUS\nSubject: spam\n\n"},
		{"CHECK too large", req("CHECK", "1.5", big), "SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"},
		{"CHECK, larger than is kept", req("CHECK", "1.5", strings.Repeat(big, 20)),
			"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"},
		{"CHECK too large, cut", "CHECK SPAMC/1.5\r\nContent-length: 2000\r\n\r\n" + big,
			fmt.Sprintf("SPAMD/1.0 76 Bad header line: (Content-Length mismatch: Expected 2000 bytes, got %d bytes)\r\n",
				len(big))},
		{"PROCESS, larger than is kept", req("PROCESS", "1.5", strings.Repeat(big, 20)),
			"SPAMD/1.0 76 Bad header line: (message longer than 1000 bytes)\r\n"},
		{"HEADERS too large", req("HEADERS", "1.5", big),
			"SPAMD/1.1 0 EX_OK\r\nContent-length: 15\r\nSpam: False ; 0.0 / 5.0\r\n\r\nSubject: spam\n\n"},
		{"zlib", req("CHECK", "1.5", deflate(spam), "Compress: zlib"), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.8 / 5.0\r\n\r\n"},
		{"zlib, broken", req("CHECK", "1.5", "xxxx", "Compress: zlib"),
			"SPAMD/1.0 69 Service Unavailable: zlib: invalid header\r\n"},
		{"zlib, cut", req("CHECK", "1.5", deflate(spam)[:9], "Compress: zlib"),
			"SPAMD/1.0 69 Service Unavailable: unexpected EOF\r\n"},
		{"zlib, a bomb", req("CHECK", "1.5", deflate(strings.Repeat(" ", 1001)), "Compress: zlib"),
			"SPAMD/1.0 76 Bad header line: (message longer than 1000 bytes)\r\n"},
		{"other compression", req("CHECK", "1.5", "x", "Compress: gzip"),
			"SPAMD/1.0 76 Bad header line: (compression type not supported: gzip)\r\n"},
		{"unknown verb", req("FOO", "1.5", ham), "SPAMD/1.0 76 Bad header line: FOO SPAMC/1.5\r\n"},
		{"lower case", req("check", "1.5", ham), "SPAMD/1.0 76 Bad header line: check SPAMC/1.5\r\n"},
		{"no version", "CHECK\r\n\r\n", "SPAMD/1.0 76 Bad header line: CHECK\r\n"},
		{"bad version", "CHECK SPAMC/x\r\n\r\n", "SPAMD/1.0 76 Bad header line: CHECK SPAMC/x\r\n"},
		{"HTTP", "GET / HTTP/1.0\r\n\r\n", "SPAMD/1.0 76 Bad header line: GET / HTTP/1.0\r\n"},
		{"nothing", "", "SPAMD/1.0 76 Bad header line: (closed before headers)\r\n"},
		{"length too long", "CHECK SPAMC/1.5\r\nContent-length: 9\r\n\r\n12345678",
			"SPAMD/1.0 76 Bad header line: (Content-Length mismatch: Expected 9 bytes, got 8 bytes)\r\n"},
		{"length too short", "CHECK SPAMC/1.5\r\nContent-length: 7\r\n\r\n12345678",
			"SPAMD/1.0 76 Bad header line: (Content-Length mismatch: Expected 7 bytes, got 8 bytes)\r\n"},
		{"length no number", "CHECK SPAMC/1.5\r\nContent-length: x\r\n\r\n",
			"SPAMD/1.0 76 Bad header line: (Content-Length contains non-numeric bytes)\r\n"},
		{"length negative", "CHECK SPAMC/1.5\r\nContent-length: -1\r\n\r\n",
			"SPAMD/1.0 76 Bad header line: (Content-Length contains non-numeric bytes)\r\n"},
		{"length huge", "CHECK SPAMC/1.5\r\nContent-length: 4311686018427387903\r\n\r\n",
			"SPAMD/1.0 76 Bad header line: (message longer than 1000 bytes)\r\n"},
		{"no length, too long", "CHECK SPAMC/1.5\r\n\r\n" + strings.Repeat("x", 1001),
			"SPAMD/1.0 76 Bad header line: (message longer than 1000 bytes)\r\n"},
		{"bad header", "CHECK SPAMC/1.5\r\nfoo\r\n\r\n",
			"SPAMD/1.0 76 Bad header line: (header not in 'Name: value' format)\r\n"},
		{"endless line", "CHECK SPAMC/1.5" + strings.Repeat(" ", 9000),
			"SPAMD/1.0 76 Bad header line: (line longer than 8192 bytes)\r\n"},
		{"endless header", "CHECK SPAMC/1.5\r\n" + strings.Repeat("A: b\r\n", 101),
			"SPAMD/1.0 76 Bad header line: (too many header lines)\r\n"},
		{"failing", req("CHECK", "1.5", "fail"), "SPAMD/1.0 75 disk on fire\r\n"},
		{"learn", req("TELL", "1.5", ham, "Message-class: ham", "Set: local"),
			"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n"},
		{"learn again", req("TELL", "1.5", ham, "Message-class: ham", "Set: local"), "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n"},
		{"learn as the other", req("TELL", "1.5", ham, "Message-class: spam", "Set: local, remote"),
			"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n"},
		{"forget", req("TELL", "1.5", ham, "Remove: local"), "SPAMD/1.1 0 EX_OK\r\nDidRemove: local\r\n\r\n\r\n"},
		{"forget again", req("TELL", "1.5", ham, "Remove: local"), "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n"},
		{"tell nothing", req("TELL", "1.5", ham), "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n"},
		{"tell no class", req("TELL", "1.5", ham, "Set: local"), "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n"},
		{"tell both", req("TELL", "1.5", ham, "Set: local", "Remove: local"),
			"SPAMD/1.0 76 Bad header line: Unable to set local and remove local in the same operation.\r\n"},
		{"learning fails", req("TELL", "1.5", "fail", "Message-class: ham", "Set: local"),
			"SPAMD/1.0 75 learning failed: disk full\r\n"},
	} {
		if got := ask(t, addr, c.request); got != c.want {
			t.Errorf("%s: got %q\nwant %q", c.name, got, c.want)
		}
	}
	got := ask(t, addr, req("CHECK", "1.5", "panic"))
	if !strings.HasPrefix(got, "SPAMD/1.0 75 panic while answering: index out of range") || strings.Count(got, "\n") != 1 {
		t.Errorf("panic: got %q", got)
	}
	for _, verb := range []string{"REPORT", "REPORT_IFSPAM"} {
		got := ask(t, addr, req(verb, "1.5", spam))
		if _, body, _ := strings.Cut(got, "\r\n\r\n"); !strings.Contains(body, " 6.8 A_TEST                 A test\n") {
			t.Errorf("%s: got %q", verb, got)
		}
	}
}

func TestTellNeedsLeave(t *testing.T) {
	p := &pupil{known: map[string]store.Class{}}
	_, addr := start(t, Options{Classifier: p}, Access{})
	want := "SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled, set the --allow-tell switch.\r\n"
	if got := ask(t, addr, req("TELL", "1.5", ham, "Message-class: ham", "Set: local")); got != want || len(p.known) != 0 {
		t.Errorf("got %q, learned %v", got, p.known)
	}
}

func TestAllowedAddresses(t *testing.T) {
	_, addr := start(t, Options{}, Access{Allowed: func(a netip.Addr) bool { return a.String() != "127.0.0.1" }})
	conn, err := listen.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "PING SPAMC/1.5\r\n\r\n")
	if got, _ := io.ReadAll(conn); len(got) != 0 { // a reset is as good an end as any
		t.Errorf("a client that is not allowed got %q", got)
	}
}

func TestUserIsPassedOn(t *testing.T) {
	p := &pupil{}
	_, addr := start(t, Options{Classifier: p}, Access{})
	if _, err := (&Client{Addr: addr, User: "bob"}).Check(t.Context(), []byte(ham)); err != nil ||
		p.inputs[0].User != "bob" {
		t.Errorf("got %v, %+v", err, p.inputs)
	}
}

func TestSlowClientsAreCutOff(t *testing.T) {
	_, addr := start(t, Options{ReadHead: 20 * time.Millisecond, ReadBody: 20 * time.Millisecond,
		Answer: 20 * time.Millisecond}, Access{})
	for _, sent := range []string{"", "CHECK", "CHECK SPAMC/1.5\r\nA: b\r\n",
		"CHECK SPAMC/1.5\r\nContent-length: 5\r\n\r\n123", "CHECK SPAMC/1.5\r\n\r\n123"} {
		conn, err := listen.Dial(t.Context(), addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, sent)
		got, err := io.ReadAll(conn)
		conn.Close()
		if want := "SPAMD/1.0 79 Timeout: the request did not arrive in time\r\n"; err != nil || string(got) != want {
			t.Errorf("after %q: got %q, %v", sent, got, err)
		}
	}
	if got := ask(t, addr, req("CHECK", "1.5", "hang")); got != "SPAMD/1.0 79 Timeout: context deadline exceeded\r\n" {
		t.Errorf("a check that hangs: got %q", got)
	}
}

func TestShutdownFinishesRequests(t *testing.T) {
	s, addr := start(t, Options{}, Access{})
	conn, err := listen.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "CHECK SPAMC/1.5\r\n\r\n")
	for s.Len() < 1 {
		time.Sleep(time.Millisecond)
	}
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(t.Context()) }()
	for !s.Closing() {
		time.Sleep(time.Millisecond)
	}
	io.WriteString(conn, ham)
	conn.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(got), "SPAMD/1.1 0 EX_OK") {
		t.Errorf("the request in hand got %q, %v", got, err)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestIdleClientsMakeRoom: clients that say nothing, or stop within a request, are closed for others, the oldest first.
func TestIdleClientsMakeRoom(t *testing.T) {
	for name, said := range map[string]string{
		"nothing": "", "part of a line": "CHECK", "part of a header": "CHECK SPAMC/1.5\r\n",
		"part of a message": "CHECK SPAMC/1.5\r\nContent-length: 999\r\n\r\nslow",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, addr := start(t, Options{MaxConns: 5}, Access{})
			var idle []net.Conn
			for range 10 {
				conn, err := listen.Dial(t.Context(), addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				io.WriteString(conn, said)
				idle = append(idle, conn)
			}
			for range 10 {
				if got := ask(t, addr, req("CHECK", "1.5", spam)); !strings.Contains(got, "Spam: True") {
					t.Fatalf("a good client got %q", got)
				}
			}
			idle[0].SetReadDeadline(time.Now().Add(10 * time.Second))
			_, err := idle[0].Read(make([]byte, 1))
			if answered := err == nil; answered != (said != "") || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the oldest idle client got %v, want an answer if it had begun a request, and an end", err)
			}
			if n := s.Len(); n > 5 {
				t.Errorf("%d connections at once, want at most 5", n)
			}
		})
	}
}

// TestBytesInHand: clients that promise, or send, a lot and do not come to an end leave room for others.
func TestBytesInHand(t *testing.T) {
	_, addr := start(t, Options{MaxMessage: 100_000, Bytes: connpool.NewBudget(200_000)}, Access{})
	for i := range 8 {
		conn, err := listen.Dial(t.Context(), addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, []string{"CHECK SPAMC/1.5\r\nContent-length: 99999\r\n\r\n",
			"CHECK SPAMC/1.5\r\n\r\n"}[i%2]+strings.Repeat("x", 90_000))
	}
	for range 3 {
		if got := ask(t, addr, req("CHECK", "1.5", strings.Repeat("spam ", 10_000))); !strings.Contains(got, "Spam: True") {
			t.Fatalf("a good client got %q", got)
		}
	}
}

func TestRequestsBeingAnsweredAreLetFinish(t *testing.T) {
	_, addr := start(t, Options{MaxConns: 2, Answer: 200 * time.Millisecond}, Access{})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := (&Client{Addr: addr}).Check(t.Context(), []byte("hang"))
			var refused *ServerError
			if !errors.As(err, &refused) || refused.Code != 79 {
				t.Errorf("got %v, want the answer of a check that takes too long", err)
			}
		})
	}
	wg.Wait()
}

// FuzzProtocol feeds a server whatever comes: it answers or closes, and never hangs or panics.
func FuzzProtocol(f *testing.F) {
	for _, s := range []string{
		"PING SPAMC/1.5\r\n\r\n", "SKIP SPAMC/1.5\r\n\r\n", req("CHECK", "1.5", ham), req("PROCESS", "1.2", spam),
		req("SYMBOLS", "1.5", big),
		req("REPORT", "1.5", spam, "User: bob"), req("HEADERS", "1.5", deflate(spam), "Compress: zlib"),
		req("TELL", "1.5", ham, "Message-class: ham", "Set: local"),
		req("TELL", "1.5", ham, "Remove: local"), "CHECK SPAMC/1.5\r\nContent-length: 99999999999999999999\r\n\r\n",
		"CHECK SPAMC/NaN\r\n\r\n", "\r\n", "GET / HTTP/1.0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	s := New(Options{Classifier: &pupil{known: map[string]store.Class{}}, MaxMessage: 1 << 20,
		Answer: 50 * time.Millisecond})
	f.Fuzz(func(t *testing.T, stream []byte) {
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			newConn(s, theirs, Access{Tell: true}).serve()
			close(done)
		}()
		go func() {
			ours.Write(stream)
			ours.Close()
		}()
		answer, _ := io.ReadAll(ours)
		if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("SPAMD/1.")) {
			t.Errorf("answer %q", answer)
		}
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the server hangs")
		}
	})
}
