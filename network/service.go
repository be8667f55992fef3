package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"asterism/classifier"
	"asterism/dnsbl"
	"asterism/message"
	"asterism/remote/breaker"
	"asterism/rules"
)

// service is one service beside the DNS, and the rules it answers.
type service struct {
	name    string
	timeout time.Duration
	rules   []rules.NetRule
	breaker *breaker.Breaker

	// prepare reads the service's input of a message, in the goroutine of its scan. It returns nil without a query.
	prepare func(m *message.Message, in *classifier.Input, scan *rules.Scan) queryFunc
}

// queryFunc queries the service about one message. It may be asked after the scan has ended.
type queryFunc func(ctx context.Context, raw []byte) (answer, error)

// answer reports whether a rule hits, and why.
type answer func(r rules.NetRule) (hit bool, detail string)

// serviceQuery is the query to one service about one message.
type serviceQuery struct {
	service *service
	answer  answer
	err     error
	took    time.Duration
}

var errLeftAlone = errors.New("skipped for a while after failures")

// start asks a service, unless it is left alone. To see whether it is back, it is asked without anybody waiting for it.
func (r *running) start(ctx context.Context, s *service, m *message.Message, in *classifier.Input, scan *rules.Scan) {
	ask := s.prepare(m, in, scan)
	if ask == nil {
		return
	}
	turn := s.breaker.Next(r.began)
	if turn == breaker.Skip {
		r.queries = append(r.queries, &serviceQuery{service: s, err: errLeftAlone})
		return
	}
	q := &serviceQuery{service: s}
	r.queries = append(r.queries, q)
	if turn == breaker.Probe {
		q.err = errLeftAlone
		raw, c := bytes.Clone(in.Raw), r.checks // the caller may reuse its bytes once the scan has ended
		c.probes.Go(func() { c.report(s, turn, (&serviceQuery{service: s}).ask(c.ctx, ask, raw)) })
		return
	}
	r.wg.Go(func() {
		err := q.ask(ctx, ask, in.Raw)
		// A scan that had no time left says nothing about the service.
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && q.took < s.timeout/2 {
			return
		}
		r.checks.report(s, turn, err)
	})
}

// ask asks and waits for the service's own time at most.
func (q *serviceQuery) ask(ctx context.Context, ask queryFunc, raw []byte) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, q.service.timeout)
	defer cancel()
	q.answer, q.err = ask(ctx, raw)
	q.took = time.Since(began)
	return q.err
}

// report tells the breaker how asking went, and the log when a service is left alone or used again.
func (c *Checks) report(s *service, turn breaker.Turn, err error) {
	if !s.breaker.Done(turn, err == nil, time.Now()) {
		return
	}
	if err != nil {
		c.log.Warn("service fails; skipped for a while", "service", s.name, "err", err)
	} else {
		c.log.Info("service answers again", "service", s.name)
	}
}

// judge answers the service's rules, or says why it cannot.
func (q *serviceQuery) judge(log *slog.Logger, hits map[string]string) (note string) {
	log.Debug("asked", "service", q.service.name, "took", q.took, "err", q.err)
	if q.err != nil {
		if q.err == errLeftAlone {
			return ""
		}
		return fmt.Sprintf("%s: %v (%v)", q.service.name, q.err, q.took.Round(time.Millisecond))
	}
	for _, r := range q.service.rules {
		if hit, detail := q.answer(r); hit {
			hits[r.Name] = detail
		}
	}
	return ""
}

// ServiceStatus is the state of one service or DNS list.
type ServiceStatus struct {
	Name   string // a list's is its zone
	Alone  bool   // it is left alone: it failed, refuses to answer, or is not sound
	Failed uint64 // questions that failed
}

// Survey examines the DNS lists once.
func (c *Checks) Survey(ctx context.Context) []dnsbl.Health {
	if c.lists == nil {
		return nil
	}
	return c.lists.Survey(ctx)
}

// Services returns the state of the services and lists.
func (c *Checks) Services() []ServiceStatus {
	var all []ServiceStatus
	for _, s := range c.services {
		b := s.breaker.Status()
		all = append(all, ServiceStatus{s.name, b.Open, b.Failed})
	}
	if c.lists != nil {
		for _, l := range c.lists.Lists() {
			alone := l.Off != "" || !l.Alone.IsZero() || time.Now().Before(l.Refused)
			all = append(all, ServiceStatus{l.Zone, alone, l.Failed})
		}
	}
	return all
}
