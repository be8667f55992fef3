// Package literal finds which of many strings occur in a text, in one pass over it: the automaton of Aho and Corasick
// ("Efficient string matching", 1975) as one table. ASCII letters match in both cases.
package literal

import "slices"

// Set is strings to look for, each standing for some numbers. It is immutable and may be used concurrently.
type Set struct {
	class  [256]uint8 // column of the table for a byte; 0 for all bytes that are in no string
	width  uint32     // columns
	next   []uint32   // rows are states; an entry is the next state's row times width, perhaps with found set
	output [][]int32  // numbers of the strings that end in a state
}

// found marks an entry of the table whose state has an output.
const found = 1 << 31

// New returns a Set; numbers[i] are the numbers that strings[i], in lower case, stands for.
func New(strings []string, numbers [][]int32) *Set {
	s := &Set{width: 1}
	for _, str := range strings {
		for i := 0; i < len(str); i++ {
			if c := str[i]; s.class[c] == 0 {
				s.class[c] = uint8(s.width)
				s.width++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		s.class[c] = s.class[c|0x20]
	}
	s.build(strings, numbers)
	return s
}

// build makes the trie of the strings, then fills in where to go on a mismatch, level by level.
func (s *Set) build(strings []string, numbers [][]int32) {
	children := make([]uint32, s.width) // 0 is none: nothing leads back to the root
	s.output = [][]int32{nil}
	for i, str := range strings {
		state := uint32(0)
		for j := 0; j < len(str); j++ {
			at := state*s.width + uint32(s.class[str[j]])
			if children[at] == 0 {
				children[at] = uint32(len(s.output))
				s.output = append(s.output, nil)
				children = append(children, make([]uint32, s.width)...)
			}
			state = children[at]
		}
		s.output[state] = append(s.output[state], numbers[i]...)
	}
	s.next = make([]uint32, len(children))
	fallback := make([]uint32, len(s.output))
	queue := make([]uint32, 0, len(s.output))
	queue = append(queue, 0)
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for c := range s.width {
			child := children[state*s.width+c]
			on := uint32(0) // where the fallback goes
			if state != 0 {
				on = s.next[fallback[state]*s.width+c]
			}
			if child == 0 {
				s.next[state*s.width+c] = on
				continue
			}
			s.next[state*s.width+c] = child
			fallback[child] = on
			s.output[child] = append(s.output[child], s.output[on]...)
			queue = append(queue, child)
		}
	}
	for i, state := range s.next {
		s.next[i] = state * s.width
		if len(s.output[state]) > 0 {
			s.next[i] |= found
		}
	}
	for i, numbers := range s.output {
		slices.Sort(numbers)
		s.output[i] = slices.Clip(slices.Compact(numbers))
	}
}

// Scan calls hit with the numbers of each string that occurs in text, as often as it does. The slice is the Set's own.
func (s *Set) Scan(text string, hit func(numbers []int32)) {
	if len(s.output) == 1 {
		return
	}
	state := uint32(0)
	for i := 0; i < len(text); i++ {
		state = s.next[state+uint32(s.class[text[i]])]
		if state&found != 0 {
			state &^= found
			hit(s.output[state/s.width])
		}
	}
}
