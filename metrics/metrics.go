// Package metrics counts the daemon's work, and serves the counters and the daemon's health over HTTP, in Prometheus'
// form.
//
// The fronts get a Front in place of the classifier, and all other values are read from the daemon's parts at each
// request. None of them imports this package.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"asterism/engine"
)

// Options has the sources of values that Metrics does not count itself.
type Options struct {
	Version string
	Ready   func() error        // nil once mails can be served, else why not
	Stats   func() engine.Stats // called at every scrape
}

// Metrics is one daemon's counters. It is safe for concurrent use.
type Metrics struct {
	opt      Options
	started  time.Time
	registry *prometheus.Registry
	mails    *prometheus.CounterVec   // by front and action
	skipped  *prometheus.CounterVec   // by front and reason
	scans    *prometheus.CounterVec   // by front and result
	inHand   *prometheus.GaugeVec     // by front
	phases   *prometheus.HistogramVec // by phase
	score    prometheus.Histogram
	hits     *rules
	learned  *prometheus.CounterVec // by source, class and result
	notes    prometheus.Counter
}

// durations are the upper bounds, in seconds, that scans are counted by: a local scan takes milliseconds, the network's
// deadline is some seconds, and a scan that takes a minute has failed.
var durations = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// New makes the counters, in a registry of their own.
func New(opt Options) *Metrics {
	m := &Metrics{
		opt:      opt,
		started:  time.Now(),
		registry: prometheus.NewRegistry(),
		mails: counters("mails_total",
			"Mails by front and what was done with them: tag, skip, accept (untagged, after an error), tempfail and others.",
			"front", "action"),
		skipped: counters("skipped_total",
			"Mails not scanned, by front and reason: too large (max_size), authenticated, trusted, released.",
			"front", "reason"),
		scans: counters("scans_total", "Scans by front and result: ham, spam or error.", "front", "result"),
		inHand: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: namespace, Name: "scans_in_hand", Help: "Scans that run now, by front.",
		}, []string{"front"}),
		phases: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "scan_duration_seconds", Buckets: durations,
			Help: "Wall time of scans by phase: learner (tokens and their lookup), rules, network (waited for beyond both), " +
				"total.",
		}, []string{"phase"}),
		score: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "score", Help: "Scores of scanned mails.", Buckets: []float64{-5, -2, 0, 1, 2, 3, 4, 5,
				6, 8, 10, 15, 20, 30},
		}),
		hits: newRules(counters("hits_total", "Mails that each test hit.", "test"),
			counters("spam_hits_total", "Mails that each test hit and that were spam by their verdict.", "test")),
		learned: counters("learned_total", "Messages taught, by source (auto, user) and what became of them.", "source",
			"result"),
		notes: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "incomplete_scans_total",
			Help: "Scans that something was left out of: a service that did not answer, a rule that took too long.",
		}),
	}
	m.registry.MustRegister(m.mails, m.skipped, m.scans, m.inHand, m.phases, m.score, m.hits.counters, m.hits.spam,
		m.learned, m.notes, &state{opt},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// namespace begins the name of every metric of ours.
const namespace = "asterism"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// Mail counts a finished mail of a front by its action; reason is the reason of a skip.
func (m *Metrics) Mail(front, action, reason string) {
	m.mails.WithLabelValues(front, action).Inc()
	if reason != "" {
		m.skipped.WithLabelValues(front, reason).Inc()
	}
}
