// Package bayes is the learner: it computes the probability of spam from counts and weights, and learns from mails of
// known class.
//
// A token's record holds how many mails of each class had it, and a weight. The weights belong to a logistic regression
// that is trained as mails come in. The counts bound a token's influence (feature.go) and the speed of its weight, and
// they explain a verdict. A lesson can be undone exactly for the counts, closely for the weights. docs/learner.md has
// the reasons, with figures.
package bayes

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"asterism/store"
	"asterism/store/spool"
	"asterism/tokenizer"
)

// Options are a Learner's settings. Zero values give the defaults.
type Options struct {
	// messages of each class before Evidence is Ready (bayes_min_ham_num, bayes_min_spam_num); default 200
	MinHam, MinSpam uint32
	MaxTokens       int              // tokens kept (bayes_expiry_max_db_size); default 150,000
	Reservoir       int              // messages of each class kept for replay, as hashes; default 2,000
	Seed            uint64           // of the choices that are left to chance: same order, same seed, same result
	Now             func() time.Time // the clock; default time.Now
	Journal         *spool.Spool     // where lessons wait while the store is away; nil if it never is
}

func (o Options) withDefaults() Options {
	if o.MinHam == 0 {
		o.MinHam = 200
	}
	if o.MinSpam == 0 {
		o.MinSpam = 200
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 150_000
	}
	if o.Reservoir == 0 {
		o.Reservoir = 2000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Learner is safe for concurrent use. Scores never wait for learning.
type Learner struct {
	st    store.Store
	opt   Options
	view  view                  // what lessons are learned on: st, or a batch of it
	model atomic.Pointer[model] // what Score needs besides the records
	mails sync.Pool             // of *mail

	draining  sync.Mutex // held while the journal is being emptied; taken before mu
	mu        sync.Mutex // held while learning
	reservoir *reservoir // nil until the first learning
	shared    bool       // another host has learned since reservoir was read
	last      store.Commit
	lesson    mail
	changes   []store.Change
}

// view is what a lesson needs of a store.
type view interface {
	Lookup(tokens []store.Token, dst []store.Record) error
	Totals() (store.Totals, error)
	Seen(d store.Digest) (store.Class, error)
	Apply(learnings ...store.Learning) (store.Commit, error)
}

// New returns a Learner on a store, with its present content.
func New(st store.Store, opt Options) (*Learner, error) {
	l := &Learner{st: st, view: st, opt: opt.withDefaults()}
	l.mails.New = func() any { return new(mail) }
	l.model.Store(newModel())
	if err := l.Reload(); err != nil && !(l.opt.Journal != nil && errors.Is(err, store.ErrAway)) {
		return nil, err
	}
	return l, nil
}

// Reload reads the parameters again that another host may have written to the store. It is cheap: the reservoir is read
// again only where that matters.
func (l *Learner) Reload() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := l.st.Meta(metaName)
	if err != nil {
		return err
	}
	m, err := decodeModel(data)
	if err != nil {
		return err
	}
	l.model.Store(m)
	l.shared = true
	return nil
}

// Lesson is one message to learn or to forget. Its tokens belong to the learner then, and must not be changed.
type Lesson struct {
	Digest store.Digest
	Tokens *tokenizer.Tokens
	Class  store.Class // Forget takes the class from the store instead
}

// Result is the outcome of a lesson.
type Result uint8

// The results.
const (
	Learned      Result = iota + 1 // was new
	AlreadyKnown                   // had been learned before, and keeps its class; nothing changed
	Relearned                      // had been learned as the other class, which was taken back first
	Forgotten                      // had been learned, and is taken back
	NotKnown                       // was to be forgotten, but had not been learned
	Queued                         // waits in the journal until the store is back
)
