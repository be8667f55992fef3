package milter

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/contain"
	"asterism/message"
)

// The MTA's side of a mail, packet by packet.
var (
	mailPacket  = packet('M', "<a@example.net>\x00")
	rcptPacket  = packet('R', "<b@example.org>\x00")
	fieldPacket = packet('L', "A\x00b\x00")
	eohPacket   = packet('N', "")
	bodyPacket  = packet('B', "x")
	endPacket   = packet('E', "")
)

// Every order of packets that no mail can have ends the connection, and no mail is checked.
func TestPacketsOutOfOrder(t *testing.T) {
	f := start(t, &checker{}, Options{})
	for name, packets := range map[string]string{
		"a field before MAIL":             fieldPacket,
		"end of header before MAIL":       eohPacket,
		"RCPT before MAIL":                rcptPacket,
		"body before MAIL":                bodyPacket,
		"end before MAIL":                 endPacket,
		"a field after an abort":          mailPacket + fieldPacket + packet('A', "") + fieldPacket,
		"RCPT after an abort":             mailPacket + packet('A', "") + rcptPacket,
		"a field on a new connection":     mailPacket + packet('K', "") + fieldPacket,
		"a field behind the header":       mailPacket + rcptPacket + fieldPacket + eohPacket + fieldPacket + endPacket,
		"two ends of the header":          mailPacket + rcptPacket + eohPacket + eohPacket + endPacket,
		"a body without end of header":    mailPacket + rcptPacket + fieldPacket + bodyPacket + endPacket,
		"a field behind the body":         mailPacket + rcptPacket + eohPacket + bodyPacket + fieldPacket + endPacket,
		"a connection inside a mail":      mailPacket + packet('C', "client\x00U") + endPacket,
		"negotiation inside a mail":       mailPacket + negotiation + endPacket,
		"HELO and macros, then the field": packet('D', "Hj\x00mx\x00") + packet('H', "helo\x00") + fieldPacket,
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", f.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, negotiation+packets)
			conn.SetReadDeadline(time.Now().Add(10 * time.Second)) // nothing is closed from this side
			if _, err := io.Copy(io.Discard, conn); err != nil && !isReset(err) {
				t.Errorf("the connection was not closed: %v", err)
			}
		})
	}
	if n := len(f.checker.inputs()); n != 0 {
		t.Errorf("%d mails were checked", n)
	}
	if log := f.log.String(); !strings.Contains(log, "out of order: a header field outside of a mail") ||
		!strings.Contains(log, "mta=127.0.0.1:") {
		t.Errorf("the log does not say why:\n%s", log)
	}
	if got := (mail{body: "x"}).send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("a good MTA, afterwards, got %s", got)
	}
}

// program makes packets of a fuzzer's bytes: of each, the first says which command and how it is framed, the second
// how much data follows. Where all are framed well the last one is QUIT.
func program(code []byte) (out []byte, framed bool) {
	const commands = "MRTLNBEADCHKQUO?"
	out, framed = []byte(negotiation), true
	if len(code) > 0 && code[0] == 0xff {
		out, code = nil, code[1:]
	}
	for len(code) > 0 {
		op, data := code[0], []byte(nil)
		if code = code[1:]; len(code) > 0 {
			n := min(int(code[0]), len(code)-1)
			data, code = code[1:1+n], code[1+n:]
		}
		cmd := commands[op&15]
		switch op >> 4 {
		case 0: // the data as they are
			out = append(out, packet(cmd, string(data))...)
		case 1: // a length that is not theirs
			framed = false
			out = binary.BigEndian.AppendUint32(out, uint32(op)<<24>>uint(len(data)&31))
			out = append(append(out, cmd), data...)
		case 2: // long
			out = append(out, packet(cmd, strings.Repeat(string(data)+"\x00", 700))...)
		default:
			out = append(out, packet(cmd, wellFormed(cmd, data))...)
		}
	}
	if framed {
		out = append(out, packet('Q', "")...)
	}
	return out, framed
}

// wellFormed returns a command's data with the strings that it must have.
func wellFormed(cmd byte, data []byte) string {
	s := strings.ReplaceAll(string(data), "\x00", "")
	switch cmd {
	case cmdMail, cmdRcpt:
		return "<" + s + ">\x00"
	case cmdHeader:
		return s[:len(s)/2] + "\x00" + s[len(s)/2:] + "\x00"
	case cmdHelo, cmdUnknown:
		return s + "\x00"
	case cmdConnect:
		return s + "\x004\x00\x19192.0.2.7\x00"
	case cmdMacro:
		return "Mi\x00" + s + "\x00"
	case cmdBody:
		return s
	}
	return ""
}

// steps writes a program: one well-formed packet per letter.
func steps(commands string) []byte {
	code := make([]byte, 0, 6*len(commands))
	for i := range len(commands) {
		op := byte(strings.IndexByte("MRTLNBEADCHKQUO?", commands[i]))
		code = append(code, 0x30|op, 4, 'x', ':', 'y', '\n')
	}
	return code
}

// FuzzPackets sends well-formed and broken packets in any order. Whatever comes, the session ends with its
// connection, gives back its memory, and nothing panics.
func FuzzPackets(f *testing.F) {
	for _, order := range []string{
		"CHMRTLLNBBE", "L", "N", "R", "B", "E", "MLAL", "MRNL", "MRNN", "MRLBE", "MRE", "MME", "MRNBEMRNBE", "KCHMRNBE",
		"MKL", "MC", "MHRNE",
		"DDD", "MDRDLDNDBDED", "AAAA", "MQL", "UMRUNE", "OMRE", "?", "MR?E", "MRNEE", "MRNEL", "TMRTE",
	} {
		f.Add(steps(order))
		f.Add(append(steps("CHMRLNB"), steps(order)...))
		f.Add(append([]byte{0xff}, steps(order)...))
	}
	for _, stream := range broken {
		f.Add([]byte(stream))
	}
	for op := range 48 {
		f.Add(append(append(steps("CHMRL"), byte(op), 5, 'a', 0, 'b', 0, 'c'), steps("NBE")...))
	}
	check := func(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
		if in.HeaderLen < 2 || string(in.Raw[in.HeaderLen-2:in.HeaderLen]) != "\r\n" {
			panic(fmt.Sprintf("header of %d bytes in %q", in.HeaderLen, in.Raw))
		}
		if body := message.ParseMail(in.Raw, in.HeaderLen).Body(); len(body) != len(in.Raw)-in.HeaderLen {
			panic("another body than the MTA's")
		}
		return spam(), nil
	}
	const maxBytes = 1 << 20
	s := New(Options{Checker: &forgetful{check}, Settings: Settings{MaxSize: 50_000}, Bytes: connpool.NewBudget(maxBytes),
		Idle: time.Minute})
	f.Cleanup(func() { s.Shutdown(context.Background()) })
	f.Fuzz(func(t *testing.T, code []byte) {
		before := contain.Total()
		ours, theirs := net.Pipe()
		closed := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, ours)
			closed <- err
		}()
		s.Take(newSession(s, theirs, theirs.LocalAddr()))
		ours.SetDeadline(time.Now().Add(10 * time.Second))
		packets, framed := program(code)
		ours.Write(packets)
		if !framed {
			ours.Close()
		}
		if err := <-closed; framed && err != nil {
			t.Fatalf("the session does not end after QUIT: %v", err)
		}
		ours.Close()
		for deadline := time.Now().Add(10 * time.Second); s.Len() > 0; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatal("the session does not end with its connection")
			}
		}
		if contain.Total() != before {
			t.Fatal("a panic, see the log")
		}
		if !s.opt.Bytes.Take(maxBytes) || !s.packets.Take(maxPackets) {
			t.Fatal("the session has kept memory")
		}
		s.opt.Bytes.Give(maxBytes)
		s.packets.Give(maxPackets)
	})
}

// forgetful is a Checker that does not remember what it was given.
type forgetful struct {
	check func(context.Context, *classifier.Input) (*classifier.Verdict, error)
}

func (f *forgetful) Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	return f.check(ctx, in)
}
