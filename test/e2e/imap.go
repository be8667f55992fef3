package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// IMAP is a session of an IMAP client (RFC 3501), of a user with the password "secret".
type IMAP struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	n    int
}

// LoginIMAP opens a session for a user.
func LoginIMAP(t testing.TB, addr, user string) *IMAP {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return LoginIMAPOn(t, conn, user)
}

// LoginIMAPOn is LoginIMAP on a connection.
func LoginIMAPOn(t testing.TB, conn net.Conn, user string) *IMAP {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	s := &IMAP{t: t, conn: conn, r: bufio.NewReader(conn)}
	s.line() // the greeting
	s.do("LOGIN " + user + " secret")
	return s
}

func (s *IMAP) line() string {
	s.t.Helper()
	line, err := s.r.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return line
}

// do gives a command, which must succeed.
func (s *IMAP) do(command string) {
	s.t.Helper()
	s.n++
	tag := fmt.Sprintf("a%d ", s.n)
	if _, err := io.WriteString(s.conn, tag+command+"\r\n"); err != nil {
		s.t.Fatal(err)
	}
	for {
		line := s.line()
		if rest, ok := strings.CutPrefix(line, tag); ok {
			if !strings.HasPrefix(rest, "OK") {
				s.t.Fatalf("%.60s: %s", command, rest)
			}
			return
		}
	}
}

// Save saves a mail in a folder.
func (s *IMAP) Save(folder, mail string) {
	s.t.Helper()
	mail = strings.ReplaceAll(mail, "\n", "\r\n")
	s.do(fmt.Sprintf("APPEND %s {%d+}\r\n%s", folder, len(mail), mail))
}

// Move moves the first mail of a folder to another.
func (s *IMAP) Move(from, to string) {
	s.t.Helper()
	s.do("SELECT " + from)
	s.do("MOVE 1 " + to)
}
