package engine

import (
	"context"
	"os"

	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/history"
	"asterism/network"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/store/redis"
)

// Stats is the state of an Engine's parts. A missing part is nil.
type Stats struct {
	Store       *store.Totals
	StoreBytes  int64           // size of the store's file; 0 if it has none
	StoreError  error           // why the store accepts no lessons; nil if it does
	Redis       *redis.Stats    // of a store on other hosts
	Queued      int             // messages that wait in the journal to be learned
	DNS         *resolver.Stats // starts over when a changed configuration has other servers
	Services    []network.ServiceStatus
	History     *history.Stats // nil without a history
	SendersLost *uint64        // changes of the record of senders that were lost; nil without one
}

// Survey examines the DNS lists of the configuration; without network checks there are none.
func (e *Engine) Survey(ctx context.Context) []dnsbl.Health {
	e.mu.Lock()
	checks := e.net.checks
	e.mu.Unlock()
	if checks == nil {
		return nil
	}
	return checks.Survey(ctx)
}

// Ready returns nil once scans use all parts of the configuration, else an error that names the missing ones.
func (e *Engine) Ready() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.store == nil:
		return nil
	case e.learner != nil:
		return e.storeError()
	case e.unready != nil:
		return e.unready
	}
	if _, err := e.store.Totals(); err != nil {
		return err
	}
	return store.ErrLoading // or about to be used
}

// storeError returns why the store accepts no lessons, nil if it does.
func (e *Engine) storeError() error {
	if st, ok := e.store.(*bolt.Store); ok {
		return st.Failed()
	}
	return nil
}

// Stats reads the counters of the Engine's parts.
func (e *Engine) Stats() Stats {
	var s Stats
	e.mu.Lock()
	path := e.cfg.Bayes.Path
	s.DNS, s.Services = e.net.stats()
	e.mu.Unlock()
	if h := e.History(); h != nil {
		counted := h.Stats()
		s.History = &counted
	}
	if b := e.Senders(); b != nil {
		lost := b.Lost()
		s.SendersLost = &lost
	}
	if e.store == nil {
		return s
	}
	if t, err := e.store.Totals(); err == nil {
		s.Store = &t
	}
	s.StoreError = e.storeError()
	if st, ok := e.store.(*redis.Store); ok {
		counted := st.Stats()
		s.Redis = &counted
		s.Queued, _ = e.journal.Len() // a journal that cannot be read is in the log
	}
	if ControlPath(path) != "" {
		if info, err := os.Stat(bolt.File(path)); err == nil {
			s.StoreBytes = info.Size()
		}
	}
	return s
}
