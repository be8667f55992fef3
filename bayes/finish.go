package bayes

import "asterism/store"

// passes is how often Finish goes over the reservoir.
const passes = 3

// Finish ends a training run: whatever order the run was in, the weights then fit both classes alike. It goes over the
// reservoir, one message of each class in turn, the smaller class repeated.
func (l *Learner) Finish() error {
	commit, err := l.finish()
	if err != nil || commit == nil {
		return err
	}
	return commit.Wait()
}

func (l *Learner) finish() (last store.Commit, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var samples [2][]store.Sample
	err = l.st.EachSample(func(s store.Sample) bool {
		samples[index(s.Class)] = append(samples[index(s.Class)], s)
		return true
	})
	if err != nil {
		return nil, err
	}
	if len(samples[0]) == 0 || len(samples[1]) == 0 {
		return nil, nil
	}
	m := l.model.Load()
	rnd := l.chance(m, 3)
	for range passes {
		for c := range samples {
			rnd.Shuffle(len(samples[c]), func(i, j int) { samples[c][i], samples[c][j] = samples[c][j], samples[c][i] })
		}
		for i := range max(len(samples[0]), len(samples[1])) {
			for c := range samples {
				commit, err := l.relearn(&samples[c][i%len(samples[c])])
				if err != nil {
					return nil, err
				}
				if commit != nil {
					last = commit
				}
			}
		}
	}
	return last, nil
}
