package spamc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/listen"
	"asterism/store"
)

func TestClient(t *testing.T) {
	_, addr := start(t, Options{}, Access{Tell: true})
	c := &Client{Addr: addr}
	ctx := t.Context()
	if err := c.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
	got, err := c.Check(ctx, []byte(spam))
	want := &Result{Spam: true, Score: 6.8, Required: 5, Bayes: 0.25, Names: []string{"A_TEST", "MINUS"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Check: %+v, %v, want %+v", got, err, want)
	}
	got, err = c.Process(ctx, []byte(spam))
	if err != nil || string(got.Message) != "X-Spam-Score: 6.8 (******) A_TEST,MINUS\n"+spam {
		t.Errorf("Process: %+v, %v", got, err)
	}
	got, err = c.Headers(ctx, []byte(ham))
	if err != nil || string(got.Message) != "X-Spam-Score: 0.0 ()\r\nSubject: hi\r\n\r\n" {
		t.Errorf("Headers: %+v, %v", got, err)
	}
	for _, step := range []struct {
		class store.Class
		want  classifier.Learned
	}{
		{store.Ham, classifier.LearnedNew}, {store.Ham, classifier.LearnedKnown}, {store.Spam, classifier.LearnedOther},
		{0, classifier.Forgotten}, {0, classifier.NotLearned},
	} {
		var got classifier.Learned
		if step.class == 0 {
			got, err = c.Forget(ctx, []byte(ham))
		} else {
			got, err = c.Learn(ctx, []byte(ham), step.class)
		}
		if err != nil || got != step.want {
			t.Errorf("class %v: got %v, %v, want %v", step.class, got, err, step.want)
		}
	}
	var refused *ServerError
	if _, err = c.Learn(ctx, []byte("fail"), store.Ham); !errors.As(err, &refused) || refused.Code != 75 ||
		!strings.Contains(refused.Text, "disk full") {
		t.Errorf("a learning that failed: %v", err)
	}
}

func TestClientSeesTheRefusalOfALongMessage(t *testing.T) {
	_, addr := start(t, Options{MaxMessage: 1000}, Access{})
	_, err := (&Client{Addr: addr}).Check(t.Context(), make([]byte, 8<<20))
	if err == nil || !strings.Contains(err.Error(), "longer than 1000 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestClientOfABrokenServer(t *testing.T) {
	for answer, want := range map[string]string{
		"":                                         "without an answer",
		"HTTP/1.0 200 OK\r\n\r\n":                  "not an answer of spamd",
		"SPAMD/1.1 x EX_OK\r\n\r\n":                "not an answer of spamd",
		"SPAMD/1.0 69 too busy\r\n":                "too busy",
		"SPAMD/1.1 0 EX_OK\r\n\r\n":                "no verdict",
		"SPAMD/1.1 0 EX_OK\r\nSpam: x\r\n\r\n":     "no verdict",
		"SPAMD/1.1 0 EX_OK\r\nSpam: x;1/x\r\n\r\n": "no verdict",
		"SPAMD/1.1 0 EX_OK\r\nContent-length: 9\r\nSpam: True ; 1 / 2\r\n\r\nA": "mismatch",
		"SPAMD/1.1 0 EX_OK\r\nContent-length: -9\r\n\r\nA":                      "bad length",
	} {
		addr := fakeServer(t, answer)
		if _, err := (&Client{Addr: addr}).Check(t.Context(), []byte(ham)); err == nil || !strings.Contains(err.Error(),
			want) {
			t.Errorf("answer %q: got %v, want %q", answer, err, want)
		}
	}
}

func TestClientStopsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := (&Client{Addr: address(t, ln)}).Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// fakeServer gives one client a fixed answer.
func fakeServer(t *testing.T, answer string) listen.Address {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.Copy(io.Discard, conn)
		io.WriteString(conn, answer)
	}()
	return address(t, ln)
}

func address(t *testing.T, ln net.Listener) listen.Address {
	t.Helper()
	a, err := listen.Parse(fmt.Sprintf("inet:%d@127.0.0.1", ln.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
