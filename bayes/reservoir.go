package bayes

import (
	"math/rand/v2"
	"slices"

	"asterism/store"
	"asterism/tokenizer"
)

const (
	outlier      = 0.9 // a message missed by this much may carry a wrong label and is not kept for replay …
	outlierMin   = 100 // … once this many of each class are known
	streakBegins = 30  // messages of one class in a row before the other is replayed
	replays      = 3   // replayed then for each further message,
	trainReplays = 1   // in a training run, which Finish will even out anyway
)

// reservoir says where in the store the uniform samples of both classes are.
type reservoir struct {
	slots [2][]store.Digest // whose message is there; zero if the slot is free
	at    map[store.Digest]place

	// tokens are those of the messages in the slots, while a training run wants them again and again; nil at other times.
	tokens *[2][]tokenizer.Tokens

	recording bool
	before    []store.Sample // what was in the slots that changed since recording began, last change last
}

type place struct {
	class store.Class
	slot  int
}

func index(c store.Class) int {
	if c == store.Spam {
		return 1
	}
	return 0
}

// openReservoir finds out which slots are taken and, if it is for a training run, by which tokens.
func (l *Learner) openReservoir(training bool) error {
	if l.reservoir != nil && (!training || l.reservoir.tokens != nil) {
		return nil
	}
	r := &reservoir{at: make(map[store.Digest]place)}
	if training {
		r.tokens = new([2][]tokenizer.Tokens)
	}
	for i := range r.slots {
		r.slots[i] = make([]store.Digest, l.opt.Reservoir)
		if training {
			r.tokens[i] = make([]tokenizer.Tokens, l.opt.Reservoir)
		}
	}
	err := l.st.EachSample(func(s store.Sample) bool {
		if s.Slot < l.opt.Reservoir {
			r.put(&s)
		}
		return true
	})
	if err != nil {
		return err
	}
	l.reservoir, l.shared = r, false
	return nil
}

// put notes whose message is in a slot now; the zero Digest frees it.
func (r *reservoir) put(s *store.Sample) {
	c := index(s.Class)
	if r.recording {
		r.before = append(r.before, r.in(s.Class, s.Slot))
	}
	delete(r.at, r.slots[c][s.Slot])
	r.slots[c][s.Slot] = s.Digest
	if s.Digest != (store.Digest{}) {
		r.at[s.Digest] = place{s.Class, s.Slot}
	}
	if r.tokens != nil {
		r.tokens[c][s.Slot] = tokenizer.Tokens{Header: s.Header, Body: s.Body}
	}
}

// in returns what is known of the message in a slot.
func (r *reservoir) in(class store.Class, slot int) store.Sample {
	c := index(class)
	s := store.Sample{Class: class, Slot: slot, Digest: r.slots[c][slot]}
	if r.tokens != nil {
		s.Header, s.Body = r.tokens[c][slot].Header, r.tokens[c][slot].Body
	}
	return s
}

// record begins to take note of changes, and keep ends it.
func (r *reservoir) record() { r.recording, r.before = true, r.before[:0] }
func (r *reservoir) keep()   { r.recording = false }

// undo takes back what changed since record.
func (r *reservoir) undo() {
	r.recording = false
	for i := len(r.before) - 1; i >= 0; i-- {
		r.put(&r.before[i])
	}
}

// lacksClass reports whether there is no message of one class.
func (r *reservoir) lacksClass() bool {
	for _, slots := range r.slots {
		if !slices.ContainsFunc(slots, func(d store.Digest) bool { return d != store.Digest{} }) {
			return true
		}
	}
	return false
}

func (r *reservoir) dropTokens() { r.tokens = nil }

// sampleAt returns the message in a slot.
func (l *Learner) sampleAt(c store.Class, slot int) (store.Sample, bool, error) {
	if l.reservoir.tokens == nil {
		return l.st.Sample(c, slot)
	}
	s := l.reservoir.in(c, slot)
	return s, len(s.Header)+len(s.Body) > 0, nil
}

// eachSample calls f for every message of the reservoir.
func (l *Learner) eachSample(f func(*store.Sample)) error {
	if l.reservoir == nil || l.reservoir.tokens == nil || l.shared {
		return l.st.EachSample(func(s store.Sample) bool {
			if s.Slot < l.opt.Reservoir {
				f(&s)
			}
			return true
		})
	}
	for _, c := range classes {
		for slot := range l.opt.Reservoir {
			if s, ok, _ := l.sampleAt(c, slot); ok {
				f(&s)
			}
		}
	}
	return nil
}

// What chance is used for.
const (
	chanceSample = iota + 1
	chanceReplay
	chanceFinish
)

// chance returns the source of the choices made at a point in the learner's life.
func (l *Learner) chance(p *model, what uint64) *rand.Rand {
	return rand.New(rand.NewPCG(l.opt.Seed^what, uint64(p.sampled[0])<<32|uint64(p.sampled[1])))
}

// sample offers a message to the reservoir, so that all messages of a class have the same chance to be in it.
func (l *Learner) sample(m *model, d *Lesson, learning *store.Learning) {
	c := index(d.Class)
	slots := l.reservoir.slots[c]
	slot := -1
	if seen := int(m.sampled[c]); seen >= len(slots) {
		slot = l.chance(m, chanceSample).IntN(seen + 1)
	}
	for i := 0; slot < 0 && i < len(slots); i++ {
		if free := (int(m.sampled[c]) + i) % len(slots); slots[free] == (store.Digest{}) {
			slot = free
		}
	}
	m.sampled[c]++
	if slot < 0 || slot >= len(slots) {
		return
	}
	s := store.Sample{Class: d.Class, Slot: slot, Digest: d.Digest, Header: d.Tokens.Header, Body: d.Tokens.Body}
	l.reservoir.put(&s)
	learning.Samples, learning.Given = append(learning.Samples, s), true
}

// unsample frees the slot of a message.
func (l *Learner) unsample(d store.Digest, learning *store.Learning) {
	p, ok := l.reservoir.at[d]
	if !ok {
		return
	}
	l.reservoir.put(&store.Sample{Class: p.class, Slot: p.slot})
	learning.Samples = append(learning.Samples, store.Sample{Class: p.class, Slot: p.slot, Digest: d})
}

// replay keeps a long streak of one class from washing out the other: for each further message it learns the weights
// of some older ones of the other class again.
func (l *Learner) replay(how method) (last store.Commit, err error) {
	p := l.model.Load()
	if p.streak <= streakBegins {
		return nil, nil
	}
	n := replays
	if how == methodTrain {
		n = trainReplays
	}
	other := p.last.Other()
	rnd := l.chance(p, chanceReplay)
	for range n {
		s, ok, err := l.sampleAt(other, rnd.IntN(l.opt.Reservoir))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if commit, err := l.relearn(&s); err != nil {
			return nil, err
		} else if commit != nil {
			last = commit
		}
	}
	return last, nil
}

// relearn moves the weights for a message that was counted before.
func (l *Learner) relearn(s *store.Sample) (store.Commit, error) {
	learned, err := l.view.Totals()
	if err != nil {
		return nil, err
	}
	m := &l.lesson
	if err := m.fill(l.view, s.Header, s.Body); err != nil {
		return nil, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	m.weigh(&t)
	missHeader, missBody := misses(m.header.pull, m.body.pull, s.Class)
	l.changes = m.header.move(l.changes[:0], &t, missHeader, 0, 0)
	l.changes = m.body.move(l.changes, &t, missBody, 0, 0)
	if len(l.changes) == 0 {
		return nil, nil
	}
	return l.view.Apply(store.Learning{Changes: l.changes})
}
