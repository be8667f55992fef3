package metrics

import (
	"context"

	"asterism/classifier"
)

// Classifier scans and learns mails.
type Classifier interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
	Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error)
	Forget(ctx context.Context, user string, raws [][]byte) ([]classifier.Learned, error)
}

// Front is a Classifier that counts the calls of a front to another Classifier.
type Front struct {
	next    Classifier
	metrics *Metrics
	name    string
}

// Front returns a Classifier that passes everything on to next and counts it for the front of the given name.
func (m *Metrics) Front(name string, next Classifier) *Front {
	return &Front{next: next, metrics: m, name: name}
}

// Check gives a message its verdict.
func (f *Front) Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	m := f.metrics
	inHand := m.inHand.WithLabelValues(f.name)
	inHand.Inc()
	defer inHand.Dec()
	v, err := f.next.Check(ctx, in)
	if err != nil || v == nil {
		m.scans.WithLabelValues(f.name, "error").Inc()
		return v, err
	}
	result := "ham"
	if v.Spam() {
		result = "spam"
	}
	m.scans.WithLabelValues(f.name, result).Inc()
	m.score.Observe(v.Score)
	m.phases.WithLabelValues("learner").Observe(v.Phases.Learner.Seconds())
	m.phases.WithLabelValues("rules").Observe(v.Phases.Rules.Seconds())
	m.phases.WithLabelValues("network").Observe(v.Phases.Network.Seconds())
	m.phases.WithLabelValues("total").Observe(v.Took.Seconds())
	m.hits.add(v.Hits, v.Spam())
	if len(v.Notes) > 0 {
		m.notes.Inc()
	}
	switch v.Autolearn {
	case "ham", "spam", "failed":
		m.learned.WithLabelValues("auto", v.Autolearn).Inc()
	}
	return v, nil
}

// Learn teaches messages.
func (f *Front) Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	learned, err := f.next.Learn(ctx, user, lessons)
	for i, l := range learned {
		result := "known"
		if l == classifier.LearnedNew || l == classifier.LearnedOther {
			result = lessons[i].Class.String()
		} else if l == classifier.LearnedLater {
			result = "queued"
		}
		f.metrics.learned.WithLabelValues("user", result).Inc()
	}
	f.failed(err)
	return learned, err
}

// Forget undoes the lessons of messages.
func (f *Front) Forget(ctx context.Context, user string, raws [][]byte) ([]classifier.Learned, error) {
	learned, err := f.next.Forget(ctx, user, raws)
	for _, l := range learned {
		result := "unknown"
		if l == classifier.Forgotten {
			result = "forgotten"
		}
		f.metrics.learned.WithLabelValues("user", result).Inc()
	}
	f.failed(err)
	return learned, err
}

func (f *Front) failed(err error) {
	if err != nil {
		f.metrics.learned.WithLabelValues("user", "failed").Inc()
	}
}
