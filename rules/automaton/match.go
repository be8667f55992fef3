package automaton

import (
	"sync/atomic"
)

// Automaton is an expression that is ready to be matched. It may be used concurrently.
type Automaton struct {
	parts    []part
	start    uint16
	anchored bool // a match can begin at the start of the text only
	many     bool // of several expressions

	beginning []uint16 // parts that a match begins with
	begins    []bool   // by part: it is one of these
	skips     bool     // a match begins with one of the bytes in first, whatever stands before them
	first     [256]bool

	class   [256]uint8
	newline uint8   // class of a newline that ends the text
	end     uint8   // class of the end of the text
	stop    uint8   // class of nothing: from here on no match begins
	left    []uint8 // by class: which left sides it is in
	sides   uint8   // how many left sides there are, at most maxLooks
	edge    uint8   // those that the start of the text is in
	members members
	stride  uint32 // entries of a state's row in the table

	states atomic.Pointer[states]
}

// maxClasses bounds the classes of bytes: there are two more for the end of the text.
const maxClasses = 250

// Entries of the table that are no states.
const (
	unknown    = 0 // not computed yet; as a result: it cannot be
	dead       = 1 // no match any more
	matched    = 2
	firstState = 3 // and above: a state's row

	accepting = 1 << 31 // added to the row of a state, if several expressions are looked for: some have matched
)

// Match reports whether the expression matches within text[from:to], beginning at last or before, with the bytes around
// it as context. It is not ok if it gave up.
func (a *Automaton) Match(text string, from, last, to int) (found, ok bool) {
	before := a.edge
	if from > 0 {
		if a.anchored {
			return false, true
		}
		before = a.left[a.class[text[from-1]]]
	}
	end := len(text) // of what a class of bytes of its own does not stand for
	if end > 0 && text[end-1] == '\n' {
		end--
	}
	run := run{a: a, states: a.states.Load()}
	state := run.begin(before)
	if a.skips {
		run.rest = state
	}
	at := from
	if limit := min(to, end); at < limit {
		if last < limit && !a.anchored {
			if state = run.walk(state, text, at, last); state >= firstState {
				state = run.next(state, a.stop, last)
			}
			at = last
		}
		if state >= firstState {
			state = run.walk(state, text, at, limit)
			at = limit
		}
	}
	// One more, so that what looks to the right sees what follows; at the end of the text there is a newline perhaps, and
	// the end itself.
	for ; state >= firstState; at++ {
		class := a.end
		switch {
		case at < end:
			class = a.class[text[at]]
		case at < len(text):
			class = a.newline
		}
		if state = run.next(state, class, at); at >= to && state != matched {
			break
		}
	}
	return state == matched, state != unknown
}

// walk follows text[from:to] from a state, and stops early when there is no state any more.
func (r *run) walk(state uint32, text string, from, to int) uint32 {
	if from >= to {
		return state
	}
	class := &r.a.class
	table := *r.states.table.Load()
	bytes := text[from:to]
	for i := 0; i < len(bytes); i++ {
		if state == r.rest && r.rest != 0 {
			for i < len(bytes) && !r.a.first[bytes[i]] {
				i++
			}
			if i == len(bytes) {
				break
			}
		}
		next := atomic.LoadUint32(&table[state+uint32(class[bytes[i]])])
		if next < firstState {
			if next == unknown {
				next = r.step(state, class[bytes[i]], from+i)
				table = *r.states.table.Load()
			}
			if next < firstState {
				return next
			}
		}
		state = next
	}
	return state
}

// next follows one class.
func (r *run) next(state uint32, class uint8, at int) uint32 {
	if next := atomic.LoadUint32(&(*r.states.table.Load())[state+uint32(class)]); next != unknown {
		return next
	}
	return r.step(state, class, at)
}
