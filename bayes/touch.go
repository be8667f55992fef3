package bayes

import "asterism/store"

// stale is the age in seconds from which on a token's time of last use is renewed by a scan: the many tokens that
// every mail has cost nothing then.
const stale = 3600

// touch tells the store which of the mail's tokens were used now, so that they expire last.
func (m *mail) touch(st store.Store, now uint32) {
	m.stale = m.stale[:0]
	for _, b := range [...]*block{&m.header, &m.body} {
		for i := range b.records {
			if r := &b.records[i]; r.LastSeen+stale < now && r.Ham|r.Spam != 0 {
				m.stale = append(m.stale, b.tokens[i])
			}
		}
	}
	if len(m.stale) > 0 {
		st.Touch(m.stale, now)
	}
}
