// Package resolver queries recursive DNS servers for all scans at once: one bounded cache, equal queries sent once,
// several servers with failover, UDP with TCP for truncated answers, or DNS over TLS (RFC 7858).
//
// It trusts no input. An answer counts only if it comes from the queried server, to the port of the query, with its ID
// and question (RFC 5452). All other packets are ignored until the time is up.
package resolver

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"asterism/contain"
)

// Options configures servers and time limits. The zero value queries the servers of /etc/resolv.conf.
type Options struct {
	// Servers are the servers in order of preference: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53", or
	// "tls://192.0.2.53:853#dns.example.net" for DNS over TLS with the name that the server's certificate must carry.
	// Empty means the servers of ResolvConf.
	Servers []string

	// ResolvConf is the file read if Servers is empty; "/etc/resolv.conf" if empty. If it cannot be read or names no
	// server, 127.0.0.1 is queried.
	ResolvConf string

	// Try is how long the first attempt at one server may take; the second round is given twice that. 1.5 s if zero.
	Try time.Duration

	// Timeout bounds one query with all its attempts. 5 s if zero. It does not depend on waiting scans: a query
	// continues after its scan has given up, so that its answer is there for the next scan.
	Timeout time.Duration

	// MaxQueries bounds the concurrent queries to servers; more wait. 512 if zero.
	MaxQueries int

	// CacheBytes bounds the memory that remembered answers take, roughly. 32 MiB if zero.
	CacheBytes int

	// UDPSize is the EDNS buffer size (RFC 6891) in bytes. 1232 if zero, which no path fragments; below 512 turns EDNS
	// off.
	UDPSize int

	// TLS is the base configuration for servers over TLS; nil means the system's certificate authorities.
	TLS *tls.Config
}

// Stats are a Resolver's counters since its creation.
type Stats struct {
	Questions uint64 // lookups
	Cached    uint64 // of those, answered from the cache
	Shared    uint64 // lookups that waited for another lookup's query
	Sent      uint64 // messages sent to servers
	Failed    uint64 // questions that no server answered in time, or that all refused
	Entries   int    // answers in the cache
	Bytes     int    // their size, roughly
}

// Resolver is a caching stub resolver. It is safe for concurrent use.
type Resolver struct {
	opt     Options
	servers []*server
	slots   chan struct{} // one token per question being asked

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex // guards closed, cache and pending
	closed  bool
	cache   *cache
	pending map[key]*call

	questions, cached, shared, sent, failed atomic.Uint64
}

// key identifies equal queries. Name is lower-case and fully qualified.
type key struct {
	name  string
	qtype uint16
}

// call is a question being asked, and everybody who waits for it.
type call struct {
	done chan struct{} // closed when ans and err are set
	ans  *Answer
	err  error
}

// ErrClosed is returned by lookups after Close.
var ErrClosed = errors.New("resolver is closed")

// New makes a Resolver. It sends nothing. The error names the server that cannot be understood.
func New(opt Options) (*Resolver, error) {
	if opt.Try <= 0 {
		opt.Try = 1500 * time.Millisecond
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 5 * time.Second
	}
	if opt.MaxQueries <= 0 {
		opt.MaxQueries = 512
	}
	if opt.CacheBytes <= 0 {
		opt.CacheBytes = 32 << 20
	}
	if opt.UDPSize == 0 {
		opt.UDPSize = 1232
	}
	servers, err := parseServers(opt)
	if err != nil {
		return nil, err
	}
	r := &Resolver{
		opt:     opt,
		servers: servers,
		slots:   make(chan struct{}, opt.MaxQueries),
		cache:   newCache(opt.CacheBytes),
		pending: make(map[key]*call),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Close ends all queries and waits for them. Lookups fail from then on.
func (r *Resolver) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.tasks.Wait()
	for _, s := range r.servers {
		s.closeIdle()
	}
}

// Stats returns the counters.
func (r *Resolver) Stats() Stats {
	r.mu.Lock()
	entries, bytes := r.cache.size()
	r.mu.Unlock()
	return Stats{
		Questions: r.questions.Load(), Cached: r.cached.Load(), Shared: r.shared.Load(),
		Sent: r.sent.Load(), Failed: r.failed.Load(), Entries: entries, Bytes: bytes,
	}
}

// Servers returns the servers' addresses, in order of preference.
func (r *Resolver) Servers() []string {
	names := make([]string, len(r.servers))
	for i, s := range r.servers {
		names[i] = s.String()
	}
	return names
}

// Lookup returns a domain name's records of one type (dns.TypeA, …). If there are none, it returns an Answer, not an
// error; its Rcode distinguishes a missing name from one without such records. An error means that there is no answer;
// it is an *Error, or ctx's error if that ended first.
func (r *Resolver) Lookup(ctx context.Context, name string, qtype uint16) (*Answer, error) {
	r.questions.Add(1)
	fqdn, err := canonical(name)
	if err != nil {
		return nil, &Error{Name: name, Type: qtype, Err: err}
	}
	k := key{fqdn, qtype}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, &Error{Name: name, Type: qtype, Err: ErrClosed}
	}
	if e := r.cache.get(k, time.Now()); e != nil {
		r.mu.Unlock()
		r.cached.Add(1)
		return e.ans, e.err
	}
	c, ok := r.pending[k]
	if !ok {
		c = &call{done: make(chan struct{})}
		r.pending[k] = c
		r.tasks.Add(1)
		contain.Go(func() { r.ask(k, c) })
	}
	r.mu.Unlock()
	if ok {
		r.shared.Add(1)
	}
	select {
	case <-c.done:
		return c.ans, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Cached is Lookup without asking anybody: ok reports whether the answer, or that there is none, is known already.
func (r *Resolver) Cached(name string, qtype uint16) (ans *Answer, err error, ok bool) {
	fqdn, err := canonical(name)
	if err != nil {
		return nil, nil, false
	}
	r.mu.Lock()
	e := r.cache.get(key{fqdn, qtype}, time.Now())
	r.mu.Unlock()
	if e == nil {
		return nil, nil, false
	}
	r.questions.Add(1)
	r.cached.Add(1)
	return e.ans, e.err, true
}

// ask finds the answer of one call, caches it and wakes the waiters.
func (r *Resolver) ask(k key, c *call) {
	defer r.tasks.Done()
	defer close(c.done)
	ctx, cancel := context.WithTimeout(r.ctx, r.opt.Timeout)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		if err := contain.Do(func() { c.ans, c.err = r.askServers(ctx, k) }); err != nil {
			c.ans, c.err = nil, &Error{Name: k.name, Type: k.qtype, Err: err}
		}
		<-r.slots
	case <-ctx.Done():
		c.err = &Error{Name: k.name, Type: k.qtype, Err: errBusy}
	}
	if c.err != nil {
		r.failed.Add(1)
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pending, k)
	switch {
	case c.err != nil:
		r.cache.putFailure(k, c.err, now)
	case c.ans.TTL > 0:
		r.cache.put(k, c.ans, now)
	}
}

// askServers tries the servers in turn, two rounds of them: once more because UDP loses packets.
func (r *Resolver) askServers(ctx context.Context, k key) (*Answer, error) {
	var last error
	refused := make(map[*server]bool)
	try := r.opt.Try
	for round := 0; round < 2; round++ {
		for _, s := range inOrder(r.servers, time.Now()) {
			if refused[s] {
				continue
			}
			ans, err := r.askServer(ctx, s, k, try)
			if err == nil {
				return ans, nil
			}
			last = err
			if err.Rcode != dns.RcodeSuccess {
				refused[s] = true // it has made up its mind; asking again changes nothing
			}
			if ctx.Err() != nil {
				return nil, last
			}
		}
		try *= 2
	}
	return nil, last
}

// askServer makes one attempt at one server.
func (r *Resolver) askServer(ctx context.Context, s *server, k key, try time.Duration) (*Answer, *Error) {
	ctx, cancel := context.WithTimeout(ctx, try)
	defer cancel()
	size := r.opt.UDPSize
	if s.plain.Load() {
		size = 0
	}
	m, err := s.exchange(ctx, k, size, &r.sent)
	if err == nil && m.Rcode == dns.RcodeFormatError && size >= dns.MinMsgSize {
		// RFC 6891, section 7: a server that knows no EDNS is asked again without.
		s.plain.Store(true)
		m, err = s.exchange(ctx, k, 0, &r.sent)
	}
	if err != nil {
		s.failed(time.Now())
		return nil, &Error{Name: k.name, Type: k.qtype, Server: s.String(), Err: err}
	}
	s.answered()
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return nil, &Error{Name: k.name, Type: k.qtype, Server: s.String(), Rcode: m.Rcode}
	}
	return newAnswer(m, k), nil
}
