package automaton

import (
	"sync/atomic"
)

// Automaton is an expression that is ready to be matched. It may be used concurrently.
type Automaton struct {
	parts    []part
	start    uint16
	anchored bool // a match can begin at the start of the text only

	class   [256]uint8
	newline uint8     // class of a newline that ends the text
	end     uint8     // class of the end of the text
	left    []uint8   // by class: which left sides it is in
	edge    uint8     // left sides that the start of the text is in
	members []members // by class
	stride  uint32    // entries of a state's row in the table

	states atomic.Pointer[states]
}

// maxClasses bounds the classes of bytes: there are two more for the end of the text.
const maxClasses = 250

// Entries of the table that are no states.
const (
	unknown    = 0 // not computed yet
	dead       = 1 // no match any more
	matched    = 2
	firstState = 3 // and above: a state's row
)

// Match says whether the expression matches within text[from:to]; it sees what stands before and behind. It is not ok
// if it gave up.
func (a *Automaton) Match(text string, from, to int) (found, ok bool) {
	st := a.states.Load()
	before := a.edge
	if from > 0 {
		if a.anchored {
			return false, true
		}
		before = a.left[a.class[text[from-1]]]
	}
	run := run{a: a, states: st}
	state := run.begin(before)
	last := len(text)
	if last > 0 && text[last-1] == '\n' {
		last--
	}
	bytes := text[from:max(from, min(to, last))]
	table := *run.states.table.Load()
	i := 0
	for i < len(bytes) {
		class := a.class[bytes[i]]
		next := atomic.LoadUint32(&table[state+uint32(class)])
		if next < firstState {
			if next == unknown {
				if next, ok = run.step(state, class, i); !ok {
					return false, false
				}
				table = *run.states.table.Load()
			}
			if next < firstState {
				return next == matched, true
			}
		}
		state = next
		i++
	}
	// One more, so that what looks to the right sees what follows; at the end of the text there is a newline perhaps, and
	// the end itself.
	for at := from + i; ; at++ {
		class := a.end
		switch {
		case at < last:
			class = a.class[text[at]]
		case at < len(text):
			class = a.newline
		}
		next := atomic.LoadUint32(&table[state+uint32(class)])
		if next == unknown {
			if next, ok = run.step(state, class, i); !ok {
				return false, false
			}
			table = *run.states.table.Load()
		}
		if next < firstState || at >= to {
			return next == matched, true
		}
		state = next
	}
}
