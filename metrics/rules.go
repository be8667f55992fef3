package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"asterism/classifier"
)

// maxRules bounds the names of tests that are counted each by itself. A configuration has some hundreds,
// SpamAssassin's with its updates some thousands; what reloads add beyond the bound is counted as one.
const maxRules = 10_000

// otherRules is the name that tests beyond maxRules are counted under. No rule's name has a dash.
const otherRules = "other-tests"

// rules counts hits by the names of tests, those of spam also by themselves.
type rules struct {
	counters, spam *prometheus.CounterVec

	mu     sync.RWMutex
	byName map[string]*hits
	other  *hits
}

// hits are the counters of one test.
type hits struct{ all, spam prometheus.Counter }

func newRules(all, spam *prometheus.CounterVec) *rules {
	return &rules{counters: all, spam: spam, byName: make(map[string]*hits)}
}

// add counts the hits of one mail.
func (r *rules) add(found []classifier.Hit, spam bool) {
	for i := range found {
		h := r.of(found[i].Name)
		h.all.Inc()
		if spam {
			h.spam.Inc()
		}
	}
}

// of returns the counters of a test.
func (r *rules) of(name string) *hits {
	r.mu.RLock()
	h := r.byName[name]
	r.mu.RUnlock()
	if h != nil {
		return h
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h = r.byName[name]; h != nil {
		return h
	}
	if len(r.byName) < maxRules {
		h = r.named(name)
		r.byName[name] = h
		return h
	}
	if r.other == nil {
		r.other = r.named(otherRules)
	}
	return r.other
}

func (r *rules) named(name string) *hits {
	return &hits{r.counters.WithLabelValues(name), r.spam.WithLabelValues(name)}
}
