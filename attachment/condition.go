package attachment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Condition is a rule's or a policy's condition on a file: all of its tests hold.
type Condition struct {
	text  string
	tests []func(*File) bool
}

// ParseCondition reads the tests of a condition:
//
//	ext=exe,scr       the extension is one of these
//	kind=zip,rar      the kind is one of these
//	in=zip,rar        one of the files that it is in is of one of these kinds
//	name=/EXPR/i      the name matches an expression of Go's syntax (RE2)
//	links             it links somewhere
//	wordless          it has next to no text
//	attached, inside  it is attached to the mail; it is inside an attached file
//	encrypted, …      it has this trait; see traitNames
//
// A test that begins with "!" must not hold.
func ParseCondition(words []string) (*Condition, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("needs a test such as ext=exe, kind=zip or encrypted")
	}
	c := &Condition{text: strings.Join(words, " ")}
	for _, w := range words {
		word, negated := strings.CutPrefix(w, "!")
		test, err := parseTest(word)
		if err != nil {
			return nil, err
		}
		if negated {
			positive := test
			test = func(f *File) bool { return !positive(f) }
		}
		c.tests = append(c.tests, test)
	}
	return c, nil
}

// fewLetters is up to how many octets of text a file counts as wordless.
const fewLetters = 60

func parseTest(word string) (func(*File) bool, error) {
	key, value, has := strings.Cut(word, "=")
	list := strings.Split(strings.ToLower(value), ",")
	switch {
	case has && key == "ext":
		for i, e := range list {
			list[i] = strings.TrimPrefix(e, ".")
		}
		return func(f *File) bool { return slices.Contains(list, Extension(f.Name)) }, nil
	case has && (key == "kind" || key == "in"):
		for _, k := range list {
			if !slices.Contains(kinds, Kind(k)) {
				return nil, fmt.Errorf("%q is not a kind of file: use one of %s", k, kindNames())
			}
		}
		if key == "in" {
			return func(f *File) bool { return f.isIn(list) }, nil
		}
		return func(f *File) bool { return slices.Contains(list, string(f.Kind)) }, nil
	case has && key == "name":
		re, err := nameExpression(value)
		if err != nil {
			return nil, err
		}
		return func(f *File) bool { return re.MatchString(f.Name) }, nil
	case word == "attached":
		return func(f *File) bool { return f.In == nil }, nil
	case word == "links":
		return func(f *File) bool { return len(f.Links) > 0 }, nil
	case word == "wordless":
		return func(f *File) bool { return len(strings.TrimSpace(f.Text)) < fewLetters }, nil
	case word == "inside":
		return func(f *File) bool { return f.In != nil }, nil
	}
	if t, ok := traitNamed(word); ok {
		return func(f *File) bool { return f.Traits.Has(t) }, nil
	}
	return nil, fmt.Errorf("%q is not a test of attachments: use ext=, kind=, in=, name=//, attached, inside, links, "+
		"wordless, %s", word,
		strings.Join(traitNames[:], ", "))
}

// nameExpression compiles an expression in slashes, with the letter i behind them or without.
func nameExpression(s string) (*regexp.Regexp, error) {
	body, fold := strings.CutSuffix(s, "i")
	if len(body) < 3 || body[0] != '/' || body[len(body)-1] != '/' {
		return nil, fmt.Errorf("%q is not an expression in slashes, such as name=/invoice/i", s)
	}
	body = body[1 : len(body)-1]
	if fold {
		body = "(?i)" + body
	}
	return regexp.Compile(body)
}

func (f *File) isIn(kinds []string) bool {
	for f = f.In; f != nil; f = f.In {
		if slices.Contains(kinds, string(f.Kind)) {
			return true
		}
	}
	return false
}

// String returns the condition as it was written.
func (c *Condition) String() string { return c.text }

// Match reports whether the condition holds for a file.
func (c *Condition) Match(f *File) bool {
	for _, test := range c.tests {
		if !test(f) {
			return false
		}
	}
	return true
}

// Find returns the first file for which a condition holds, nil if there is none.
func (c *Contents) Find(condition *Condition) *File {
	for _, f := range c.Files {
		if condition.Match(f) {
			return f
		}
	}
	return nil
}
