package submit_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"asterism/listen"
	"asterism/submit"
	"asterism/test/tool"
)

// server is an SMTP or LMTP server that remembers what it took.
type server struct {
	lmtp  bool
	from  string
	to    []string
	text  string
	taken bool
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return s, nil }
func (s *server) Reset()                                      {}
func (s *server) Logout() error                               { return nil }

func (s *server) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, nil
	return nil
}

func (s *server) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "unknown@") {
		return &smtp.SMTPError{Code: 550, Message: "No such user"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *server) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.text, s.taken = string(text), err == nil
	return err
}

func (s *server) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	if err := s.Data(r); err != nil {
		return err
	}
	for _, to := range s.to {
		var err error
		if strings.HasPrefix(to, "full@") {
			err = &smtp.SMTPError{Code: 452, Message: "Mailbox full"}
		}
		status.SetStatus(to, err)
	}
	return nil
}

// serve runs the server on a unix socket and returns a mailer that submits to it.
func (s *server) serve(t *testing.T) submit.Mailer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	back := smtp.NewServer(s)
	back.Domain, back.LMTP = "mail.example.org", s.lmtp
	go back.Serve(ln)
	t.Cleanup(func() { back.Close() })
	addr := listen.Address{Network: "unix", Path: path}
	if s.lmtp {
		return submit.LMTP(addr)
	}
	return submit.SMTP(addr)
}

const text = "Subject: hi\r\n\r\n.\r\n..\r\nFrom me\r\ngr\xfc\xdf\r\n\r\n"

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		name  string
		lmtp  bool
		to    []string
		taken []string
		err   string
	}{
		{"smtp", false, []string{"a@example.org", "b@example.org"}, []string{"a@example.org", "b@example.org"}, ""},
		{"smtp, one unknown", false, []string{"a@example.org", "unknown@example.org"}, nil,
			"unknown@example.org: SMTP error 550: No such user"},
		{"smtp, nobody", false, nil, nil, "no recipients"},
		{"lmtp", true, []string{"a@example.org", "b@example.org"}, []string{"a@example.org", "b@example.org"}, ""},
		{"lmtp, one full", true, []string{"a@example.org", "full@example.org", "b@example.org"}, []string{"a@example.org",
			"b@example.org"}, "Mailbox full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &server{lmtp: c.lmtp}
			taken, err := s.serve(t).Submit(t.Context(), &submit.Mail{Sender: "", Recipients: c.to, Raw: []byte(text)})
			if !slices.Equal(taken, c.taken) || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(),
				c.err) {
				t.Errorf("%s: taken for %q, %v", c.name, taken, err)
			}
			if s.taken != (c.taken != nil) || s.taken && (s.text != text || s.from != "") {
				t.Errorf("%s: the server has %q from %q", c.name, s.text, s.from)
			}
		})
	}
	if _, err := submit.SMTP(listen.Address{Network: "unix", Path: "/nonexistent/socket"}).Submit(t.Context(),
		&submit.Mail{Recipients: []string{"a@b"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestPrograms(t *testing.T) {
	tool.Path(t, "cat", "coreutils")
	dir := t.TempDir()
	script := filepath.Join(dir, "sendmail")
	if err := os.WriteFile(script,
		[]byte("#!/bin/sh\ncat > "+dir+"/mail\nprintf '%s\\n' \"$@\" > "+dir+"/args\n[ \"$1\" != fail ] || { echo 'queue "+
			"full' >&2; exit 75; }\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	mail := &submit.Mail{Recipients: []string{"-a@example.org", "b@example.org"}, Raw: []byte(text)}
	taken, err := submit.Program([]string{script, "-Ac", "-v"}).Submit(t.Context(), mail)
	if err != nil || len(taken) != 2 {
		t.Errorf("taken for %q, %v", taken, err)
	}
	args, _ := os.ReadFile(dir + "/args")
	got, _ := os.ReadFile(dir + "/mail")
	if string(args) != "-Ac\n-v\n-i\n-f\n<>\n--\n-a@example.org\nb@example.org\n" ||
		string(got) != strings.ReplaceAll(text, "\r\n", "\n") {
		t.Errorf("called with %q, given %q", args, got)
	}
	taken, err = submit.Program([]string{script, "fail"}).Submit(t.Context(), mail)
	if len(taken) != 0 || err == nil || !strings.Contains(err.Error(), "queue full") {
		t.Errorf("a program that fails: taken for %q, %v", taken, err)
	}
}
