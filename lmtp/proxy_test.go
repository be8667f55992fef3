package lmtp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// talk has an MTA say its lines to a proxy whose agent gives the replies, one per line that it is sent or, after a
// mail, per recipient. It returns what the MTA was told and what the agent was sent.
func talk(t *testing.T, tag func(context.Context, *Mail) ([]byte, error), mta string, agent func(net.Conn)) (told,
	sent string) {
	t.Helper()
	agentOurs, agentTheirs := net.Pipe()
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		agent(teeConn{agentTheirs, io.TeeReader(agentTheirs, &log)})
		agentTheirs.Close()
	}()
	var out bytes.Buffer
	p := &Proxy{Tag: tag}
	err := p.Serve(t.Context(), struct {
		io.Reader
		io.Writer
	}{strings.NewReader(mta), &out}, agentOurs)
	agentOurs.Close()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the agent hangs")
	}
	if err != nil && !errors.Is(err, errAgent) && !errors.Is(err, io.ErrClosedPipe) {
		t.Logf("Serve: %v", err)
	}
	return out.String(), log.String()
}

// teeConn is a connection with a reader of its own.
type teeConn struct {
	net.Conn
	r io.Reader
}

func (s teeConn) Read(b []byte) (int, error) { return s.r.Read(b) }

func tagged(_ context.Context, m *Mail) ([]byte, error) {
	return []byte("X-Tag: " + m.Sender + ">" + strings.Join(m.Recipients, ",") + "\r\n" + string(m.Raw)), nil
}

// script returns an agent that answers each line it is sent with the next of its replies; "…" means to read a mail
// first.
func script(replies ...string) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, 64<<10)
		io.WriteString(c, "220 agent\r\n")
		for _, r := range replies {
			n, err := c.Read(b)
			for err == nil && strings.HasPrefix(r, "…") && !bytes.HasSuffix(b[:n], []byte("\r\n.\r\n")) {
				n, err = c.Read(b)
			}
			if err != nil {
				return
			}
			io.WriteString(c, strings.TrimPrefix(r, "…"))
		}
	}
}

const hello = "LHLO mta\r\nMAIL FROM:<alice@example.net> BODY=8BITMIME\r\nRCPT TO:<bob>\r\nRCPT TO:<carol>\r\nRCPT " +
	"TO:<nobody>\r\n"

func TestMailPassesTagged(t *testing.T) {
	told, sent := talk(t, tagged, hello+"DATA\r\nSubject: hi\r\n\r\n..\r\n...two\r\nend\r\n.\r\nQUIT\r\n", script(
		"250-agent\r\n250-CHUNKING\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", "250 sender ok\r\n", "250 bob ok\r\n",
		"250 carol ok\r\n",
		"550 5.1.1 nobody unknown\r\n", "354 go\r\n", "…250 2.0.0 bob has it\r\n452 4.2.2 carol is full\r\n", "221 bye\r\n"))
	want := "220 agent\r\n250-agent\r\n250 SIZE 1000\r\n250 sender ok\r\n250 bob ok\r\n250 carol ok\r\n550 5.1.1 nobody " +
		"unknown\r\n" +
		"354 Go on, end with a line of one dot\r\n250 2.0.0 bob has it\r\n452 4.2.2 carol is full\r\n221 bye\r\n"
	if told != want {
		t.Errorf("the MTA was told\n%q\nwant\n%q", told, want)
	}
	if want := "DATA\r\nX-Tag: alice@example.net>bob,carol\r\nSubject: hi\r\n\r\n..\r\n...two\r\nend\r\n.\r\n" +
		"QUIT\r\n"; !strings.HasSuffix(sent, want) {
		t.Errorf("the agent was sent\n%q\nwant at its end\n%q", sent, want)
	}
}

func TestTroubleIsTemporary(t *testing.T) {
	const greeted = "250 agent\r\n"
	ok := []string{greeted, "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "550 no\r\n"}
	mail := hello + "DATA\r\nA: b\r\n\r\n.\r\nQUIT\r\n"
	for _, c := range []struct {
		name    string
		tag     func(context.Context, *Mail) ([]byte, error)
		mta     string
		replies []string
		want    string // how what the MTA was told ends
	}{
		{"cannot be tagged", func(context.Context, *Mail) ([]byte, error) { return nil, errors.New("no") }, mail,
			append(ok, "250 reset\r\n", "221 bye\r\n"), "\r\n451 4.3.0 The mail could not be checked, try again later\r\n" +
				"451 4.3.0 The mail could not be checked, try again later\r\n221 bye\r\n"},
		{"agent dies at DATA", tagged, mail, ok, "\r\n421 4.3.0 The delivery agent went away, try again later\r\n421 4.3.0 " +
			"The delivery agent went away, try again later\r\n"},
		{"agent dies with the mail", tagged, mail, append(ok, "354 go\r\n"),
			"\r\n421 4.3.0 The delivery agent went away, try again later\r\n" +
				"421 4.3.0 The delivery agent went away, try again later\r\n"},
		{"agent dies between replies", tagged, mail, append(ok, "354 go\r\n", "…250 bob has it\r\n"),
			"\r\n250 bob has it\r\n421 4.3.0 The delivery agent went away, try again later\r\n"},
		{"agent refuses DATA", tagged, mail, append(ok, "452 4.3.1 full\r\n", "221 bye\r\n"),
			"\r\n452 4.3.1 full\r\n452 4.3.1 full\r\n221 bye\r\n"},
		{"agent dies at RCPT", tagged, mail, ok[:3], "\r\n421 4.3.0 The delivery agent went away, try again later\r\n"},
		{"BDAT", tagged, "LHLO mta\r\nBDAT 5 LAST\r\nQUIT\r\n", []string{greeted, "221 bye\r\n"},
			"\r\n502 5.5.1 Not here\r\n221 bye\r\n"},
		{"MTA dies in the mail", tagged, hello + "DATA\r\nA: b\r\n", ok, "\r\n354 Go on, end with a line of one dot\r\n"},
		{"DATA for nobody", tagged, "LHLO mta\r\nDATA\r\nQUIT\r\n", []string{greeted, "503 no\r\n", "221 bye\r\n"},
			"\r\n503 no\r\n221 bye\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			told, sent := talk(t, c.tag, c.mta, script(c.replies...))
			if !strings.HasSuffix(told, c.want) {
				t.Errorf("the MTA was told\n%q\nwant at its end\n%q", told, c.want)
			}
			if c.name == "MTA dies in the mail" && strings.Contains(sent, "A: b") {
				t.Errorf("half a mail went to the agent: %q", sent)
			}
		})
	}
}

// FuzzDots holds a mail's way over the wire against the mail.
func FuzzDots(f *testing.F) {
	for _, s := range []string{"", "a", ".\r\n", "..\r\n.", "a\n.\nb", "\r\n.\r\r\n", strings.Repeat(".", 200000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		var wire bytes.Buffer
		if err := writeMail(&wire, mail); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReaderSize(&wire, maxLine)
		got, err := readMail(r)
		if err != nil || wire.Len()+r.Buffered() != 0 {
			t.Fatalf("%v, %d bytes left", err, wire.Len()+r.Buffered())
		}
		if !bytes.Equal(lines(got), lines(mail)) {
			t.Errorf("%q has become %q", mail, got)
		}
	})
}

// lines returns a mail with LF line ends, the last line ended too.
func lines(mail []byte) []byte {
	var all []byte
	for line := range bytes.Lines(mail) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		all = append(append(all, bytes.TrimSuffix(line, []byte("\r"))...), '\n')
	}
	return all
}
