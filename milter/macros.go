package milter

import (
	"bytes"
	"slices"
	"strings"
)

// macros are what the MTA says beside its commands, by the command they came with: names and values that end in NUL
// each. What comes with a command holds until that command, or one before it, comes again.
type macros [len(macroCommands) + 1][]byte

// macroCommands are the commands whose macros outlive them, in the order of a mail's way. The macros of all others,
// the last of the stages, are gone when the command has been done.
const macroCommands = "CHMRTNE"

// maxMacros is the most data, in bytes, that comes with one command: as much as sendmail sends.
const maxMacros = 64 << 10

// stage returns the place of a command's macros.
func stage(cmd byte) int {
	if i := strings.IndexByte(macroCommands, cmd); i >= 0 {
		return i
	}
	return len(macroCommands)
}

// set notes the macros of the command that is coming.
func (m *macros) set(cmd byte, data []byte) {
	at := stage(cmd)
	m.forget(at)
	m[at] = append(m[at], data...)
}

// forget forgets the macros of a stage and those behind it.
func (m *macros) forget(from int) {
	for i := from; i < len(m); i++ {
		m[i] = m[i][:0]
	}
}

// Get returns the value of a macro as said last, the empty string for one that was not.
func (m *macros) Get(name string) string {
	for _, said := range slices.Backward(m[:]) {
		if value, ok := find(said, name); ok {
			return value
		}
	}
	return ""
}

// find looks a macro up in what was said with one command.
func find(said []byte, name string) (value string, ok bool) {
	for len(said) > 0 {
		var n, v []byte
		n, said, _ = bytes.Cut(said, []byte{0})
		v, said, _ = bytes.Cut(said, []byte{0})
		if string(n) == name {
			value, ok = string(v), true
		}
	}
	return value, ok
}
