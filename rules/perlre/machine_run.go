package perlre

// A run, the repetition of a class, is nearly all that expressions do where they go back. It is one instruction, and it
// looks at the byte that must follow before it goes on there.

// takeRun takes the bytes of opRun at a place, and returns where to go on.
func (m *machine) takeRun(in *inst, pc, pos int) (int, bool) {
	set, limit := &m.sets[in.set], m.limit
	if in.max != infinite {
		limit = min(limit, pos+int(in.max))
	}
	low := pos + int(in.min)
	if low > m.limit {
		return pos, false
	}
	if in.mode == lazy {
		for ; pos < low; pos++ {
			if !set.has(m.text[pos]) {
				return pos, false
			}
		}
		return m.extend(in, pc, pos, limit)
	}
	at := pos
	for at < limit && set.has(m.text[at]) {
		at++
	}
	m.steps += (at - pos) / stepBytes
	if at < low {
		return pos, false
	}
	if in.mode == possessive {
		return at, true
	}
	return m.giveBack(in, pc, at, low)
}

// stepBytes is how many bytes of a run count as one step.
const stepBytes = 16

// giveBack ends a greedy run at a place or before, not below low, where what follows may go on.
func (m *machine) giveBack(in *inst, pc, at, low int) (int, bool) {
	if in.next != 0 {
		next := &m.sets[in.next]
		from := at
		for at >= low && (at == m.limit || !next.has(m.text[at])) {
			at--
		}
		m.steps += (from - at) / stepBytes
	}
	if at < low {
		return at, false
	}
	if at > low {
		m.stack = append(m.stack, frame{int32(pc), int32(at), int32(low)})
	}
	return at, true
}

// extend ends a lazy run at a place or behind it, up to limit, where what follows may go on.
func (m *machine) extend(in *inst, pc, at, limit int) (int, bool) {
	set := &m.sets[in.set]
	if in.next != 0 {
		next := &m.sets[in.next]
		from := at
		for at == m.limit || !next.has(m.text[at]) {
			if at >= limit || !set.has(m.text[at]) {
				return at, false
			}
			at++
		}
		m.steps += (at - from) / stepBytes
	}
	if at < limit {
		m.stack = append(m.stack, frame{int32(pc), int32(at), int32(limit)})
	}
	return at, true
}

// resume goes on with a run that ended at a place before.
func (m *machine) resume(pc, at, bound int) (int, bool) {
	in := &m.code[pc]
	if in.mode == lazy {
		if !m.sets[in.set].has(m.text[at]) {
			return at, false
		}
		return m.extend(in, pc, at+1, bound)
	}
	return m.giveBack(in, pc, at-1, bound)
}
