package bayes

import (
	"math/rand/v2"

	"asterism/store"
)

// passes is how often Finish goes over the reservoir.
const passes = 3

// Finish ends a training run: whatever order the run was in, the weights then fit both classes alike, and the
// probabilities mean what they say. It goes over the reservoir, and calibrates on halves of it that were trained apart.
func (l *Learner) Finish() error {
	commit, err := l.finish()
	if err != nil || commit == nil {
		return err
	}
	return commit.Wait()
}

func (l *Learner) finish() (store.Commit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.openReservoir(); err != nil {
		return nil, err
	}
	lab, err := l.openLab()
	if err != nil || len(lab.samples[0]) == 0 || len(lab.samples[1]) == 0 {
		return nil, err
	}
	learned, err := l.st.Totals()
	if err != nil {
		return nil, err
	}
	p := *l.model.Load()
	rnd := l.chance(&p, chanceFinish)
	t := newTotals(learned.Ham, learned.Spam)
	changes := lab.retrain(&t, rnd)
	lab.calibrate(&p, rnd)
	p.calibrated = learned.Ham + learned.Spam
	return l.commit(&store.Learning{Changes: changes}, &p)
}

// retrain goes over all samples with the store's counts and weights, and returns what it changes.
func (b *lab) retrain(t *totals, rnd *rand.Rand) []store.Change {
	b.prepare(t)
	b.train(t, b.samples, rnd)
	return b.changes()
}

// crossTry trains on each half of the samples alone, and returns the margins of the other's.
func (b *lab) crossTry(rnd *rand.Rand) []trial {
	var halves [2][2][]sample
	for c, samples := range b.samples {
		shuffle(samples, rnd)
		halves[0][c], halves[1][c] = samples[:len(samples)/2], samples[len(samples)/2:]
	}
	var trials []trial
	for i := range halves {
		t := b.count(halves[i])
		b.prepare(&t)
		b.train(&t, halves[i], rnd)
		for c, samples := range halves[1-i] {
			for j := range samples {
				trials = append(trials, trial{b.margin(&samples[j]), classes[c]})
			}
		}
	}
	return trials
}
