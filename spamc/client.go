package spamc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"asterism/classifier"
	"asterism/listen"
	"asterism/store"
)

// maxAnswer bounds the body of an answer, in bytes.
const maxAnswer = 128 << 20

// Client is a client of spamd's protocol, with one connection per request. It is safe for concurrent use.
type Client struct {
	Addr listen.Address
	User string // whose preferences and tokens to use; empty for the site's own

	// The envelope of the message to process, for the daemon's history, where the caller is a delivery agent; both may be
	// empty.
	Sender     string
	Recipients []string
}

// Result is the answer to a message that was checked.
type Result struct {
	Spam            bool
	Score, Required float64
	Bayes           float64  // the learner's probability of spam; -1 if it was not ready or the server does not say
	Names           []string // tests that hit; Check only
	Message         []byte   // the message with its verdict, or just its header; Process and Headers only
}

// Ping returns nil if the server answers.
func (c *Client) Ping(ctx context.Context) error {
	_, _, err := c.call(ctx, "PING", nil, nil)
	return err
}

// Check has a message checked.
func (c *Client) Check(ctx context.Context, raw []byte) (*Result, error) {
	res, body, err := c.verdict(ctx, "SYMBOLS", raw)
	if err == nil {
		res.Names = strings.FieldsFunc(string(body), func(r rune) bool { return r == ',' || r == '\r' || r == '\n' })
	}
	return res, err
}

// Process has a message checked and returns it with the verdict in its header.
func (c *Client) Process(ctx context.Context, raw []byte) (*Result, error) {
	res, body, err := c.verdict(ctx, "PROCESS", raw)
	if err == nil {
		res.Message = body
	}
	return res, err
}

// Headers has a message checked and returns its header with the verdict in it.
func (c *Client) Headers(ctx context.Context, raw []byte) (*Result, error) {
	res, body, err := c.verdict(ctx, "HEADERS", raw)
	if err == nil {
		res.Message = body
	}
	return res, err
}

// Learn teaches a message as a class. When it returns without error the learning is on the server's disk.
func (c *Client) Learn(ctx context.Context, raw []byte, class store.Class) (classifier.Learned, error) {
	fields, _, err := c.call(ctx, "TELL", raw, []string{"Message-class: " + class.String(), "Set: local",
		"Relearned: yes"})
	switch {
	case err != nil:
		return 0, err
	case has(fields["didset"], "local") && has(fields["didremove"], "local"):
		return classifier.LearnedOther, nil
	case has(fields["didset"], "local"):
		return classifier.LearnedNew, nil
	}
	return classifier.LearnedKnown, nil
}

// Forget undoes the lesson of a message.
func (c *Client) Forget(ctx context.Context, raw []byte) (classifier.Learned, error) {
	fields, _, err := c.call(ctx, "TELL", raw, []string{"Remove: local"})
	switch {
	case err != nil:
		return 0, err
	case has(fields["didremove"], "local"):
		return classifier.Forgotten, nil
	}
	return classifier.NotLearned, nil
}

// verdict makes a request about a message and reads the verdict from the answer's header.
func (c *Client) verdict(ctx context.Context, verb string, raw []byte) (*Result, []byte, error) {
	fields, body, err := c.call(ctx, verb, raw, append(c.envelope(), "Bayes: yes"))
	if err != nil {
		return nil, nil, err
	}
	res := &Result{Bayes: -1}
	word, rest, _ := strings.Cut(fields["spam"], ";")
	score, required, ok := strings.Cut(rest, "/")
	res.Score, err = strconv.ParseFloat(strings.TrimSpace(score), 64)
	if err == nil {
		res.Required, err = strconv.ParseFloat(strings.TrimSpace(required), 64)
	}
	if !ok || err != nil {
		return nil, nil, fmt.Errorf("spamd's answer has no verdict: %.100q", fields["spam"])
	}
	word = strings.TrimSpace(word)
	res.Spam = strings.EqualFold(word, "true") || strings.EqualFold(word, "yes")
	if p, err := strconv.ParseFloat(fields["bayes"], 64); err == nil {
		res.Bayes = p
	}
	return res, body, nil
}

// call makes a request and returns the answer's header fields by lower-case name, and its body.
func (c *Client) call(ctx context.Context, verb string, raw []byte, fields []string) (map[string]string, []byte,
	error) {
	conn, err := listen.Dial(ctx, c.Addr)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	answer, body, err := c.exchange(conn, verb, raw, fields)
	if ctx.Err() != nil && err != nil {
		err = ctx.Err()
	}
	return answer, body, err
}

// exchange writes the request while reading the answer, which may be a refusal of a message still on its way.
func (c *Client) exchange(conn net.Conn, verb string, raw []byte, fields []string) (map[string]string, []byte, error) {
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(c.head(verb, len(raw), fields))
		if err == nil {
			_, err = conn.Write(raw)
		}
		if half, ok := conn.(interface{ CloseWrite() error }); ok && err == nil {
			err = half.CloseWrite()
		}
		written <- err
	}()
	answer, body, err := readAnswer(conn)
	var refused *ServerError
	if err == nil || errors.As(err, &refused) {
		return answer, body, err
	}
	conn.Close() // ends the write
	if werr := <-written; werr != nil && !errors.Is(werr, net.ErrClosed) {
		return nil, nil, werr
	}
	return nil, nil, err
}

func (c *Client) head(verb string, length int, fields []string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s SPAMC/1.5\r\nContent-length: %d\r\n", verb, length)
	if c.User != "" {
		fmt.Fprintf(&b, "User: %s\r\n", c.User)
	}
	for _, f := range fields {
		b.WriteString(f + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// readAnswer reads a server's answer.
func readAnswer(conn io.Reader) (map[string]string, []byte, error) {
	r := bufio.NewReaderSize(conn, maxLine)
	fields, err := readAnswerHead(r)
	if err != nil || fields == nil {
		return nil, nil, err
	}
	if s, ok := fields["content-length"]; ok {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 || n > maxAnswer {
			return nil, nil, fmt.Errorf("spamd's answer has a bad length: %.40q", s)
		}
		body, err := readExactly(r, n, unbounded)
		return fields, body, err
	}
	body, err := readAtMost(r, maxAnswer, unbounded)
	return fields, body, err
}

// readAnswerHead reads an answer up to its body; the answer to PING has no fields.
func readAnswerHead(r *bufio.Reader) (map[string]string, error) {
	line, err := readLine(r)
	if err != nil {
		return nil, fmt.Errorf("spamd closed the connection without an answer: %w", err)
	}
	version, rest, _ := strings.Cut(line, " ")
	number, text, _ := strings.Cut(rest, " ")
	code, err := strconv.Atoi(number)
	if !strings.HasPrefix(version, "SPAMD/") || err != nil {
		return nil, fmt.Errorf("not an answer of spamd: %.100q", line)
	}
	if code != codeOK {
		return nil, &ServerError{code, text}
	}
	if text == "PONG" {
		return nil, nil
	}
	return readFields(r)
}

// unbounded is how an answer, of at most maxAnswer bytes, takes memory.
func unbounded(int64) error { return nil }

// readExactly reads n bytes; memory is taken as they come, not as they are promised.
func readExactly(r *bufio.Reader, n int64, room take) ([]byte, error) {
	b, err := readAtMost(io.LimitReader(r, n), n, room)
	if err != nil {
		return nil, err
	}
	if got := int64(len(b)); got < n {
		return nil, mismatch(n, got)
	}
	if extra := r.Buffered(); extra > 0 { // what came in with the rest; waiting for more could be in vain
		return nil, mismatch(n, n+int64(extra))
	}
	return b, nil
}
