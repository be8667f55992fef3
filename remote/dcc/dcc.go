// Package dcc queries the Distributed Checksum Clearinghouses for the number of recipients of the same message: by the
// daemon dccifd if its socket is known, else by the program dccproc.
package dcc

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"asterism/remote/run"
)

// Options configures a Client.
type Options struct {
	// Program is dccproc (dcc_path); Args are added to its arguments (dcc_options). Runner runs it.
	Program string
	Args    []string
	Runner  *run.Runner

	// Socket is dccifd's (dcc_dccifd_path), a path or host:port.
	Socket string
}

// Message is one message with the data that DCC needs. All fields except Raw may be empty.
type Message struct {
	Raw        []byte
	Client     netip.Addr // the last host that is not trusted
	ClientName string
	Helo       string
	Sender     string
	Recipients []string
}

// Many is the count of messages that went to more recipients than anybody counts.
const Many = 999999

// Metrics are DCC's counts of a message.
type Metrics struct {
	Brand      string // name of the group of servers
	Bulk       bool   // the program or daemon calls it bulk, by its own thresholds
	Body       int    // recipients of the same body; Many at most
	Fuz1, Fuz2 int    // recipients of bodies much the same
	Reputation int    // percentage of bulk mail from the client, -1 if not known
}

// Client queries DCC. It is safe for concurrent use.
type Client struct{ opt Options }

// New makes a Client.
func New(opt Options) *Client { return &Client{opt} }

// Check reports the message to DCC as received once, and returns how often others received it.
func (c *Client) Check(ctx context.Context, m *Message) (Metrics, error) {
	if c.opt.Socket != "" {
		return c.askDaemon(ctx, m)
	}
	args := []string{"-H", "-x", "0"} // print the header only; exit with 0 whatever it says
	if m.Client.IsValid() {
		args = append(args, "-a", m.Client.Unmap().String())
	}
	if m.Sender != "" && !strings.HasPrefix(m.Sender, "-") {
		args = append(args, "-f", m.Sender)
	}
	return c.runProgram(ctx, append(args, c.opt.Args...), m.Raw)
}

// Report reports a message to DCC as spam: sent to many.
func (c *Client) Report(ctx context.Context, raw []byte) error {
	if c.opt.Program == "" {
		return errors.New("dcc: reporting needs dccproc (dcc_path)")
	}
	_, err := c.runProgram(ctx, append([]string{"-H", "-x", "0", "-t", "many"}, c.opt.Args...), raw)
	return err
}

func (c *Client) runProgram(ctx context.Context, args []string, raw []byte) (Metrics, error) {
	res, err := c.opt.Runner.Run(ctx, c.opt.Program, args, raw)
	if err != nil {
		return Metrics{}, err
	}
	m, err := parseMetrics(string(res.Stdout))
	if err != nil {
		return m, fmt.Errorf("%s: exit code %d: %w", c.opt.Program, res.Code, err)
	}
	return m, nil
}

// header is X-DCC-brand-Metrics: the client's host, the server's number, then "bulk" perhaps and counts of checksums.
var header = regexp.MustCompile(`(?mi)^X-DCC-([^:\s]*)-?Metrics:((?:[^\r\n]*(?:\r?\n[ \t])?)*)`)

var counts = regexp.MustCompile(`(?i)\b(body|fuz1|fuz2|rep)=(many|\d+)`)

// parseMetrics finds DCC's header in what the program or daemon wrote.
func parseMetrics(out string) (Metrics, error) {
	m := Metrics{Reputation: -1}
	found := header.FindStringSubmatch(out)
	if found == nil {
		return m, fmt.Errorf("no X-DCC header in %.80q", out)
	}
	m.Brand = strings.TrimSuffix(found[1], "-")
	_, value, ok := strings.Cut(found[2], ";")
	if !ok {
		value = found[2]
	}
	for _, word := range strings.Fields(value) {
		m.Bulk = m.Bulk || word == "bulk"
	}
	for _, pair := range counts.FindAllStringSubmatch(value, -1) {
		n := Many
		if pair[2] != "many" {
			if v, err := strconv.Atoi(pair[2]); err == nil && v < Many {
				n = v
			}
		}
		switch strings.ToLower(pair[1]) {
		case "body":
			m.Body = n
		case "fuz1":
			m.Fuz1 = n
		case "fuz2":
			m.Fuz2 = n
		case "rep":
			m.Reputation = min(n, 100)
		}
	}
	return m, nil
}
