package perlre

// kind is the kind of a node.
type kind uint8

const (
	empty       kind = iota // nothing: matches everywhere
	char                    // one byte of a set
	concat                  // subs one after the other
	alternate               // one of subs
	repeat                  // subs[0] from min to max times
	group                   // capture group of subs[0]
	atomicGroup             // subs[0] without going back into it
	lookAround              // assertion that subs[0] follows or precedes, or does not
	backref                 // what group index matched
	assertion               // place in the text: see assert
	condition               // subs[0] if group index matched, else subs[1]
)

// assert is a place in the text.
type assert byte

const (
	textStart   assert = 'A' // \A, and ^ without m
	textEnd     assert = 'z' // \z
	textEndLine assert = 'Z' // \Z, and $ without m: the end, or before a newline at the end
	lineStart   assert = '^' // ^ with m
	lineEnd     assert = '$' // $ with m
	wordEdge    assert = 'b'
	noWordEdge  assert = 'B'
)

// mode is how a repetition backtracks.
type mode uint8

const (
	greedy mode = iota
	lazy
	possessive
)

// infinite is the maximum of a repetition without one.
const infinite = -1

// node is a node of an expression's tree. Which fields have a meaning depends on its kind.
type node struct {
	kind     kind
	mode     mode
	assert   assert
	fold     bool
	negative bool
	behind   bool
	index    int // of a group
	set      set
	subs     []*node
	min, max int
}
