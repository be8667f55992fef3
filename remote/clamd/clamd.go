// Package clamd scans messages by ClamAV's daemon, with its command INSTREAM.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"asterism/listen"
)

// Client is a client of one clamd. It is safe for concurrent use.
type Client struct{ addr listen.Address }

// New makes a Client of the daemon that listens at an address.
func New(addr listen.Address) *Client { return &Client{addr} }

// chunk is how much of a message is sent at once; clamd's StreamMaxLength bounds them all together, not each.
const chunk = 64 << 10

// maxReply bounds clamd's answer, one line.
const maxReply = 4096

// ErrTooLarge means that clamd does not take messages of that size (its option StreamMaxLength).
var ErrTooLarge = errors.New("clamd: message larger than its StreamMaxLength")

// Scan returns the name of the signature that matched, or an empty string if none did.
func (c *Client) Scan(ctx context.Context, raw []byte) (signature string, err error) {
	reply, err := c.ask(ctx, raw)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", fmt.Errorf("clamd at %s: %w", c.addr, err)
	}
	return parseReply(reply)
}

func (c *Client) ask(ctx context.Context, raw []byte) (string, error) {
	conn, err := listen.Dial(ctx, c.addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	sendErr := send(conn, raw)
	// A clamd that has had enough answers and stops reading: its answer counts, not the error of writing.
	reply, err := bufio.NewReaderSize(conn, maxReply).ReadSlice(0)
	if err != nil {
		if sendErr != nil {
			err = sendErr
		}
		return "", err
	}
	return string(reply[:len(reply)-1]), nil
}

// send writes the command in its form that ends with a zero byte, as the reply will, and the message in chunks, each
// with its length before it; a length of zero ends it.
func send(conn net.Conn, raw []byte) error {
	w := bufio.NewWriterSize(conn, chunk+4)
	if _, err := w.WriteString("zINSTREAM\x00"); err != nil {
		return err
	}
	for len(raw) > 0 {
		part := raw[:min(len(raw), chunk)]
		raw = raw[len(part):]
		if err := binary.Write(w, binary.BigEndian, uint32(len(part))); err != nil {
			return err
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	if err := binary.Write(w, binary.BigEndian, uint32(0)); err != nil {
		return err
	}
	return w.Flush()
}

// parseReply reads "stream: OK", "stream: NAME FOUND" or an error.
func parseReply(reply string) (signature string, err error) {
	reply = strings.TrimSpace(reply)
	rest, ok := strings.CutPrefix(reply, "stream: ")
	if ok && rest == "OK" {
		return "", nil
	}
	if name, found := strings.CutSuffix(rest, " FOUND"); ok && found && name != "" {
		return printable(name), nil
	}
	if strings.Contains(reply, "size limit exceeded") {
		return "", ErrTooLarge
	}
	return "", fmt.Errorf("clamd: %.100q", reply)
}

// printable makes a name fit for headers and logs.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' {
			return '_'
		}
		return c
	}, name[:min(len(name), 100)])
}
