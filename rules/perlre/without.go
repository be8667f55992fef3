package perlre

// Without switches mechanisms off, to measure what each is worth (docs/regex.md, BenchmarkMechanisms of package rules).
// Set it before expressions are compiled and matched. The answers are the same.
var Without struct {
	Literals bool // the strings of which one is in every match
	Chains   bool // the sequences of byte classes that stand for literals
	Filter   bool // the automaton that expressions without literals and chains share
	Automata bool // the deterministic automata; backtracking decides
}
