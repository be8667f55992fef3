package rules

import (
	"math"
	"strconv"

	"asterism/rules/perlre"
)

// number reads an argument, def if it is missing or "undef".
func number(args []string, i int, def float64) float64 {
	if i >= len(args) || args[i] == "undef" {
		return def
	}
	if args[i] == "inf" {
		return math.Inf(1)
	}
	n, err := strconv.ParseFloat(args[i], 64)
	if err != nil {
		return def
	}
	return n
}

// argument returns a function's numeric argument, or def if it has none.
func argument(args []string, i, def int) int {
	if i < len(args) {
		return atoi(args[i])
	}
	return def
}

// atoi returns 0 for a text that is not a number.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// itoa is strconv.Itoa.
func itoa(n int) string { return strconv.Itoa(n) }

// truth is the value of a function that hits at most once.
func truth(is bool) int {
	if is {
		return 1
	}
	return 0
}

// matcher is an expression given as an argument.
type matcher struct{ re *perlre.Regexp }

func (m matcher) find(s string) bool {
	if m.re == nil {
		return false
	}
	t := perlre.NewText(s)
	ok, err := m.re.Match(&t)
	return ok && err == nil
}

// pattern returns an expression between slashes that is an argument of a function.
func (s *Set) pattern(arg string) matcher { return s.shared.patterns[arg] }

// expression returns an expression that is an argument of a function.
func (s *Set) expression(arg string) matcher { return s.shared.expressions[arg] }
