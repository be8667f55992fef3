package bayes

import "asterism/store"

// stale is the age in seconds from which on a token's time of last use is renewed by a scan: the many tokens that every mail
// has cost nothing then.
const stale = 3600

// touch tells the store which of the mail's tokens were used now, so that they expire last.
func (b *scoreBuffer) touch(st store.Store, now uint32) {
	b.stale = b.stale[:0]
	for i := range b.blocks {
		k := &b.blocks[i]
		for j := range k.records {
			if r := &k.records[j]; r.LastSeen+stale < now && r.Ham+r.Spam > 0 {
				b.stale = append(b.stale, k.tokens[j])
			}
		}
	}
	if len(b.stale) > 0 {
		st.Touch(b.stale, now)
	}
}
