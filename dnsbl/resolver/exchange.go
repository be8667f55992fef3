package resolver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// errMismatch: a reply over a connection was not one to the question.
var errMismatch = errors.New("reply to another question")

// maxIdle is how many idle connections over TLS are kept per server, idleFor how long; servers close theirs after
// seconds (RFC 7858, section 3.4).
const (
	maxIdle = 8
	idleFor = 5 * time.Second
)

// readBuffers holds buffers for datagrams; a reply is copied out of one by Unpack.
var readBuffers = sync.Pool{New: func() any { b := make([]byte, dns.MaxMsgSize); return &b }}

// exchange asks the question once. It returns only replies to that question; their Rcode may be any.
func (s *server) exchange(ctx context.Context, k key, udpSize int, sent *atomic.Uint64) (*dns.Msg, error) {
	q := new(dns.Msg)
	q.Id = dns.Id() // from crypto/rand
	q.RecursionDesired = true
	q.Question = []dns.Question{{Name: k.name, Qtype: k.qtype, Qclass: dns.ClassINET}}
	if udpSize >= dns.MinMsgSize {
		q.SetEdns0(uint16(min(udpSize, dns.MaxMsgSize-1)), false)
	}
	sent.Add(1)
	if s.tls != nil {
		return s.exchangeTLS(ctx, q)
	}
	m, err := s.exchangeUDP(ctx, q)
	if err == nil && m.Truncated {
		sent.Add(1)
		q.Id = dns.Id()
		return s.exchangeTCP(ctx, q)
	}
	return m, err
}

// exchangeUDP uses a socket of its own for each question: the kernel gives it a random port and lets pass only what
// comes from the server's address (RFC 5452, section 9.2).
func (s *server) exchangeUDP(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", s.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := onDone(ctx, conn)
	defer stop()
	out, err := q.Pack()
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(out); err != nil {
		return nil, err
	}
	buf := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(buf)
	for {
		n, err := conn.Read(*buf)
		if err != nil {
			return nil, orDone(ctx, err)
		}
		m := new(dns.Msg)
		// A packet that does not parse may be forged, like one with a wrong ID: neither ends the wait for the true
		// reply. A truncated reply may end in the middle of a record; its header and question still tell that TCP is
		// wanted.
		err = m.Unpack((*buf)[:n])
		if (err == nil || m.Truncated) && isReply(m, q) {
			return m, nil
		}
	}
}

func (s *server) exchangeTCP(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return roundTrip(ctx, &dns.Conn{Conn: conn}, q)
}

// exchangeTLS uses an idle connection if there is one. The server may just have closed it, so that one failure on it is
// followed by an attempt on a new one.
func (s *server) exchangeTLS(ctx context.Context, q *dns.Msg) (*dns.Msg, error) {
	if co := s.takeIdle(); co != nil {
		if m, err := roundTrip(ctx, co, q); err == nil {
			s.putIdle(co)
			return m, nil
		}
		co.Close()
	}
	d := tls.Dialer{Config: s.tls}
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	co := &dns.Conn{Conn: conn}
	m, err := roundTrip(ctx, co, q)
	if err != nil {
		co.Close()
		return nil, err
	}
	s.putIdle(co)
	return m, nil
}

func (s *server) takeIdle() *dns.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		co := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return co
	}
	return nil
}

// putIdle keeps a connection for the next question, and closes it if none comes.
func (s *server) putIdle(co *dns.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) >= maxIdle {
		co.Close()
		return
	}
	s.idle = append(s.idle, co)
	time.AfterFunc(idleFor, func() { s.dropIdle(co) })
}

func (s *server) dropIdle(co *dns.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.idle {
		if c == co {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			co.Close()
			return
		}
	}
}

func (s *server) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, co := range s.idle {
		co.Close()
	}
	s.idle = nil
}

// roundTrip asks over a stream, where a reply that does not fit is an error: nobody but the server could have sent it.
func roundTrip(ctx context.Context, co *dns.Conn, q *dns.Msg) (*dns.Msg, error) {
	stop := onDone(ctx, co)
	defer stop()
	if err := co.WriteMsg(q); err != nil {
		return nil, orDone(ctx, err)
	}
	m, err := co.ReadMsg()
	if err != nil {
		return nil, orDone(ctx, err)
	}
	if !isReply(m, q) {
		return nil, errMismatch
	}
	return m, nil
}

// isReply reports whether m answers q: same id, same question (RFC 5452, section 9.1; letters' case may differ).
func isReply(m, q *dns.Msg) bool {
	return m.Response && m.Id == q.Id && m.Opcode == dns.OpcodeQuery && len(m.Question) == 1 &&
		m.Question[0].Qtype == q.Question[0].Qtype && m.Question[0].Qclass == q.Question[0].Qclass &&
		strings.EqualFold(m.Question[0].Name, q.Question[0].Name)
}

// onDone makes conn's reads and writes fail as soon as ctx ends. The function it returns ends the watch.
func onDone(ctx context.Context, conn net.Conn) (stop func() bool) {
	past := time.Unix(1, 0)
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
}

// orDone returns why ctx ended if it has, which is why conn failed, or err.
func orDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
