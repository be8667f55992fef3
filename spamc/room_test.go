package spamc

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"asterism/connpool"
	"asterism/listen"
)

// lines is a log for several goroutines.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Whoever is cut off so that others find room is told to try again, and the log names it.
func TestWhoMakesRoomIsTold(t *testing.T) {
	for name, begin := range map[string]string{
		"a long message":        "PROCESS SPAMC/1.5\r\nContent-length: 99999\r\n\r\n" + strings.Repeat("x", 90_000),
		"a message without end": "CHECK SPAMC/1.5\r\n\r\n" + strings.Repeat("x", 90_000),
		"a compressed message": "CHECK SPAMC/1.5\r\nCompress: zlib\r\n\r\n" + deflate(strings.Repeat("x", 9_000) +
			noise(90_000))[:60_000],
		"a header without end":   "CHECK SPAMC/1.5\r\nContent-length: 9",
		"nothing but a question": "CHECK SPAMC/1.5\r\nContent-length: 5\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &lines{}
			s, addr := start(t, Options{MaxMessage: 100_000, Bytes: connpool.NewBudget(100_001), MaxConns: 1,
				Log: slog.New(slog.NewTextHandler(log, nil))}, Access{})
			slowly, err := listen.Dial(t.Context(), addr)
			if err != nil {
				t.Fatal(err)
			}
			defer slowly.Close()
			io.WriteString(slowly, begin)
			for s.Len() < 1 {
				time.Sleep(time.Millisecond)
			}
			answered := make(chan string, 1)
			go func() { // as a client does that reads while it writes
				slowly.SetReadDeadline(time.Now().Add(time.Minute))
				b, _ := io.ReadAll(slowly)
				answered <- string(b)
			}()
			if got := ask(t, addr, req("CHECK", "1.5", spam)); !strings.Contains(got, "Spam: True") {
				t.Errorf("the other client got %q", got)
			}
			if got := <-answered; !strings.HasPrefix(got, "SPAMD/1.0 75 ") {
				t.Errorf("the slow one got %q, want code 75", got)
			}
			if got := log.String(); !strings.Contains(got, "level=WARN") ||
				!strings.Contains(got, "peer="+slowly.LocalAddr().String()) {
				t.Errorf("the log does not name the slow one %s:\n%s", slowly.LocalAddr(), got)
			}
		})
	}
}

// noise returns text that does not compress well.
func noise(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// A message that is long only when it is decompressed needs no more room than one of that length.
func TestCompressedMessagesUpToTheLimit(t *testing.T) {
	const limit = 1 << 20
	_, addr := start(t, Options{MaxMessage: limit, Bytes: connpool.NewBudget(limit + 1), ReadHead: 10 * time.Second},
		Access{})
	for _, c := range []struct {
		size int
		want string
	}{{limit / 4, "SPAMD/1.1 0 EX_OK"}, {limit/2 + 1, "SPAMD/1.1 0 EX_OK"}, {limit, "SPAMD/1.1 0 EX_OK"},
		{limit + 1, "SPAMD/1.0 76 "}} {
		message := "Subject: hi\n\n" + strings.Repeat("0123456789abcde\n", c.size/16+1)
		for _, text := range []string{message[:c.size], message[:c.size/2] + noise(c.size-c.size/2)} {
			if got := ask(t, addr, req("CHECK", "1.5", deflate(text), "Compress: zlib")); !strings.HasPrefix(got, c.want) {
				t.Errorf("%d bytes: got %.60q, want %s", c.size, got, c.want)
			}
		}
	}
}

// With the limits as they are by default.
func TestCompressedMessageOfSeventeenMegabytes(t *testing.T) {
	_, addr := start(t, Options{}, Access{})
	text := "Subject: hi\n\n" + strings.Repeat("0123456789abcde\n", 17<<16)
	if got := ask(t, addr, req("CHECK", "1.5", deflate(text), "Compress: zlib")); !strings.HasPrefix(got,
		"SPAMD/1.1 0 EX_OK") {
		t.Errorf("got %.60q", got)
	}
}

func TestBrokenCompressedMessages(t *testing.T) {
	_, addr := start(t, Options{}, Access{})
	whole := deflate(strings.Repeat("spam ", 1000))
	for name, c := range map[string]struct{ body, want string }{
		"no zlib":       {"plain text", "SPAMD/1.0 69 "},
		"cut":           {whole[:len(whole)-10], "SPAMD/1.0 69 "},
		"text behind":   {whole + "more", "SPAMD/1.1 0 EX_OK"},
		"nothing":       {"", "SPAMD/1.0 69 "},
		"whole":         {whole, "SPAMD/1.1 0 EX_OK"},
		"bad checksum":  {whole[:len(whole)-1] + "\x00", "SPAMD/1.0 69 "},
		"bad in middle": {whole[:10] + "\xff\xff\xff" + whole[13:], "SPAMD/1.0 69 "},
	} {
		if got := ask(t, addr, req("CHECK", "1.5", c.body, "Compress: zlib")); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %s", name, got, c.want)
		}
	}
	if got := ask(t, addr, "CHECK SPAMC/1.5\r\nCompress: zlib\r\nContent-length: 99999\r\n\r\n"+whole); !strings.Contains(
		got, "Content-Length mismatch") {
		t.Errorf("less than promised: got %q", got)
	}
}
