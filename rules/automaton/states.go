package automaton

import (
	"slices"
	"sync"
	"sync/atomic"
)

const (
	firstRows  = 8       // states that a new table has room for
	maxEntries = 1 << 18 // of a table
	maxContent = 1 << 18 // of the sets of its states, all together
	patience   = 8       // bytes that a state must have been good for when the table is full
)

// states are the deterministic states that are known. The table only grows: those who hold an older one of it see
// fewer known entries. When it is full, an empty one takes its place. There are tens of thousands of states in a
// program: nothing that is kept of one has pointers, which the garbage collector would follow again and again.
type states struct {
	table atomic.Pointer[[]uint32] // a row of Automaton.stride entries for each state; the first is unused

	begin []uint32 // rows of the states that texts begin in, by the left sides that the text before is in

	known atomic.Pointer[setList] // the sets, for those who do not hold mu; of several expressions only

	mu sync.Mutex
	setList
	index []uint32 // numbers of sets, each at its hash or, where that is taken, at the next free place; 0 is free

	now, next *list // scratch
	accepts   []uint16
	parts     []uint16
}

// stateSet is what a deterministic state stands for. Those in which a match may begin, nearly all, have the parts
// that a match begins with as well; they are not listed.
type stateSet struct {
	at      uint32 // where in content it begins
	hash    uint32
	parts   uint16 // how many there are; bytes and places only
	accepts uint16 // how many follow: of several expressions, the numbers of those that have matched; sorted
	left    uint8  // the left sides that the byte before is in, if a place among parts asks for it
	last    bool   // no match begins behind this state
}

// setList is what the states stand for, by their numbers. What is there never changes; more is added behind it.
type setList struct {
	sets    []stateSet
	content []uint16 // of all sets, one after the other
}

func (l *setList) partsOf(set *stateSet) []uint16 { return l.content[set.at:][:set.parts] }

func (l *setList) acceptsOf(set *stateSet) []uint16 {
	return l.content[set.at:][set.parts:][:set.accepts]
}

// list is a set of parts.
type list struct {
	members []uint16
	in      []bool
}

// newList returns an empty set of so many parts at most.
func newList(parts int) *list { return &list{in: make([]bool, parts)} }

func (l *list) add(i uint16) {
	if !l.in[i] {
		l.in[i] = true
		l.members = append(l.members, i)
	}
}

func (l *list) clear() {
	for _, i := range l.members {
		l.in[i] = false
	}
	l.members = l.members[:0]
}

// reset puts an empty table in place of old, unless another goroutine has done so.
func (a *Automaton) reset(old *states) *states {
	st := &states{begin: make([]uint32, 1<<a.sides), index: make([]uint32, 2*firstRows)}
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
		st.next.add(r.a.start)
		st.next.spread(r.a)
	}
	row := st.state(r.a, left, false, true)
	atomic.StoreUint32(&st.begin[left], row)
	return row
}

// prepare makes the scratch.
func (st *states) prepare(parts int) {
	if st.now == nil {
		st.now, st.next = newList(parts), newList(parts)
	}
}

// spread adds the parts that follow those of a set without taking a byte or looking at its sides.
func (l *list) spread(a *Automaton) {
	for k := 0; k < len(l.members); k++ {
		if p := &a.parts[l.members[k]]; p.op == opSplit {
			l.add(p.out)
			l.add(p.other)
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

// follow computes the state behind a byte of a class. It is unknown if there is no room for it; st.next is the
// state's set.
func (st *states) follow(a *Automaton, from *stateSet, class uint8) uint32 {
	st.accepts = st.accepts[:0]
	begins := !a.anchored && !from.last // a match may begin here
	if class == a.stop {
		st.next.clear()
		for _, i := range st.partsOf(from) {
			st.next.add(i)
		}
		if begins {
			st.addBeginning(a, st.next)
		}
		return st.state(a, from.left, true, false)
	}
	st.now.clear()
	for _, i := range st.partsOf(from) {
		st.now.add(i)
	}
	if begins {
		st.addBeginning(a, st.now)
	}
	// Places of which both sides are known now. What they lead to may be places again.
	for k := 0; k < len(st.now.members); k++ {
		switch p := &a.parts[st.now.members[k]]; p.op {
		case opMatch:
			if !a.many {
				return matched
			}
			st.accepts = append(st.accepts, p.set)
		case opLook:
			if (p.look == 0 || from.left&p.look != 0) && *a.members.right(class, p.set) {
				st.now.add(p.out)
			}
		case opSplit:
			st.now.add(p.out)
			st.now.add(p.other)
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
			st.next.add(p.out)
		}
	}
	st.next.spread(a)
	if st.next.in[Match] && !a.many {
		return matched
	}
	if len(st.next.members) == 0 && len(st.accepts) == 0 && (!begins || len(a.beginning) == 0) {
		return dead
	}
	return st.state(a, a.left[class], from.last, false)
}

// addBeginning adds the parts that a match begins with. Those that end an expression are among a state's accepts
// already.
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
	slices.Sort(st.accepts)
	st.accepts = slices.Compact(st.accepts)
	set := stateSet{uint32(len(st.content)), 0, uint16(len(st.parts)), uint16(len(st.accepts)), left & asked, last}
	set.hash = st.hash(&set)
	number, free := st.find(&set)
	if number == 0 {
		number = uint32(len(st.sets))
		if ((number+1)*a.stride > maxEntries || len(st.content) > maxContent) && !must {
			return unknown
		}
		st.makeRoom(int((number + 1) * a.stride))
		st.sets = append(st.sets, set)
		st.content = append(append(st.content, st.parts...), st.accepts...)
		if a.many { // before anybody is told the number
			known := st.setList
			st.known.Store(&known)
		}
		st.index[free] = number
		if 2*len(st.sets) > len(st.index) {
			st.reindex()
		}
	}
	if set.accepts > 0 {
		return number*a.stride | accepting
	}
	return number * a.stride
}

// hash returns the hash of a set of st.parts and st.accepts, whatever the order of the parts.
func (st *states) hash(set *stateSet) uint32 {
	sum := uint32(set.left)
	if set.last {
		sum += 1 << 8
	}
	for _, n := range st.accepts {
		sum = (sum + uint32(n)) * hashFactor
	}
	for _, i := range st.parts {
		h := (uint32(i) + 1) * hashFactor
		sum += (h ^ h>>15) * hashFactor
	}
	return sum ^ sum>>15
}

// hashFactor is odd, and its bits are as irregular as those of the golden ratio, which it is of 2 to the power of 32.
const hashFactor = 0x9E3779B1

// find returns the number of the set that there is of st.next and st.accepts, or 0 and the place in the index that it
// is to have.
func (st *states) find(set *stateSet) (number uint32, free int) {
	mask := uint32(len(st.index) - 1)
	for at := set.hash & mask; ; at = (at + 1) & mask {
		number := st.index[at]
		if number == 0 {
			return 0, int(at)
		}
		if s := &st.sets[number]; s.hash == set.hash && s.left == set.left && s.last == set.last && s.parts == set.parts &&
			slices.Equal(st.acceptsOf(s), st.accepts) && !slices.ContainsFunc(st.partsOf(s),
			func(i uint16) bool { return !st.next.in[i] }) {
			return number, 0
		}
	}
}

// reindex makes an index that is twice as large.
func (st *states) reindex() {
	st.index = make([]uint32, 2*len(st.index))
	mask := uint32(len(st.index) - 1)
	for number := 1; number < len(st.sets); number++ {
		at := st.sets[number].hash & mask
		for st.index[at] != 0 {
			at = (at + 1) & mask
		}
		st.index[at] = uint32(number)
	}
}

// makeRoom makes the table large enough for some entries, by half at a time: most tables stay as they are for good
// soon.
func (st *states) makeRoom(entries int) {
	table := *st.table.Load()
	if entries <= len(table) {
		return
	}
	larger := make([]uint32, max(len(table)*3/2, entries))
	copy(larger, table)
	st.table.Store(&larger)
}
