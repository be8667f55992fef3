package clamd_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"asterism/listen"
	"asterism/remote/clamd"
	"asterism/test/e2e"
)

// virus is what the test's own signature knows.
const virus = "this-is-the-virus-of-our-own-test"

// client makes a Client of an address in sendmail's notation.
func client(t testing.TB, addr string) *clamd.Client {
	t.Helper()
	a, err := listen.Parse(addr)
	if err != nil {
		t.Fatal(err)
	}
	return clamd.New(a)
}

// tcp writes host:port in sendmail's notation.
func tcp(hostPort string) string {
	host, port, _ := net.SplitHostPort(hostPort)
	return "inet:" + port + "@" + host
}

func TestWithClamd(t *testing.T) {
	socket, addr := e2e.StartClamd(t, virus)
	infected := "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; name=x.exe\n" +
		"Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("MZ..."+virus+"...")) + "\n--b--\n"
	for _, tc := range []struct{ name, mail, want string }{
		{"clean", "Subject: x\n\nhello\n", ""},
		{"empty", "", ""},
		{"in the text", "Subject: x\n\n" + virus + "\n", "Asterism.Test.Virus"},
		{"in an attachment", "From: a@example.com\nMIME-Version: 1.0\n" + infected, "Asterism.Test.Virus"},
		{"across chunks", strings.Repeat("x", 64<<10-10) + virus, "Asterism.Test.Virus"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, c := range []*clamd.Client{client(t, "unix:"+socket), client(t, tcp(addr))} {
				got, err := c.Scan(t.Context(), []byte(tc.mail))
				// clamd adds ".UNOFFICIAL" to the names of signatures that are not its makers'.
				if err != nil || strings.TrimSuffix(got, ".UNOFFICIAL") != tc.want {
					t.Errorf("%s: %q, %v; want %q", tc.name, got, err, tc.want)
				}
			}
		})
	}
	if _, err := client(t, "unix:"+socket).Scan(t.Context(), bytes.Repeat([]byte("x"), 3<<20)); !errors.Is(err,
		clamd.ErrTooLarge) {
		t.Errorf("a message larger than clamd takes: %v", err)
	}
}

func TestBrokenDaemons(t *testing.T) {
	for name, behave := range map[string]func(net.Conn){
		"hangs up": func(net.Conn) {},
		"no end": func(c net.Conn) {
			_, _ = io.Copy(io.Discard, io.LimitReader(c, 20))
			_, _ = io.WriteString(c, "stream: OK")
		},
		"endless":      func(c net.Conn) { _, _ = c.Write(bytes.Repeat([]byte("x"), 1<<20)) },
		"other answer": func(c net.Conn) { _, _ = io.WriteString(c, "UNKNOWN COMMAND\x00") },
		"no name":      func(c net.Conn) { _, _ = io.WriteString(c, "stream:  FOUND\x00") },
		"silent":       func(net.Conn) { time.Sleep(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					behave(conn)
					conn.Close()
				}
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if got, err := client(t, tcp(l.Addr().String())).Scan(ctx, []byte("mail")); err == nil || got != "" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			cancel()
			l.Close()
		})
	}
	if _, err := client(t, "unix:/nonexistent/clamd").Scan(t.Context(), nil); err == nil || !strings.Contains(err.Error(),
		"/nonexistent/clamd") {
		t.Errorf("no daemon: %v", err)
	}
}
