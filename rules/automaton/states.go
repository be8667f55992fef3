package automaton

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"
)

const (
	firstRows  = 8       // states that a new table has room for
	maxEntries = 1 << 18 // of a table
	maxContent = 1 << 18 // of the sets of its states, all together
	patience   = 8       // bytes that a state must have been good for when the table is full
)

// states are the deterministic states that are known. The table only grows: those who hold an older one of it see fewer
// known entries. When it is full, an empty one takes its place. There are tens of thousands of states in a program: nothing
// that is kept of one has pointers, which the garbage collector would follow again and again.
type states struct {
	table atomic.Pointer[[]uint32] // a row of Automaton.stride entries for each state; the first is unused

	begin []uint32 // rows of the states that texts begin in, by the left sides that what stands before is in

	mu      sync.Mutex
	sets    []stateSet
	content []uint16          // of all sets, one after the other
	index   map[uint64]uint32 // row of each state, by a hash of its set, or where that is taken by the next free number

	now, next list // scratch
	accepts   []uint16
	parts     []uint16
	stack     []uint16
	key       []byte
}

// stateSet is what a deterministic state stands for. Those in which a match may begin, nearly all, have the parts that a
// match begins with as well; they are not listed.
type stateSet struct {
	at      uint32 // where in content it begins
	parts   uint16 // how many there are, sorted; bytes and places only
	accepts uint16 // how many follow: of several expressions, the numbers of those that have matched; sorted
	left    uint8  // the left sides that the byte before is in, if a place among parts asks for it
	last    bool   // no match begins behind this state
}

func (st *states) partsOf(s *stateSet) []uint16 { return st.content[s.at:][:s.parts] }

func (st *states) acceptsOf(s *stateSet) []uint16 { return st.content[s.at:][s.parts:][:s.accepts] }

// list is a set of parts.
type list struct {
	members []uint16
	in      []bool
}

func (l *list) add(i uint16) bool {
	if l.in[i] {
		return false
	}
	l.in[i] = true
	l.members = append(l.members, i)
	return true
}

func (l *list) clear() {
	for _, i := range l.members {
		l.in[i] = false
	}
	l.members = l.members[:0]
}

// reset puts an empty table in place of old, unless another goroutine has done so.
func (a *Automaton) reset(old *states) *states {
	st := &states{begin: make([]uint32, 1<<a.sides), index: map[uint64]uint32{}}
	st.sets = make([]stateSet, 1, firstRows)
	table := make([]uint32, firstRows*a.stride)
	st.table.Store(&table)
	if !a.states.CompareAndSwap(old, st) {
		return a.states.Load()
	}
	return st
}

// run is one match under way.
type run struct {
	a       *Automaton
	states  *states
	rest    uint32 // state in which nothing of a match was seen, if bytes that begin none may be skipped in it; else 0
	resetAt int    // byte at which it started over
	resets  int
}

// begin returns the state at the start of a text, or behind a byte that is in some left sides.
func (r *run) begin(left uint8) uint32 {
	st := r.states
	if row := atomic.LoadUint32(&st.begin[left]); row != 0 {
		return row
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prepare(len(r.a.parts))
	st.accepts = st.accepts[:0]
	st.next.clear()
	if r.a.anchored {
		st.close(r.a, &st.next, r.a.start)
	}
	row := st.state(r.a, left, false, true)
	atomic.StoreUint32(&st.begin[left], row)
	return row
}

// prepare makes the scratch.
func (st *states) prepare(parts int) {
	if st.now.in == nil {
		st.now.in, st.next.in = make([]bool, parts), make([]bool, parts)
	}
}

// close adds a part to a set, and those that follow it without taking a byte or looking at its sides.
func (st *states) close(a *Automaton, to *list, i uint16) {
	st.stack = append(st.stack[:0], i)
	for len(st.stack) > 0 {
		i := st.stack[len(st.stack)-1]
		st.stack = st.stack[:len(st.stack)-1]
		if !to.add(i) {
			continue
		}
		if p := &a.parts[i]; p.op == opSplit {
			st.stack = append(st.stack, p.other, p.out)
		}
	}
}

// step computes where a class of bytes leads from a state, at a byte of the text; to unknown if it has to give up.
func (r *run) step(row uint32, class uint8, at int) uint32 {
	a, st := r.a, r.states
	st.mu.Lock()
	defer st.mu.Unlock()
	table := *st.table.Load()
	if next := table[row+uint32(class)]; next != unknown { // another goroutine was faster
		return next
	}
	st.prepare(len(a.parts))
	from := st.sets[row/a.stride]
	next := st.follow(a, &from, class)
	if next != unknown {
		atomic.StoreUint32(&(*st.table.Load())[row+uint32(class)], next)
		return next
	}
	// The table is full: begin another one with this state, unless that happens all the time.
	if r.resets > 0 && at-r.resetAt < patience*len(st.sets) {
		return unknown
	}
	r.resets, r.resetAt = r.resets+1, at
	old := st
	r.states, r.rest = a.reset(old), 0
	if class == a.stop {
		return r.adopt(old, from.left, true)
	}
	return r.adopt(old, a.left[class], from.last)
}

// adopt puts the set that old has just computed into the new table.
func (r *run) adopt(old *states, left uint8, last bool) uint32 {
	st := r.states
	st.mu.Lock()
	defer st.mu.Unlock()
	st.prepare(len(r.a.parts))
	st.next.clear()
	for _, i := range old.next.members {
		st.next.add(i)
	}
	st.accepts = append(st.accepts[:0], old.accepts...)
	return st.state(r.a, left, last, true)
}

// follow computes the state behind a byte of a class. It is unknown if there is no room for it; st.next is the state's set.
func (st *states) follow(a *Automaton, from *stateSet, class uint8) uint32 {
	st.accepts = st.accepts[:0]
	begins := !a.anchored && !from.last // a match may begin here
	if class == a.stop {
		st.next.clear()
		for _, i := range st.partsOf(from) {
			st.next.add(i)
		}
		if begins {
			st.addBeginning(a, &st.next)
		}
		return st.state(a, from.left, true, false)
	}
	st.now.clear()
	for _, i := range st.partsOf(from) {
		st.now.add(i)
	}
	if begins {
		st.addBeginning(a, &st.now)
	}
	// Places of which both sides are known now. What they lead to may be places again.
	for k := 0; k < len(st.now.members); k++ {
		p := &a.parts[st.now.members[k]]
		if p.op == opMatch {
			if !a.many {
				return matched
			}
			st.accepts = append(st.accepts, p.set)
		}
		if p.op == opLook && (p.look == 0 || from.left&p.look != 0) && *a.members.right(class, p.set) {
			st.close(a, &st.now, p.out)
		}
	}
	st.next.clear()
	if class == a.end {
		if len(st.accepts) == 0 {
			return dead
		}
		return st.state(a, 0, true, false)
	}
	for _, i := range st.now.members {
		if p := &a.parts[i]; p.op == opByte && *a.members.set(class, p.set) {
			st.close(a, &st.next, p.out)
		}
	}
	if st.next.in[Match] && !a.many {
		return matched
	}
	if len(st.next.members) == 0 && len(st.accepts) == 0 && (!begins || len(a.beginning) == 0) {
		return dead
	}
	return st.state(a, a.left[class], from.last, false)
}

// addBeginning adds the parts that a match begins with. Those that end an expression are among a state's accepts already.
func (st *states) addBeginning(a *Automaton, to *list) {
	for _, i := range a.beginning {
		if !a.many || a.parts[i].op != opMatch {
			to.add(i)
		}
	}
}

// state returns the row of the state that st.next stands for, a new one if need be. It is unknown if the table is full,
// unless there must be one.
func (st *states) state(a *Automaton, left uint8, last, must bool) uint32 {
	begins := !a.anchored && !last
	asked := uint8(0)
	if begins {
		for _, i := range a.beginning {
			switch p := &a.parts[i]; {
			case p.op == opLook:
				asked |= p.asks
			case p.op == opMatch && a.many:
				st.accepts = append(st.accepts, p.set)
			}
		}
	}
	st.parts = st.parts[:0]
	for _, i := range st.next.members {
		switch p := &a.parts[i]; p.op {
		case opSplit:
			continue
		case opMatch:
			if a.many {
				st.accepts = append(st.accepts, p.set)
				continue
			}
		case opLook:
			asked |= p.asks
		}
		if !begins || !a.begins[i] {
			st.parts = append(st.parts, i)
		}
	}
	slices.Sort(st.parts)
	slices.Sort(st.accepts)
	st.accepts = slices.Compact(st.accepts)
	left &= asked
	hash, row := st.find(a, left, last)
	if row != 0 {
		return row
	}
	row = uint32(len(st.sets)) * a.stride
	if (row+a.stride > maxEntries || len(st.content) > maxContent) && !must {
		return unknown
	}
	st.makeRoom(int(row + a.stride))
	st.sets = append(st.sets, stateSet{uint32(len(st.content)), uint16(len(st.parts)), uint16(len(st.accepts)), left, last})
	st.content = append(append(st.content, st.parts...), st.accepts...)
	if len(st.accepts) > 0 {
		row |= accepting
	}
	st.index[hash] = row
	return row
}

// find returns the row of the state that st.parts and st.accepts describe, or 0 and the place in the index that it is to have.
func (st *states) find(a *Automaton, left uint8, last bool) (hash uint64, row uint32) {
	st.key = append(st.key[:0], left, 0)
	if last {
		st.key[1] = 1
	}
	for _, i := range st.parts {
		st.key = binary.LittleEndian.AppendUint16(st.key, i)
	}
	st.key = append(st.key, 0xff, 0xff)
	for _, n := range st.accepts {
		st.key = binary.LittleEndian.AppendUint16(st.key, n)
	}
	for hash = xxh3.Hash(st.key); ; hash++ {
		row, ok := st.index[hash]
		if !ok {
			return hash, 0
		}
		s := &st.sets[(row&^accepting)/a.stride]
		if s.left == left && s.last == last && slices.Equal(st.partsOf(s), st.parts) && slices.Equal(st.acceptsOf(s), st.accepts) {
			return hash, row
		}
	}
}

// makeRoom makes the table large enough for some entries, by half at a time: most tables stay as they are for good soon.
func (st *states) makeRoom(entries int) {
	table := *st.table.Load()
	if entries <= len(table) {
		return
	}
	larger := make([]uint32, max(len(table)*3/2, entries))
	copy(larger, table)
	st.table.Store(&larger)
}
