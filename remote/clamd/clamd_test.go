package clamd_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/listen"
	"asterism/remote/clamd"
)

// virus is what the test's own signature knows.
const virus = "this-is-the-virus-of-our-own-test"

// start runs a real clamd with one signature and returns its socket and its TCP address.
func start(t *testing.T) (socket, addr string) {
	t.Helper()
	bin, err := exec.LookPath("clamd")
	if err != nil {
		if bin = "/usr/sbin/clamd"; func() bool { _, err := os.Stat(bin); return err != nil }() {
			t.Fatal("clamd is needed (Debian package clamav-daemon)")
		}
	}
	dir, err := os.MkdirTemp("", "clamd") // a short path: sockets' names are bounded
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	socket = filepath.Join(dir, "sock")
	if err := os.Mkdir(filepath.Join(dir, "db"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"db/test.ndb": "Asterism.Test.Virus:0:*:" + hex.EncodeToString([]byte(virus)) + "\n",
		"clamd.conf": fmt.Sprintf("DatabaseDirectory %s/db\nLocalSocket %s\nTCPSocket %s\nTCPAddr 127.0.0.1\nForeground yes\nLogFile %[1]s/log\n"+
			"StreamMaxLength 1M\nScanMail yes\nTemporaryDirectory %[1]s\nUser root\n", dir, socket, port),
	} {
		if os.Getuid() != 0 {
			data = strings.ReplaceAll(data, "User root\n", "")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := exec.Command(bin, "-c", filepath.Join(dir, "clamd.conf"))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
	for range 300 {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return socket, addr
		}
		select {
		case <-done:
			t.Fatalf("clamd ended:\n%s", &out)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("clamd does not listen")
	return "", ""
}

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
	socket, addr := start(t)
	infected := "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; name=x.exe\n" +
		"Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("MZ..."+virus+"...")) + "\n--b--\n"
	for _, tc := range []struct{ name, mail, want string }{
		{"clean", "Subject: x\n\nhello\n", ""},
		{"empty", "", ""},
		{"in the text", "Subject: x\n\n" + virus + "\n", "Asterism.Test.Virus"},
		{"in an attachment", "From: a@example.com\nMIME-Version: 1.0\n" + infected, "Asterism.Test.Virus"},
		{"across chunks", strings.Repeat("x", 64<<10-10) + virus, "Asterism.Test.Virus"},
	} {
		for _, c := range []*clamd.Client{client(t, "unix:"+socket), client(t, tcp(addr))} {
			got, err := c.Scan(t.Context(), []byte(tc.mail))
			// clamd adds ".UNOFFICIAL" to the names of signatures that are not its makers'.
			if err != nil || strings.TrimSuffix(got, ".UNOFFICIAL") != tc.want {
				t.Errorf("%s: %q, %v; want %q", tc.name, got, err, tc.want)
			}
		}
	}
	if _, err := client(t, "unix:"+socket).Scan(t.Context(), bytes.Repeat([]byte("x"), 3<<20)); !errors.Is(err, clamd.ErrTooLarge) {
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
	}
	if _, err := client(t, "unix:/nonexistent/clamd").Scan(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "/nonexistent/clamd") {
		t.Errorf("no daemon: %v", err)
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("stream: OK\x00"))
	f.Add([]byte("stream: Win.Test.EICAR_HDB-1 FOUND\x00"))
	f.Add([]byte("INSTREAM size limit exceeded. ERROR\x00"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	c := client(f, tcp(l.Addr().String()))
	f.Fuzz(func(t *testing.T, reply []byte) {
		go func() {
			if conn, err := l.Accept(); err == nil {
				_, _ = conn.Write(reply)
				conn.Close()
			}
		}()
		name, err := c.Scan(t.Context(), []byte("mail"))
		if strings.ContainsAny(name, " \r\n\x00") || err != nil && name != "" {
			t.Errorf("%q, %v", name, err)
		}
	})
}
