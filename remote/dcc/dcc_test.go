package dcc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/remote/dcc"
	"asterism/remote/run"
)

// program writes a shell script that stands for dccproc, which Debian does not have, and returns its path.
func program(t testing.TB, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dccproc")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestProgram(t *testing.T) {
	for _, tc := range []struct {
		name, output string
		want         dcc.Metrics
		fails        bool
	}{
		{"unknown mail", "X-DCC--Metrics: host.example 1234; Body=1 Fuz1=1 Fuz2=2", dcc.Metrics{Body: 1, Fuz1: 1, Fuz2: 2,
			Reputation: -1}, false},
		{"bulk", "X-DCC-wuwien-Metrics: h.example 1290; bulk Body=many Fuz1=many\n\tFuz2=many rep=97%",
			dcc.Metrics{Brand: "wuwien", Bulk: true, Body: dcc.Many, Fuz1: dcc.Many, Fuz2: dcc.Many, Reputation: 97}, false},
		{"among other headers", "Subject: Body=9\nX-DCC-x-Metrics: h 1; Body=7\nX-Other: Fuz1=5", dcc.Metrics{Brand: "x",
			Body: 7, Reputation: -1}, false},
		{"white-listed", "X-DCC-x-Metrics: h 1; env_From=ok Body=3", dcc.Metrics{Brand: "x", Body: 3, Reputation: -1}, false},
		{"absurd count", "X-DCC-x-Metrics: h 1; Body=99999999999999999999 rep=500%", dcc.Metrics{Brand: "x", Body: dcc.Many,
			Reputation: 100}, false},
		{"nothing", "", dcc.Metrics{Reputation: -1}, true},
		{"complaint", "dccproc: no working DCC server", dcc.Metrics{Reputation: -1}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dcc.New(dcc.Options{Runner: run.New(1, "/"),
				Program: program(t, "cat >/dev/null; printf '%s\\n' '"+tc.output+"'")})
			got, err := c.Check(t.Context(), &dcc.Message{Raw: []byte("mail")})
			if got != tc.want || (err != nil) != tc.fails {
				t.Errorf("%s: %+v, %v; want %+v", tc.name, got, err, tc.want)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	file := filepath.Join(t.TempDir(), "args")
	c := dcc.New(dcc.Options{Runner: run.New(1, "/"), Args: []string{"-R"},
		Program: program(t, `echo "$@" >`+file+`; cat >>`+file+`; echo 'X-DCC-x-Metrics: h 1; Body=0'`)})
	if _, err := c.Check(t.Context(), &dcc.Message{Raw: []byte("the mail"),
		Client: netip.MustParseAddr("::ffff:192.0.2.1"), Sender: "a@example.com"}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "-H -x 0 -a 192.0.2.1 -f a@example.com -R\nthe mail" {
		t.Errorf("dccproc was given %q", got)
	}
	if err := c.Report(t.Context(), []byte("spam")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "-H -x 0 -t many -R\nspam" {
		t.Errorf("dccproc was given %q", got)
	}
}

// daemon listens as dccifd does and answers each request with reply; requests come out of the channel.
func daemon(t *testing.T, network, addr, reply string) (net.Addr, <-chan string) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	requests := make(chan string, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			data, _ := io.ReadAll(conn)
			requests <- string(data)
			if reply == "hang" {
				time.Sleep(time.Second)
			}
			_, _ = io.WriteString(conn, reply)
			conn.Close()
		}
	}()
	return l.Addr(), requests
}

func TestDaemon(t *testing.T) {
	m := &dcc.Message{Raw: []byte("Subject: x\r\n\r\nbody\r\n"), Client: netip.MustParseAddr("192.0.2.1"),
		ClientName: "c.example", Helo: "helo\nevil",
		Sender: "a@example.com", Recipients: []string{"b@example.org", "c@example.org"}}
	const reply = "R\nRA\nX-DCC-x-Metrics: h 1; bulk Body=many Fuz1=many Fuz2=many\n"
	for _, at := range [][2]string{{"unix", filepath.Join(t.TempDir(), "dccifd")}, {"tcp", "127.0.0.1:0"}} {
		addr, requests := daemon(t, at[0], at[1], reply)
		got, err := dcc.New(dcc.Options{Socket: addr.String()}).Check(t.Context(), m)
		if err != nil || !got.Bulk || got.Body != dcc.Many {
			t.Errorf("%s: %+v, %v", at[0], got, err)
		}
		want := "header\n192.0.2.1\rc.example\nheloevil\na@example.com\nb@example.org\r\nc@example.org\r\n\n" + string(m.Raw)
		if sent := <-requests; sent != want {
			t.Errorf("%s: sent %q, want %q", at[0], sent, want)
		}
	}
	for _, reply := range []string{"", "T\n", strings.Repeat("x", 1<<20)} {
		addr, _ := daemon(t, "tcp", "127.0.0.1:0", reply)
		if _, err := dcc.New(dcc.Options{Socket: addr.String()}).Check(t.Context(), m); err == nil {
			t.Errorf("reply of %d bytes without a header: no error", len(reply))
		}
	}
	addr, _ := daemon(t, "tcp", "127.0.0.1:0", "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := dcc.New(dcc.Options{Socket: addr.String()}).Check(ctx, m); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a daemon that hangs: %v", err)
	}
	if _, err := dcc.New(dcc.Options{Socket: "/nonexistent/dccifd"}).Check(t.Context(), m); err == nil ||
		!strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("no daemon: %v", err)
	}
}
