package milter

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"asterism/classifier"
)

// BenchmarkMail is the way of a mail without its check: a connection, 25 header fields and 4 KB of text, written as
// one piece, and the replies.
func BenchmarkMail(b *testing.B) {
	check := func(context.Context, *classifier.Input) (*classifier.Verdict, error) { return spam(), nil }
	s := New(Options{Checker: &forgetful{check}, Settings: Settings{MaxSize: 100 << 10}})
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(ln)
	b.Cleanup(func() { s.Shutdown(context.Background()) })
	macros := packet('D', "Cj\x00mx.example.org\x00{client_resolve}\x00OK\x00")
	header := strings.Repeat(packet('L', "Received\x00 from a.example.net by b.example.org; Mon, 1 Jan 2024\x00"), 25)
	mail := []byte(macros + packet('C', "client.example.net\x004\x00\x19192.0.2.7\x00") + packet('H', "client\x00") +
		packet('D', "Mi\x00qid\x00") + mailPacket + rcptPacket + header + eohPacket + packet('B', strings.Repeat("x", 4096)))
	reply := make([]byte, 4096)
	for b.Loop() {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		for _, out := range []string{negotiation, string(mail), endPacket} {
			io.WriteString(conn, out)
			if _, err := conn.Read(reply); err != nil {
				b.Fatal(err)
			}
		}
		conn.Close()
	}
}
