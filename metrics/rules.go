package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"asterism/classifier"
)

// maxRules bounds the names of tests that are counted each by itself. A configuration has some hundreds, SpamAssassin's with
// its updates some thousands; what reloads add beyond the bound is counted as one.
const maxRules = 10_000

// otherRules is the name that tests beyond maxRules are counted under. No rule's name has a dash.
const otherRules = "other-tests"

// rules counts hits by the names of tests.
type rules struct {
	counters *prometheus.CounterVec

	mu     sync.RWMutex
	byName map[string]prometheus.Counter
	other  prometheus.Counter
}

func newRules(c *prometheus.CounterVec) *rules {
	return &rules{counters: c, byName: make(map[string]prometheus.Counter)}
}

// add counts the hits of one mail.
func (r *rules) add(hits []classifier.Hit) {
	for i := range hits {
		r.counter(hits[i].Name).Inc()
	}
}

func (r *rules) counter(name string) prometheus.Counter {
	r.mu.RLock()
	c := r.byName[name]
	r.mu.RUnlock()
	if c != nil {
		return c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c = r.byName[name]; c != nil {
		return c
	}
	if len(r.byName) < maxRules {
		c = r.counters.WithLabelValues(name)
		r.byName[name] = c
		return c
	}
	if r.other == nil {
		r.other = r.counters.WithLabelValues(otherRules)
	}
	return r.other
}
