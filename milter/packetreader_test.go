package milter

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// packet frames a command as the milter protocol does.
func packet(cmd byte, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)+1))
	return string(append(b, cmd)) + data
}

// option negotiation as sendmail 8.17 does it: version 6, all actions, all protocol bits.
var negotiation = packet('O', "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff")

// broken are byte streams that no MTA sends.
var broken = map[string]string{
	"nothing":                   "",
	"empty packet":              "\x00\x00\x00\x00",
	"empty packet, later":       negotiation + "\x00\x00\x00\x00",
	"half a gigabyte":           negotiation + "\x20\x00\x00\x00B",
	"two gigabytes":             "\x7f\xff\xff\xffO",
	"no negotiation":            packet('C', "client\x00U\x00"),
	"short negotiation":         packet('O', "\x00\x00\x00\x06"),
	"version 0":                 packet('O', "\x00\x00\x00\x00\x00\x00\x01\xff\x00\x1f\xff\xff"),
	"cannot change header":      packet('O', "\x00\x00\x00\x06\x00\x00\x00\x01\x00\x1f\xff\xff"),
	"second negotiation":        negotiation + negotiation,
	"unknown command":           negotiation + packet('?', ""),
	"connect without NUL":       negotiation + packet('C', "client"),
	"connect without family":    negotiation + packet('C', "client\x00"),
	"connect without address":   negotiation + packet('C', "client\x004"),
	"connect, bad address":      negotiation + packet('C', "client\x004\x00\x19nonsense\x00"),
	"connect, unknown family":   negotiation + packet('C', "client\x00Z\x00\x19x\x00"),
	"MAIL without NUL":          negotiation + packet('M', "<a@example.net>"),
	"MAIL without data":         negotiation + packet('M', ""),
	"RCPT without NUL":          negotiation + packet('R', "<a@example.net>"),
	"HELO without NUL":          negotiation + packet('H', "x"),
	"header without value":      negotiation + packet('L', "Subject\x00"),
	"header of three strings":   negotiation + packet('L', "Subject\x00 hi\x00there\x00"),
	"header without data":       negotiation + packet('L', ""),
	"macro without NUL":         negotiation + packet('D', "Mi\x00qid"),
	"macros without end":        negotiation + packet('D', "M"+strings.Repeat("x\x00", maxMacros)),
	"macro for nothing":         negotiation + packet('D', ""),
	"end of no mail":            negotiation + packet('E', ""),
	"body of no mail":           negotiation + packet('B', "x") + packet('E', ""),
	"new connection, end":       negotiation + packet('K', "") + packet('E', ""),
	"cut inside a packet":       negotiation + packet('M', "<a@example.net>\x00")[:9],
	"random":                    "GET / HTTP/1.0\r\n\r\n",
	"an unfinished mail":        negotiation + packet('M', "<a@example.net>\x00") + packet('L', "A\x00b\x00"),
	"abort, abort, quit, noise": negotiation + packet('A', "") + packet('A', "") + packet('Q', "") + "noise",
}

func TestBrokenPeers(t *testing.T) {
	f := start(t, &checker{}, Options{})
	for name, stream := range broken {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", f.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, stream)
			conn.(*net.TCPConn).CloseWrite()
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.Copy(io.Discard, conn); err != nil && !isReset(err) {
				t.Errorf("the connection was not closed: %v", err)
			}
		})
	}
	if n := len(f.checker.inputs()); n != 0 {
		t.Errorf("%d mails were checked", n)
	}
	if got := (mail{body: "x"}).send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("a good MTA, afterwards, got %s", got)
	}
}

func isReset(err error) bool {
	e, ok := err.(net.Error)
	return ok && !e.Timeout()
}

// FuzzSession feeds a session whatever comes: it may close the connection, never hang or panic.
func FuzzSession(f *testing.F) {
	for _, stream := range broken {
		f.Add([]byte(stream))
	}
	f.Add([]byte(negotiation + packet('C', "client\x004\x00\x19192.0.2.7\x00") + packet('H', "helo\x00") +
		packet('D', "Mi\x00qid\x00{auth_authen}\x00bob\x00") + packet('M', "<a@example.net>\x00SIZE=5\x00") +
		packet('R', "<b@example.org>\x00") +
		packet('T', "") + packet('L', "Subject\x00 hi\x00") + packet('L', "x-spam-score\x00 1\x00") + packet('N', "") +
		packet('B', "body") +
		packet('E', "") + packet('M', "<>\x00") + packet('A', "") + packet('Q', "")))
	s := New(Options{Checker: &checker{}, Settings: Settings{MaxSize: 1000}, Idle: time.Minute})
	f.Cleanup(func() { s.Shutdown(context.Background()) })
	f.Fuzz(func(t *testing.T, stream []byte) {
		ours, theirs := net.Pipe()
		go io.Copy(io.Discard, ours)
		s.Take(newSession(s, theirs, theirs.LocalAddr()))
		ours.SetDeadline(time.Now().Add(10 * time.Second))
		ours.Write(stream)
		ours.Close()
		eventually(t, "the session ended", func() bool { return s.Len() == 0 })
	})
}
