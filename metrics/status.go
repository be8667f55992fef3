package metrics

import (
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Setup has the parts of a daemon's configuration and command line that its state is judged by.
type Setup struct {
	Config  []string  `json:"config"` // files and directories it was read from, besides the built-in ones
	Loaded  time.Time `json:"loaded"`
	Store   string    `json:"store"`
	MinHam  int       `json:"min_ham"` // that have to be learned before Bayes counts
	MinSpam int       `json:"min_spam"`
	MaxSize int64     `json:"max_size"`
	Milter  []string  `json:"milter"` // sockets in sendmail's notation
}

// Status is a daemon's state for people: its counters since the start, and their context.
type Status struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	Unready string    `json:"unready,omitempty"` // why it does not serve with all there is
	Setup   Setup     `json:"setup"`

	Mails      uint64            `json:"mails"` // by milter and spamd protocol
	Ham        uint64            `json:"ham"`
	Spam       uint64            `json:"spam"`
	Errors     uint64            `json:"errors"`     // scans that failed
	Incomplete uint64            `json:"incomplete"` // scans that something was left out of
	Seconds    float64           `json:"seconds"`    // of all scans
	Actions    map[string]uint64 `json:"actions"`
	Skipped    map[string]uint64 `json:"skipped"` // mails not scanned, by reason
	Learned    map[string]uint64 `json:"learned"` // messages taught, by teacher and outcome: "user ham"
	Tests      []Test            `json:"tests"`   // most hits first

	Store    *Store    `json:"learner,omitempty"` // nil without a learner
	Services []Service `json:"services,omitempty"`
}

// Test is how many mails of each verdict a test hit.
type Test struct {
	Name string `json:"name"`
	Ham  uint64 `json:"ham"`
	Spam uint64 `json:"spam"`
}

// Store has the learner's totals.
type Store struct {
	Ham        uint32    `json:"ham"`
	Spam       uint32    `json:"spam"`
	Tokens     int       `json:"tokens"`
	Bytes      int64     `json:"bytes,omitempty"`
	Newest     time.Time `json:"newest,omitzero"`
	LastExpiry time.Time `json:"last_expiry,omitzero"`
	Queued     int       `json:"queued,omitempty"` // messages that wait in the journal
}

// Service is a DNS list or another service.
type Service struct {
	Name   string `json:"name"`
	Alone  bool   `json:"alone"` // left alone: it failed, refuses, or is not sound
	Failed uint64 `json:"failed"`
}

// TooLarge is the reason by which Status.Skipped counts mails of max_size or more.
const TooLarge = "too large"

// Status returns the daemon's state, by the same counters as /metrics.
func (m *Metrics) Status(setup Setup) *Status {
	s := &Status{Version: m.opt.Version, PID: os.Getpid(), Started: m.started, Now: time.Now(), Setup: setup,
		Actions: map[string]uint64{}, Skipped: map[string]uint64{}, Learned: map[string]uint64{}}
	if err := m.opt.Ready(); err != nil {
		s.Unready = err.Error()
	}
	s.Mails = sum(m.mails, func(labels []string, n uint64) { s.Actions[labels[0]] += n })
	sum(m.skipped, func(labels []string, n uint64) { s.Skipped[labels[1]] += n })
	sum(m.scans, func(labels []string, n uint64) {
		switch labels[1] {
		case "ham":
			s.Ham += n
		case "spam":
			s.Spam += n
		default:
			s.Errors += n
		}
	})
	sum(m.learned, func(labels []string, n uint64) { s.Learned[labels[1]+" "+labels[0]] += n })
	s.Incomplete, _ = read(m.notes)
	_, s.Seconds = read(m.phases.WithLabelValues("total").(prometheus.Metric))
	s.Tests = m.hits.tests()
	s.addParts(m)
	return s
}

// addParts adds what the daemon's parts tell.
func (s *Status) addParts(m *Metrics) {
	st := m.opt.Stats()
	if t := st.Store; t != nil {
		s.Store = &Store{t.Ham, t.Spam, t.Tokens, st.StoreBytes, t.Newest, t.LastExpiry, st.Queued}
	}
	for _, service := range st.Services {
		s.Services = append(s.Services, Service{service.Name, service.Alone, service.Failed})
	}
}

// tests returns the counts of all tests, those with most hits first.
func (r *rules) tests() []Test {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var tests []Test
	for name, h := range r.byName {
		all, _ := read(h.all)
		spam, _ := read(h.spam)
		tests = append(tests, Test{name, all - min(spam, all), spam})
	}
	slices.SortFunc(tests, func(a, b Test) int {
		if d := int(b.Ham+b.Spam) - int(a.Ham+a.Spam); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return tests
}
