package perlre

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
)

// Filter tells in one pass over a text which of some expressions may match it. It names all that do, and few others; each
// must still be tried by itself. It is a deterministic automaton whose states are made when a text first leads to them
// (K. Thompson, "Regular expression search algorithm", 1968). It may be used concurrently.
type Filter struct {
	program *union
	class   [256]uint8 // bytes that no expression tells apart have the same
	classes int
	limit   int        // of states
	mutex   sync.Mutex // guards what makes new states
	closure *closure
	key     []byte
	cache   atomic.Pointer[dfaCache]
}

// dfaCache is the states made so far.
type dfaCache struct {
	states map[string]*dfaState
	start  *dfaState
}

type dfaState struct {
	next   []atomic.Pointer[dfaState] // by class; nil is not known yet
	accept []int32                    // expressions that match here
	nfa    []int32
}

// NewFilter returns a filter of expressions, which it knows by their places in the list. It keeps up to limit states, a
// few hundred bytes each; a text that leads to more makes it forget them all and begin anew.
func NewFilter(expressions []*Regexp, limit int) *Filter {
	roots := make([]*node, len(expressions))
	for i, re := range expressions {
		roots[i] = re.root
	}
	f := &Filter{program: newUnion(roots), limit: limit}
	f.classify()
	f.closure = newClosure(f.program)
	f.reset()
	return f
}

// classify numbers the classes of bytes that the expressions tell apart.
func (f *Filter) classify() {
	seen := map[set]bool{}
	var sets []set
	for _, s := range f.program.states {
		if s.accept < 0 && !seen[s.set] {
			seen[s.set] = true
			sets = append(sets, s.set)
		}
	}
	known := map[string]uint8{}
	key := make([]byte, (len(sets)+7)/8)
	for c := range 256 {
		clear(key)
		for i := range sets {
			if sets[i].has(byte(c)) {
				key[i/8] |= 1 << (i % 8)
			}
		}
		n, ok := known[string(key)]
		if !ok {
			n = uint8(len(known))
			known[string(key)] = n
		}
		f.class[c] = n
	}
	f.classes = len(known)
}

func (f *Filter) reset() {
	c := &dfaCache{states: map[string]*dfaState{}}
	f.closure.begin()
	for _, n := range slices.Concat(f.program.anchored, f.program.floating) {
		f.closure.add(n)
	}
	c.start = f.state(c)
	f.cache.Store(c)
}

// state returns the deterministic state for the set of others that the closure holds.
func (f *Filter) state(c *dfaCache) *dfaState {
	nfa := f.closure.states
	slices.Sort(nfa)
	f.key = f.key[:0]
	for _, n := range nfa {
		f.key = binary.LittleEndian.AppendUint32(f.key, uint32(n))
	}
	if s := c.states[string(f.key)]; s != nil {
		return s
	}
	s := &dfaState{next: make([]atomic.Pointer[dfaState], f.classes)}
	for _, n := range nfa {
		if a := f.program.states[n].accept; a >= 0 {
			s.accept = append(s.accept, a)
		} else {
			s.nfa = append(s.nfa, n)
		}
	}
	c.states[string(f.key)] = s
	return s
}

// step makes the state that follows s by a byte.
func (f *Filter) step(c *dfaCache, s *dfaState, by byte) (*dfaCache, *dfaState) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if n := s.next[f.class[by]].Load(); n != nil {
		return c, n
	}
	if len(c.states) >= f.limit {
		f.reset()
		c = f.cache.Load()
	}
	f.closure.begin()
	for _, n := range s.nfa {
		if st := &f.program.states[n]; st.set.has(by) {
			f.closure.add(st.next)
		}
	}
	for _, n := range f.program.floating {
		f.closure.add(n)
	}
	next := f.state(c)
	s.next[f.class[by]].Store(next)
	return c, next
}

// Scan calls may with the numbers of the expressions that may match the text, some perhaps more than once. It ends when
// may returns false.
func (f *Filter) Scan(text string, may func(numbers []int32) bool) {
	c := f.cache.Load()
	s := c.start
	if len(s.accept) > 0 && !may(s.accept) {
		return
	}
	for i := 0; i < len(text); i++ {
		next := s.next[f.class[text[i]]].Load()
		if next == nil {
			c, next = f.step(c, s, text[i])
		}
		if s = next; len(s.accept) > 0 && !may(s.accept) {
			return
		}
	}
}

// May says whether any of the expressions may match the text.
func (f *Filter) May(text string) bool {
	found := false
	f.Scan(text, func([]int32) bool {
		found = true
		return false
	})
	return found
}
