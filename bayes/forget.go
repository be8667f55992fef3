package bayes

import "asterism/store"

// forget takes one message back.
func (l *Learner) forget(d *Lesson) (Result, store.Commit, error) {
	class, err := l.view.Seen(d.Digest)
	if err != nil {
		return 0, nil, err
	}
	if class != store.Ham && class != store.Spam {
		commit, err := l.view.Apply() // what made it unknown may not be on disk
		return NotKnown, commit, err
	}
	if l.shared { // the message may be in the reservoir by another host
		if l.view != view(l.st) {
			return 0, nil, errStale
		}
		l.reservoir = nil
		if err := l.openReservoir(false); err != nil {
			return 0, nil, err
		}
	}
	learned, err := l.view.Totals()
	if err != nil {
		return 0, nil, err
	}
	m := &l.lesson
	if err := m.fill(l.view, d.Tokens.Header, d.Tokens.Body); err != nil {
		return 0, nil, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	m.weigh(&t)
	header, body := m.before(&t, class)
	missHeader, missBody := misses(header, body, class)
	ham, spam := ones(class)
	l.changes = m.header.move(l.changes[:0], &t, -missHeader, -ham, -spam)
	l.changes = m.body.move(l.changes, &t, -missBody, -ham, -spam)
	learning := store.Learning{
		Time: uint32(l.opt.Now().Unix()), Ham: -ham, Spam: -spam, Changes: l.changes,
		Marks: []store.Mark{{Digest: d.Digest}},
		If:    []store.Mark{{Digest: d.Digest, Class: class}},
	}
	l.unsample(d.Digest, &learning)
	p := *l.model.Load()
	tokens := &p.tokens[index(class)]
	*tokens -= min(*tokens, uint64(len(d.Tokens.Header)+len(d.Tokens.Body)))
	commit, err := l.commit(&learning, &p)
	return Forgotten, commit, err
}

// before returns the blocks' pulls from which learning the message led to those of now: exact for the message learned
// last, near for others. It is a fixed point, approached in short steps as a full one might overshoot.
func (m *mail) before(t *totals, c store.Class) (header, body float64) {
	const rounds, step = 60, 0.25
	gainHeader, gainBody := m.header.gain(), m.body.gain()
	header, body = m.header.pull, m.body.pull
	for range rounds {
		missHeader, missBody := misses(header, body, c)
		header += step * (m.header.pull - gainHeader*push(t, missHeader) - header)
		body += step * (m.body.pull - gainBody*push(t, missBody) - body)
	}
	return header, body
}
