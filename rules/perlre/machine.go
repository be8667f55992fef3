package perlre

import (
	"strings"
	"time"
)

// machine runs a backtracker's program on a text.
type machine struct {
	*backtracker
	text  string
	slots []int32
	stack []frame

	end    int // of the match
	there  int // where look-behind must end
	limit  int // how far bytes may be taken: up to there, or to the end of the text
	refuse int // an empty match here does not count; -1 if there is no such place

	steps    int
	deadline time.Time
	late     bool // the time limit was reached
}

// frame is something to go back to: another way to go on, or the old value of a slot.
type frame struct {
	pc  int32 // where to go on; of a slot, ^slot
	pos int32 // where in the text; the slot's old value
	low int32 // opRun: how far it may give back, or, if lazy, how far it may go; else noRun
}

const noRun = -1

// start returns a machine for a text.
func (b *backtracker) start(text string) machine {
	m := machine{backtracker: b, text: text, limit: len(text), refuse: -1, slots: make([]int32, b.slots),
		stack: make([]frame, 0, 32)}
	m.forget()
	return m
}

// forget clears all groups.
func (m *machine) forget() {
	for i := range m.slots {
		m.slots[i] = -1
	}
}

// find looks for the first match that begins at a byte from from to last.
func (m *machine) find(from, last int) (start int, found bool) {
	for at := from; at <= min(last, len(m.text)); at++ {
		if m.anchored && at > 0 {
			return 0, false
		}
		if m.byLine && at > 0 && m.text[at-1] != '\n' {
			line := strings.IndexByte(m.text[at:], '\n')
			if line < 0 {
				return 0, false
			}
			at += line // the next round begins behind it
			continue
		}
		if m.first != nil {
			for at < len(m.text) && !m.first.has(m.text[at]) {
				at++
			}
			if at > last || at == len(m.text) {
				return 0, false
			}
		}
		if m.run(0, at, at) {
			return at, true
		}
		if m.late {
			return 0, false
		}
	}
	return 0, false
}

// set changes a slot, so that going back undoes it.
func (m *machine) set(slot, value int32) {
	m.stack = append(m.stack, frame{^slot, m.slots[slot], noRun})
	m.slots[slot] = value
}

// checkSteps is after how many steps the clock is looked at.
const checkSteps = 1 << 12

// tired counts a step, and reports whether the time is over.
func (m *machine) tired() bool {
	if m.steps++; m.steps < checkSteps {
		return m.late
	}
	m.steps = 0
	now := time.Now()
	if m.deadline.IsZero() {
		m.deadline = now.Add(TimeLimit)
	}
	m.late = m.late || now.After(m.deadline)
	return m.late
}

// run goes on at an instruction and a place in the text, until the program or the part of it that begins there has
// matched up to m.end. Frames that it leaves on the stack are the ways it did not try. The match began at start.
func (m *machine) run(pc, pos, start int) bool {
	base := len(m.stack)
	for {
		if m.tired() {
			return false
		}
		in := &m.code[pc]
		ok := false
		switch in.op {
		case opSet:
			if ok = pos < m.limit && m.sets[in.set].has(m.text[pos]); ok {
				pos++
			}
		case opRun:
			pos, ok = m.takeRun(in, pc, pos)
		case opSplit:
			m.stack = append(m.stack, frame{in.y, int32(pos), noRun})
			pc = int(in.x)
			continue
		case opJump:
			pc = int(in.x)
			continue
		case opOpen:
			m.set(perGroup*in.x+slotOpen, int32(pos))
			ok = true
		case opClose:
			m.set(perGroup*in.x+slotStart, m.slots[perGroup*in.x+slotOpen])
			m.set(perGroup*in.x+slotEnd, int32(pos))
			ok = true
		case opPlace:
			ok = isPlace(m.text, pos, in.assert)
		case opBackref:
			pos, ok = m.again(in, pos)
		case opIf:
			if ok = true; m.slots[perGroup*in.x+slotEnd] < 0 {
				pc = int(in.y)
				continue
			}
		case opLook:
			if m.look(in, pc+1, pos, start) {
				pc = int(in.y)
				continue
			}
		case opAtomic:
			height := len(m.stack)
			if m.run(pc+1, pos, start) {
				m.keepSlots(height)
				pc, pos = int(in.y), m.end
				continue
			}
		case opRepeat:
			m.set(in.x, 0)
			m.set(in.x+1, -1)
			ok = true
		case opAgain:
			next := int32(pc + 1)
			switch times := m.slots[in.x]; {
			case times < in.min:
			case in.max != infinite && times >= in.max, m.slots[in.x+1] == int32(pos): // nothing was matched: for ever
				next = in.y
			case in.mode == lazy:
				m.stack = append(m.stack, frame{next, int32(pos), noRun})
				next = in.y
			default:
				m.stack = append(m.stack, frame{in.y, int32(pos), noRun})
			}
			pc = int(next)
			continue
		case opEnter:
			m.set(in.x, m.slots[in.x]+1)
			m.set(in.x+1, int32(pos))
			ok = true
		case opEnd:
			m.end = pos
			return true
		case opEndThere:
			if pos == m.there {
				m.end = pos
				return true
			}
		case opMatch:
			if pos != start || pos != m.refuse {
				m.end = pos
				return true
			}
		}
		if ok {
			pc++
			continue
		}
		if pc, pos, ok = m.back(base); !ok {
			return false
		}
	}
}

// back takes the last untried way, and undoes the steps since.
func (m *machine) back(base int) (pc, pos int, ok bool) {
	for len(m.stack) > base {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		switch {
		case f.pc < 0:
			m.slots[^f.pc] = f.pos
		case f.low == noRun:
			return int(f.pc), int(f.pos), true
		default:
			if pos, ok := m.resume(int(f.pc), int(f.pos), int(f.low)); ok {
				return int(f.pc) + 1, pos, true
			}
		}
	}
	return 0, 0, false
}

// keepSlots drops the ways to go on above a height of the stack, not what undoes changes of slots.
func (m *machine) keepSlots(height int) {
	kept := m.stack[:height]
	for _, f := range m.stack[height:] {
		if f.pc < 0 {
			kept = append(kept, f)
		}
	}
	m.stack = kept
}

// look reports whether look-around, whose program begins at pc, allows a place.
func (m *machine) look(in *inst, pc, pos, start int) bool {
	height := len(m.stack)
	found := false
	there, limit := m.there, m.limit
	if in.behind {
		m.there, m.limit = pos, pos
		widest := pos
		if in.max != infinite {
			widest = min(pos, int(in.max))
		}
		for width := int(in.min); width <= widest && !found && !m.late; width++ {
			found = m.run(pc, pos-width, start)
		}
	} else {
		m.limit = len(m.text)
		found = m.run(pc, pos, start)
	}
	m.there, m.limit = there, limit
	switch {
	case m.late:
		return false
	case found && in.negative:
		for len(m.stack) > height { // as if it had never been
			f := m.stack[len(m.stack)-1]
			m.stack = m.stack[:len(m.stack)-1]
			if f.pc < 0 {
				m.slots[^f.pc] = f.pos
			}
		}
	case found:
		m.keepSlots(height)
	}
	return found != in.negative
}

// again matches the text of a group.
func (m *machine) again(in *inst, pos int) (int, bool) {
	from, to := m.slots[perGroup*in.x+slotStart], m.slots[perGroup*in.x+slotEnd]
	if to < 0 {
		return pos, false
	}
	group := m.text[from:to]
	if pos+len(group) > m.limit {
		return pos, false
	}
	for i := range len(group) {
		a, b := group[i], m.text[pos+i]
		if a != b && !(in.fold && a|0x20 == b|0x20 && a|0x20 >= 'a' && a|0x20 <= 'z') {
			return pos, false
		}
	}
	return pos + len(group), true
}

// isPlace reports whether an assertion holds at a place in the text.
func isPlace(text string, pos int, a assert) bool {
	switch a {
	case textStart:
		return pos == 0
	case textEnd:
		return pos == len(text)
	case textEndLine:
		return pos == len(text) || pos == len(text)-1 && text[pos] == '\n'
	case lineStart:
		return pos == 0 || text[pos-1] == '\n'
	case lineEnd:
		return pos == len(text) || text[pos] == '\n'
	}
	before := pos > 0 && isWord(text[pos-1])
	behind := pos < len(text) && isWord(text[pos])
	return (before != behind) == (a == wordEdge)
}
