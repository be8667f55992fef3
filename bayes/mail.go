package bayes

import "asterism/store"

// block is one of a mail's two blocks of tokens with all that is known of them.
type block struct {
	tokens  []store.Token
	records []store.Record
	values  []float32
	sums    sums
	norm    float32
	pull    float64 // the block's part of the margin that is trained on
}

// unknownValue is the share of an unknown token in a block's squared length: it is no evidence, and many unknown tokens
// make the known ones less reliable.
const unknownValue = 1

// weigh computes the values, and the block's pull: the sum of weight times value, divided by the length of the vector
// of values, so that a long mail speaks no louder than a short one.
func (b *block) weigh(t *totals) {
	if cap(b.values) < len(b.tokens) {
		b.values = make([]float32, len(b.tokens)+len(b.tokens)/2)
	}
	b.values = b.values[:len(b.tokens)]
	var s sums
	for i := range b.records {
		r := &b.records[i]
		if r.Ham|r.Spam == 0 {
			b.values[i] = 0
			s.unknown++
			continue
		}
		x := t.value(r)
		b.values[i] = x
		s.add(x, x*r.Weight)
	}
	b.sums, b.norm, b.pull = s, s.length(), s.pull()
}

// mail is a message with the records of its tokens. It is reused: scoring makes no garbage.
type mail struct {
	header, body block
	tokens       []store.Token  // of both
	records      []store.Record // of both
	strongest    strongest
	classifiers  posteriors
	stale        []store.Token // see touch
}

// fill looks the tokens up, of both blocks at once: a store on another host answers in one round trip.
func (m *mail) fill(st view, header, body []store.Token) error {
	m.tokens = append(append(m.tokens[:0], header...), body...)
	n := len(m.tokens)
	if cap(m.records) < n {
		m.records = make([]store.Record, n+n/2)
	}
	m.records = m.records[:n]
	m.header.tokens, m.body.tokens = m.tokens[:len(header)], m.tokens[len(header):]
	m.header.records, m.body.records = m.records[:len(header)], m.records[len(header):]
	return st.Lookup(m.tokens, m.records)
}

// weigh weighs both blocks.
func (m *mail) weigh(t *totals) {
	m.header.weigh(t)
	m.body.weigh(t)
}

// count adds the message itself to the counts of its tokens' records.
func (m *mail) count(c store.Class) {
	m.header.count(c)
	m.body.count(c)
}

func (b *block) count(c store.Class) {
	for i := range b.records {
		if c == store.Spam {
			b.records[i].Spam++
		} else {
			b.records[i].Ham++
		}
	}
}

// known counts the tokens that were seen before.
func (b *block) known() (n int) {
	for i := range b.records {
		if b.records[i].Ham|b.records[i].Spam != 0 {
			n++
		}
	}
	return n
}
