// Package shorturl finds the targets of links to services: short links, and redirectors, which count clicks. It queries
// only these services, by HTTP, for a few links of a message, and caches the answers. It never connects to addresses
// outside the public Internet, whatever a name resolves to.
package shorturl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"asterism/shorturl/hosts"
)

// Options configures a Client.
type Options struct {
	Services  *hosts.Set    // the services
	MaxChain  int           // redirections that are followed
	Timeout   time.Duration // for one request
	TTL       time.Duration // how long answers are remembered
	UserAgent string

	// Inside returns the link written inside another one, "" without, and needs no request. nil finds none.
	Inside func(link string) string

	// Allowed reports whether an address may be connected to; Public if nil. Tests allow loopback.
	Allowed func(netip.Addr) bool
}

// Answer is where a link leads.
type Answer struct {
	Targets []string // each redirection's, in order
	Status  int      // of the last answer; 0 if there was none
	Chained bool     // a service led to another
	Loop    bool     // the same link came twice
	TooLong bool     // there were more redirections than are followed
}

// maxRemembered bounds the answers in memory.
const maxRemembered = 10_000

// Client queries services. It is safe for concurrent use.
type Client struct {
	opt  Options
	http *http.Client

	mu         sync.Mutex
	remembered map[string]entry
}

type entry struct {
	answer Answer
	until  time.Time
}

var errPrivate = errors.New("the address is outside the public Internet")

// Public reports whether an address is one of the public Internet.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(special,
		func(p netip.Prefix) bool { return p.Contains(ip) })
}

// special are networks that are not reachable from everywhere (RFC 6890), or lead to IPv4 addresses, which may be such.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"),
}

// New makes a Client.
func New(opt Options) *Client {
	if opt.Allowed == nil {
		opt.Allowed = Public
	}
	dialer := &net.Dialer{Timeout: opt.Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address) // what a name resolved to: nothing changes it any more
		if err != nil || !opt.Allowed(at.Addr()) {
			return fmt.Errorf("%s: %w", address, errPrivate)
		}
		return nil
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: opt.Timeout,
		ResponseHeaderTimeout: opt.Timeout,
		MaxIdleConnsPerHost:   2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10}
	return &Client{opt: opt, remembered: map[string]entry{}, http: &http.Client{Transport: transport, Timeout: opt.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Hides reports whether a link is a service's, or has another one inside.
func (c *Client) Hides(link *url.URL) bool {
	_, known := c.opt.Services.Find(link.Hostname(), link.Path)
	return known || c.inside(link.String()) != ""
}

func (c *Client) inside(link string) string {
	if c.opt.Inside == nil {
		return ""
	}
	return c.opt.Inside(link)
}

// Resolve follows a link as long as services lead on to services.
func (c *Client) Resolve(ctx context.Context, link string) Answer {
	c.mu.Lock()
	e, ok := c.remembered[link]
	c.mu.Unlock()
	if ok && time.Now().Before(e.until) {
		return e.answer
	}
	answer := c.follow(ctx, link)
	if answer.Status != 0 {
		c.remember(link, answer)
	}
	return answer
}

func (c *Client) remember(link string, answer Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.remembered) >= maxRemembered {
		clear(c.remembered)
	}
	c.remembered[link] = entry{answer, time.Now().Add(c.opt.TTL)}
}

func (c *Client) follow(ctx context.Context, link string) (a Answer) {
	seen := map[string]bool{}
	for {
		at, err := url.Parse(link)
		if err != nil || at.Scheme != "http" && at.Scheme != "https" {
			return a
		}
		get, known := c.opt.Services.Find(at.Hostname(), at.Path)
		inside := ""
		if !known {
			if inside = c.inside(link); inside == "" {
				return a
			}
		}
		if seen[link] {
			a.Loop = true
			return a
		}
		seen[link] = true
		if len(a.Targets) > 0 {
			a.Chained = true
		}
		if len(a.Targets) >= c.opt.MaxChain {
			a.TooLong = true
			return a
		}
		location := inside
		if known {
			if a.Status, location = c.ask(ctx, at, get); location == "" {
				return a
			}
		}
		next, err := at.Parse(location)
		if err != nil {
			return a
		}
		link = next.String()
		a.Targets = append(a.Targets, link)
	}
}

// ask returns a service's answer; status 0 if there is none.
func (c *Client) ask(ctx context.Context, at *url.URL, get bool) (status int, location string) {
	method := http.MethodHead
	if get {
		method = http.MethodGet
	}
	plain := *at
	plain.User = nil
	request, err := http.NewRequestWithContext(ctx, method, plain.String(), nil)
	if err != nil {
		return 0, ""
	}
	request.Header.Set("User-Agent", c.opt.UserAgent)
	response, err := c.http.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 4<<10) // so that the connection can be used again
	if response.StatusCode < 300 || response.StatusCode > 399 {
		return response.StatusCode, ""
	}
	return response.StatusCode, response.Header.Get("Location")
}
