package perlre

// Without switches mechanisms off, to measure the worth of each (docs/regex.md, BenchmarkMechanisms of package rules).
// Set it before expressions are compiled and matched. The answers are the same.
var Without struct {
	Literals bool // strings with at least one in every match
	Chains   bool // the sequences of byte classes that stand for literals
	Filter   bool // the automaton that expressions without literals and chains share
	Automata bool // the deterministic automata; backtracking decides
}
