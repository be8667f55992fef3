// Package pyzor queries Pyzor servers for the reports of a message as spam or ham. It speaks their UDP protocol itself,
// with the digests of Pyzor's own client, or runs that client.
//
// Messages of the protocol have the form of mail headers. A request carries a random thread number, which identifies
// its answer, and is signed with the account's key, or an empty key for the user "anonymous".
package pyzor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"asterism/contain"
	"asterism/remote/run"
)

// Server is one Pyzor server.
type Server struct {
	Addr      string // host:port
	User, Key string // account; empty for the anonymous one
}

// PublicServer is the public server.
var PublicServer = Server{Addr: "public.pyzor.org:24441"}

// Options configures a Client.
type Options struct {
	Servers []Server // queried in parallel; PublicServer if empty

	// Program is Pyzor's own client (pyzor_path), run instead of asking the servers; Args are put before its command
	// (pyzor_options). Runner runs it.
	Program string
	Args    []string
	Runner  *run.Runner

	// Resolve finds the addresses of servers that are given by name; nil means net.Resolver's.
	Resolve func(ctx context.Context, host string) ([]net.IPAddr, error)
}

// Counts are the reports and the welcome-listings of a digest.
type Counts struct {
	Reported, Welcome int
}

// Client queries Pyzor. It is safe for concurrent use.
type Client struct{ opt Options }

// New makes a Client.
func New(opt Options) *Client {
	if len(opt.Servers) == 0 {
		opt.Servers = []Server{PublicServer}
	}
	if opt.Resolve == nil {
		opt.Resolve = net.DefaultResolver.LookupIPAddr
	}
	return &Client{opt}
}

// Check returns the counts of each server that answered. It fails if none did.
func (c *Client) Check(ctx context.Context, digest string) ([]Counts, error) {
	responses, err := c.all(ctx, "check", digest)
	var counts []Counts
	for _, r := range responses {
		counts = append(counts, Counts{max(r.number("Count"), 0), max(r.number("WL-Count"), 0)})
	}
	return counts, err
}

// CheckProgram is Check by Pyzor's own client, which makes the digest of the message itself.
func (c *Client) CheckProgram(ctx context.Context, raw []byte) ([]Counts, error) {
	res, err := c.opt.Runner.Run(ctx, c.opt.Program, append(c.opt.Args, "check"), raw)
	if err != nil {
		return nil, err
	}
	counts := readOutput(string(res.Stdout))
	if len(counts) == 0 {
		return nil, fmt.Errorf("%s check: exit code %d, no counts in %q", c.opt.Program, res.Code, clip(string(res.Stdout)))
	}
	return counts, nil
}

// ReportProgram is Report by Pyzor's own client, or Revoke.
func (c *Client) ReportProgram(ctx context.Context, raw []byte, revoke bool) error {
	command := "report"
	if revoke {
		command = "whitelist"
	}
	res, err := c.opt.Runner.Run(ctx, c.opt.Program, append(c.opt.Args, command), raw)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s %s: exit code %d: %s", c.opt.Program, command, res.Code, clip(string(res.Stdout)))
	}
	return err
}

// HasProgram reports whether Pyzor's own client is to be run.
func (c *Client) HasProgram() bool { return c.opt.Program != "" }

// Report reports a message with this digest as spam.
func (c *Client) Report(ctx context.Context, digest string) error {
	_, err := c.all(ctx, "report", digest)
	return err
}

// Revoke welcome-lists a message with this digest. Servers allow that to few.
func (c *Client) Revoke(ctx context.Context, digest string) error {
	_, err := c.all(ctx, "whitelist", digest)
	return err
}

// all sends one request to all servers and returns the responses, or an error if there are none.
func (c *Client) all(ctx context.Context, op, digest string) ([]response, error) {
	var mu sync.Mutex
	var responses []response
	var errs []error
	var wg contain.Group
	for _, s := range c.opt.Servers {
		wg.Go(func() {
			r, err := c.one(ctx, s, op, digest)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", s.Addr, err))
				return
			}
			responses = append(responses, r)
		})
	}
	wg.Wait()
	if len(responses) == 0 {
		return nil, errors.Join(errs...)
	}
	return responses, nil
}

// maxPacket is the largest message of the protocol, in bytes.
const maxPacket = 8192

// retryAfter is when a request is sent once more; UDP loses packets.
const retryAfter = time.Second

// one sends a request to one server and waits for its response. Everything that is not one is ignored: whoever does not
// know the thread number cannot answer.
func (c *Client) one(ctx context.Context, s Server, op, digest string) (response, error) {
	addr, err := c.resolve(ctx, s.Addr)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	thread := minThread + rand.IntN(maxThread-minThread)
	packet := request(s, op, digest, thread, time.Now())
	if _, err := conn.Write(packet); err != nil {
		return nil, err
	}
	again := time.AfterFunc(retryAfter, func() { _, _ = conn.Write(packet) })
	defer again.Stop()
	buf := make([]byte, maxPacket)
	for {
		n, err := conn.Read(buf)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		r, err := parseResponse(buf[:n])
		if err != nil || r.number("Thread") != thread && r.number("Thread") != errorThread {
			continue
		}
		if code := r.number("Code"); code != 200 {
			return nil, fmt.Errorf("pyzor %s: %d %s", op, code, clip(r["Diag"]))
		}
		return r, nil
	}
}

// resolve returns a server's address with a number for its host.
func (c *Client) resolve(ctx context.Context, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if net.ParseIP(host) != nil {
		return addr, nil
	}
	ips, err := c.opt.Resolve(ctx, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(ips[0].String(), port), nil
}

// readOutput reads what Pyzor's client prints: a line for each server with its address, status, and two counts,
// separated by tabs.
func readOutput(out string) []Counts {
	var counts []Counts
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) < 4 || !strings.Contains(fields[1], "200") {
			continue
		}
		reported, err1 := strconv.Atoi(fields[len(fields)-2])
		welcome, err2 := strconv.Atoi(fields[len(fields)-1])
		if err1 == nil && err2 == nil && reported >= 0 && welcome >= 0 {
			counts = append(counts, Counts{reported, welcome})
		}
	}
	return counts
}

// clip makes a stranger's text fit for logs.
func clip(s string) string {
	return strconv.QuoteToASCII(s[:min(len(s), 100)])
}
