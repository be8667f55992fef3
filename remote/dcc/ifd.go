package dcc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// maxReply is how much of dccifd's reply is read: two lines and a header.
const maxReply = 64 << 10

// askDaemon speaks dccifd's ASCII protocol: a line of options, the client's address and name, its HELO name, the
// sender, the recipients and an empty line, then the message up to the end of writing. The reply is a line for the
// message, a line with a letter for each recipient, and the header.
func (c *Client) askDaemon(ctx context.Context, m *Message) (Metrics, error) {
	network := "tcp"
	if strings.HasPrefix(c.opt.Socket, "/") {
		network = "unix"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, c.opt.Socket)
	if err != nil {
		return Metrics{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	reply, err := c.converse(conn, m)
	if ctx.Err() != nil {
		return Metrics{}, fmt.Errorf("%s: %w", c.opt.Socket, ctx.Err())
	}
	if err != nil {
		return Metrics{}, fmt.Errorf("%s: %w", c.opt.Socket, err)
	}
	metrics, err := parseMetrics(string(reply))
	if err != nil {
		return metrics, fmt.Errorf("%s: %w", c.opt.Socket, err)
	}
	return metrics, nil
}

func (c *Client) converse(conn net.Conn, m *Message) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("header\n")
	if m.Client.IsValid() {
		b.WriteString(m.Client.Unmap().String())
	}
	b.WriteString("\r" + word(m.ClientName) + "\n" + word(m.Helo) + "\n" + word(m.Sender) + "\n")
	for _, r := range m.Recipients {
		b.WriteString(word(r) + "\r\n")
	}
	if len(m.Recipients) == 0 {
		b.WriteString("unknown\r\n")
	}
	b.WriteString("\n")
	b.Write(m.Raw)
	if _, err := conn.Write(b.Bytes()); err != nil {
		return nil, err
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(conn, maxReply))
}

// word drops what would end a line of the protocol.
func word(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, s)
}
