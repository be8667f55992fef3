package bayes

import "asterism/store"

// forget takes one message back.
func (l *Learner) forget(d *Lesson) (Result, store.Commit, error) {
	class, err := l.st.Seen(d.Digest)
	if err != nil {
		return 0, nil, err
	}
	if class != store.Ham && class != store.Spam {
		return NotKnown, nil, nil
	}
	learned, err := l.st.Totals()
	if err != nil {
		return 0, nil, err
	}
	b := &l.buf
	if err := b.fill(l.st, d.Tokens.Header, d.Tokens.Body); err != nil {
		return 0, nil, err
	}
	t := newTotals(learned.Ham, learned.Spam)
	after := b.margin(&t)
	m := *l.model.Load()
	ham, spam := ones(class)
	b.changes = b.changes[:0]
	b.update(&t, -l.undo(&t, after, class), -ham, -spam)
	learning := store.Learning{
		Time: uint32(l.opt.Now().Unix()), Ham: -ham, Spam: -spam, Changes: b.changes,
		Marks: []store.Mark{{Digest: d.Digest}},
	}
	l.unsample(d.Digest, &learning)
	commit, err := l.st.Apply(learning)
	if err != nil {
		return 0, nil, err
	}
	l.model.Store(&m)
	return Forgotten, commit, nil
}

// undo returns the pull that learning the message had, found by asking which margin before it leads to the margin
// after it. That is exact for the message learned last, and near for others.
func (l *Learner) undo(t *totals, after float64, class store.Class) float64 {
	gain := 0.0 // how far a pull of one moves the margin
	for i := range l.buf.blocks {
		k := &l.buf.blocks[i]
		var sum float32
		for j := range k.records {
			sum += k.values[j] * k.values[j] * pace(&k.records[j])
		}
		gain += float64(sum / (k.norm * k.norm))
	}
	y := target(class)
	step := func(before float64) float64 { return pull(t, y-sigmoid(before)) }
	low, high := after, after // the margin before is on the far side of the class
	const reach = 20
	if class == store.Spam {
		low -= reach
	} else {
		high += reach
	}
	for range 40 {
		middle := (low + high) / 2
		if middle+gain*step(middle) < after {
			low = middle
		} else {
			high = middle
		}
	}
	return step((low + high) / 2)
}
