package automaton

import (
	"slices"
	"sync/atomic"
)

// Many is several expressions that are looked for in one pass.
type Many struct {
	a     *Automaton
	count int
}

// BuildMany returns the automaton for the expressions that begin with some parts and end with parts that Accept added.
// The Builder must not be used afterwards.
func (b *Builder) BuildMany(starts []uint16) (*Many, error) {
	start := starts[0]
	for _, s := range starts[1:] {
		start = b.Split(start, s)
	}
	a, err := b.Build(start)
	if err != nil {
		return nil, err
	}
	a.many = true
	return &Many{a, len(starts)}, nil
}

// Find appends to found the numbers of the expressions that match anywhere in the text, each once. It is not ok if it
// gave up.
func (m *Many) Find(text string, found []uint16) (numbers []uint16, ok bool) {
	a := m.a
	end := len(text)
	if end > 0 && text[end-1] == '\n' {
		end--
	}
	f := finder{run: run{a: a, states: a.states.Load()}, found: found, first: len(found)}
	state := f.begin(a.edge)
	if state >= accepting {
		state = f.accept(state)
	}
	table := *f.states.table.Load()
	class := &a.class
	for i := 0; i < end; i++ {
		next := atomic.LoadUint32(&table[state+uint32(class[text[i]])])
		if next < firstState || next >= accepting {
			if next = f.special(state, class[text[i]], i); next < firstState {
				return f.found, next == dead
			}
			if len(f.found)-f.first == m.count { // all of them
				return f.found, true
			}
			table = *f.states.table.Load()
		}
		state = next
	}
	if end < len(text) {
		if state = f.special(state, a.newline, end); state < firstState {
			return f.found, state == dead
		}
	}
	return f.found, f.special(state, a.end, len(text)) != unknown
}

// finder is one search under way.
type finder struct {
	run
	found []uint16
	first int    // where in found its own numbers begin
	last  uint32 // the accepting state that was seen last
}

// special follows a class from a state, and notes what matched.
func (f *finder) special(state uint32, class uint8, at int) uint32 {
	next := f.next(state, class, at)
	if next >= accepting {
		next = f.accept(next)
	}
	return next
}

// accept notes the expressions that have matched when a state is reached, and returns its row.
func (f *finder) accept(state uint32) uint32 {
	row := state &^ accepting
	if f.last == state {
		return row
	}
	f.last = state
	known := f.states.known.Load()
	for _, n := range known.acceptsOf(&known.sets[row/f.a.stride]) {
		if !slices.Contains(f.found[f.first:], n) {
			f.found = append(f.found, n)
		}
	}
	return row
}
