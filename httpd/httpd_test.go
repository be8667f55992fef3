package httpd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"asterism/connpool"
)

// start serves a handler and returns its address.
func start(t *testing.T, opt Options) (*Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(opt)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; !errors.Is(err, connpool.ErrClosed) {
			t.Error(err)
		}
	})
	return s, ln.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(60 * time.Second))
	return c
}

var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, body)
})

// TestFirstLine: a line of another protocol is put into HTTP's form, however it comes in pieces; others stay.
func TestFirstLine(t *testing.T) {
	_, addr := start(t, Options{Handler: echo, FirstLine: func(line string) string {
		if line == "CHECK OTHER/1.0" {
			return "POST /other HTTP/1.0"
		}
		return line
	}})
	for request, want := range map[string]string{
		"CHECK OTHER/1.0\r\nContent-length: 3\r\n\r\nabc": "POST /other abc",
		"POST /x HTTP/1.0\r\nContent-Length: 1\r\n\r\nz":  "POST /x z",
		"nonsense\r\n": "400 Bad Request",
	} {
		t.Run(request, func(t *testing.T) {
			for _, step := range []int{1, 7, 1000} {
				c := dial(t, addr)
				for rest := request; rest != ""; {
					n := min(step, len(rest))
					if _, err := c.Write([]byte(rest[:n])); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				if got, err := io.ReadAll(c); err != nil || !strings.Contains(string(got), want) {
					t.Errorf("%q by %d: %q, %v", request, step, got, err)
				}
			}
		})
	}
}

// TestSlowRequestsMakeRoom: clients that send their bodies a byte at a time keep nobody out, nor do those whose bodies
// have empty lines as headers end with, and those that do not read what they asked for.
func TestSlowRequestsMakeRoom(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 16<<20)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			w.Write(long)
			return
		}
		if r.URL.Path == "/unread" {
			return
		}
		echo(w, r)
	})
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
	for name, parts := range map[string][]string{
		"body":                 {post + "slow"},
		"empty line":           {post + "slow\r\n\r\n"},
		"empty line later":     {post, "slow\r\n\r\n"},
		"body is left":         {strings.Replace(post, "/", "/unread", 1), "slow\r\n\r\n"},
		"second request":       {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", post + "\r\n\r\n", "\r\n\r\n"},
		"answer is not read":   {"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"},
		"answers are not read": {strings.Repeat("GET /long HTTP/1.1\r\nHost: x\r\n\r\n", 20)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, addr := start(t, Options{Handler: handler, MaxConns: 2, ReadTime: time.Hour, WriteTime: time.Hour})
			for range 2 {
				c := dial(t, addr)
				for i, part := range parts {
					if i > 0 {
						time.Sleep(50 * time.Millisecond) // so that most likely it is read by itself
					}
					if _, err := c.Write([]byte(part)); err != nil {
						t.Fatal(err)
					}
				}
			}
			late := dial(t, addr)
			if _, err := late.Write([]byte("GET /late HTTP/1.0\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(late); err != nil || !strings.Contains(string(got), "GET /late") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// TestShutdown: a request in hand is answered, a connection without one is closed.
func TestShutdown(t *testing.T) {
	began, end := make(chan bool), make(chan bool)
	s, addr := start(t, Options{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began <- true
		<-end
		fmt.Fprint(w, "done")
	})})
	busy, waiting := dial(t, addr), dial(t, addr)
	if _, err := busy.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	if _, err := waiting.Read(make([]byte, 1)); err == nil {
		t.Error("the connection without a request is answered")
	}
	end <- true
	if line, err := bufio.NewReader(busy).ReadString('\n'); err != nil || !strings.Contains(line, "200 OK") {
		t.Errorf("the request in hand: %q, %v", line, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
