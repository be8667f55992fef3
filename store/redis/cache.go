package redis

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// group is what this client knows of one group of tokens.
type group struct {
	mu      sync.RWMutex
	records map[store.Token]cached // also of unknown tokens
	flushes uint64                 // how often all was forgotten
	state   state
	applied uint64 // version up to which all changes of cached records are in the cache
	change  string // the change that made that version
}

// cached is a record as of a version of its group, or later.
type cached struct {
	store.Record
	version uint64
}

// state is a group's as the server tells it.
type state struct {
	version        uint64
	change         string // that made the version
	oldest, newest uint32
	ham, spam      uint32 // of group 0: of the whole store
	expired        int64
	parameters     uint64 // version of the parameters, of group 0
	tokens, marks  int
	intents        int
}

// decodeState reads what lua/common.lua returns.
func decodeState(m []valkey.ValkeyMessage) (st state, err error) {
	if len(m) < 11 {
		return st, errDamaged
	}
	var n [8]uint64
	for i := range n {
		text, err := m[i].ToString()
		if err != nil {
			return st, errDamaged // a group that has lost its state
		}
		if i == 1 {
			st.change = text
			continue
		}
		if n[i], err = strconv.ParseUint(text, 10, 64); err != nil {
			return st, errDamaged
		}
	}
	st.version, st.oldest, st.newest = n[0], uint32(n[2]), uint32(n[3])
	st.ham, st.spam, st.expired, st.parameters = uint32(n[4]), uint32(n[5]), int64(n[6]), n[7]
	for i, field := range []*int{&st.tokens, &st.marks, &st.intents} {
		k, err := m[8+i].AsInt64()
		if err != nil {
			return st, errDamaged
		}
		*field = int(k)
	}
	return st, nil
}

// reset forgets everything; the next state is believed whatever it is.
func (g *group) reset(version uint64) {
	g.forget()
	g.applied, g.change = version, ""
	g.state = state{version: version}
}

// forget empties the cache. The caller holds g.mu.
func (g *group) forget() {
	g.records = map[store.Token]cached{}
	g.flushes++
}

func (g *group) flush(version uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reset(version)
}

// get returns a record from the cache.
func (g *group) get(tok store.Token) (store.Record, bool) {
	g.mu.RLock()
	c, ok := g.records[tok]
	g.mu.RUnlock()
	return c.Record, ok
}

// put caches a record of a version, unless a later one is known. The caller holds g.mu.
func (g *group) put(tok store.Token, c cached, limit int) {
	old, known := g.records[tok]
	if known && old.version > c.version {
		return
	}
	if !known && len(g.records) >= limit {
		for victim := range g.records { // a random one
			delete(g.records, victim)
			break
		}
	}
	g.records[tok] = c
}

// learned takes over what a learning of this client has made of the group.
func (g *group) learned(st state, payload string, flushes uint64, limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flushes != flushes || st.version <= g.state.version {
		return
	}
	for p := 0; p+tokenSize+recordSize <= len(payload); p += tokenSize + recordSize {
		r, _ := decodeRecord(payload[p+tokenSize : p+tokenSize+recordSize]) // of the right length
		g.put(tokenAt(payload, p), cached{r, st.version}, limit)
	}
	if st.version == g.applied+1 {
		g.applied, g.change = st.version, st.change
	}
	g.state = st
}

// missed takes over the state after a learning that had been applied before, with records that nobody told of.
func (g *group) missed(st state) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget()
	if st.version > g.state.version {
		g.state = st
	}
}

// entry is one change in a group's log.
type entry struct {
	version uint64
	change  string
	payload string
}

// flushPayload says that anything may have changed.
const flushPayload = "F"

func decodeEntries(m valkey.ValkeyMessage) ([]entry, error) {
	list, err := m.AsXRange()
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(list))
	for i, e := range list {
		id, _, _ := strings.Cut(e.ID, "-")
		v, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			return nil, errDamaged
		}
		entries[i] = entry{v, e.FieldValues["r"], e.FieldValues["p"]}
	}
	return entries, nil
}

// known returns what a poll is to tell the server, and needs afterwards.
func (g *group) known() (version uint64, change string, flushes uint64) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.applied, g.change, g.flushes
}

// polled takes over the state that a poll has found, with the log from the version that was known when it began. If
// the log does not go on from there, because too much was learned meanwhile or because a replica took over that lacks
// the last changes, the cache is emptied. polled returns whether there is more in the log.
func (g *group) polled(st state, log []entry, version uint64, change string, flushes uint64) (more bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flushes != flushes {
		return false
	}
	reached := entry{version: st.version, change: st.change}
	switch {
	case version == 0: // nothing was known
	case st.version == version && st.change == change:
	case st.version > version && len(log) > 0 && log[0].version == version && log[0].change == change &&
		log[len(log)-1].version > version:
		for _, e := range log[1:] {
			if e.payload == flushPayload {
				g.forget()
				break
			}
			g.update(e)
		}
		reached = log[len(log)-1]
	case st.version > version && (len(log) == 0 || log[0].version > version): // more than the log holds
		g.forget()
	default:
		g.reset(0)
	}
	if reached.version >= g.applied {
		g.applied, g.change = reached.version, reached.change
	}
	if st.version >= g.state.version {
		g.state = st
	}
	return reached.version < st.version
}

// update brings the cached records up to date with a change. The caller holds g.mu.
func (g *group) update(e entry) {
	for p := 0; p+tokenSize+recordSize <= len(e.payload); p += tokenSize + recordSize {
		tok := tokenAt(e.payload, p)
		if old, ok := g.records[tok]; ok && old.version < e.version {
			r, _ := decodeRecord(e.payload[p+tokenSize : p+tokenSize+recordSize])
			g.records[tok] = cached{r, e.version}
		}
	}
}

// Stats are counters of the cache and the upkeep since Open.
type Stats struct {
	Lookups    uint64 // calls of Lookup
	RoundTrips uint64 // lookups with requests; a Cluster's nodes get them at the same time
	Hits       uint64 // tokens found in the cache
	Misses     uint64 // requested tokens

	Expired        uint64 // tokens that this host has removed
	ExpiriesFailed uint64 // expiries of this host that failed; that another host was at it is no failure
	Away           bool   // the server does not answer
}

type counters struct{ lookups, trips, hits, misses, expired, expiriesFailed atomic.Uint64 }

// Stats returns the counters.
func (s *Store) Stats() Stats {
	c := &s.stats
	return Stats{c.lookups.Load(), c.trips.Load(), c.hits.Load(), c.misses.Load(),
		c.expired.Load(), c.expiriesFailed.Load(), !s.polled.Load() || s.health.isAway()}
}
