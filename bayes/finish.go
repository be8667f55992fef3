package bayes

import (
	"errors"
	"math/rand/v2"

	"asterism/contain"
	"asterism/store"
)

// passes is how often Finish goes over the reservoir.
const passes = 3

// someChanges is how many weights Finish changes in one step: none needs the others, and a store that several hosts
// share serves them in between.
const someChanges = 10_000

// Finish ends a training run. When it returns, the run is safely stored, the weights fit both classes alike whatever
// the order of the run, and the probabilities are calibrated. It goes over the reservoir, and calibrates on halves of
// it that were trained separately.
func (l *Learner) Finish() error {
	commit, err := l.finish()
	if commit != nil {
		err = errors.Join(err, commit.Wait())
	}
	return err
}

// finish returns the last commit of the training run.
func (l *Learner) finish() (store.Commit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last
	l.last = nil
	if err := l.openReservoir(false); err != nil {
		return last, err
	}
	defer l.reservoir.dropTokens()
	if !l.shared && l.reservoir.lacksClass() {
		return last, l.expireIfDue(0)
	}
	var expired, calibrated contain.Group
	var expiry error
	expired.Go(func() { expiry = l.expireIfDue(0) })
	trainer, err := l.openTrainer() // meanwhile: it asks nothing of tokens
	if err != nil || len(trainer.samples[0]) == 0 || len(trainer.samples[1]) == 0 {
		expired.Wait()
		return last, errors.Join(err, expiry)
	}
	p := *l.model.Load()
	twin, rnd, again := trainer.twin(), l.chance(&p, chanceFinish), l.chance(&p, chanceFinish)
	calibrated.Go(func() { // it asks nothing of the store
		for range passes { // as retrain does at the same time
			shuffleAll(twin.samples, rnd)
		}
		twin.calibrate(&p, rnd)
	})
	expired.Wait()
	learned, changes, err := l.retrain(trainer, again)
	calibrated.Wait()
	if err = errors.Join(err, expiry); err != nil {
		return last, err
	}
	p.calibrated = learned.Ham + learned.Spam
	for ; len(changes) > someChanges; changes = changes[someChanges:] {
		if _, err := l.view.Apply(store.Learning{Changes: changes[:someChanges]}); err != nil {
			return last, err
		}
	}
	commit, err := l.commit(&store.Learning{Changes: changes}, &p)
	if err != nil {
		return last, err
	}
	return commit, nil
}

// retrain goes over all samples with the store's counts and weights, and returns those counts and what it changes.
func (l *Learner) retrain(b *trainer, rnd *rand.Rand) (store.Totals, []store.Change, error) {
	learned, err := l.st.Totals()
	if err == nil {
		err = l.st.Lookup(b.tokens, b.records)
	}
	if err != nil {
		return learned, nil, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	b.prepare(&t)
	b.train(&t, b.samples, rnd)
	return learned, b.changes(), nil
}

// crossTry trains on each half of the samples alone, and returns the margins of the other's.
func (b *trainer) crossTry(rnd *rand.Rand) []trial {
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
