package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// scoreFile is a file of score lines, some of them bounded.
type scoreFile struct {
	name   string
	lines  []string
	index  map[string]int // rule -> its place in bounds
	line   []int          // its line
	bounds []Bound
	places [][]string // its line's parts
}

// bounded is "score NAME VALUES # MIN MAX START", VALUES being one for all score sets or four.
var bounded = regexp.MustCompile(`^(score\s+)(\S+)(\s+)(-?[\d.]+(?:\s+-?[\d.]+){0,3}?)(\s*# )(-?[\d.]+) (-?[\d.]+) ` +
	`(-?[\d.]+)$`)

func readScores(name string) (*scoreFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &scoreFile{name: name, lines: strings.Split(string(text), "\n"), index: map[string]int{}}
	for n, line := range f.lines {
		p := bounded.FindStringSubmatch(line)
		if p == nil {
			continue
		}
		var v [3]float64
		for i, k := range []int{8, 6, 7} {
			if v[i], err = strconv.ParseFloat(p[k], 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
			}
		}
		if v[1] > v[2] {
			return nil, fmt.Errorf("%s:%d: bounds in the wrong order", name, n+1)
		}
		f.index[p[2]] = len(f.bounds)
		f.bounds = append(f.bounds, Bound{Start: v[0], Min: v[1], Max: v[2]})
		f.line = append(f.line, n)
		f.places = append(f.places, p)
	}
	return f, nil
}

// bound returns the bounds of a rule, or its score alone where that is not fitted.
func (f *scoreFile) bound(name string, score float64) Bound {
	if r, ok := f.index[name]; ok {
		return f.bounds[r]
	}
	return Bound{score, score, score}
}

// write replaces the values of the bounded lines of rules that hit.
func (f *scoreFile) write(names []string, scores []float64) error {
	for i, name := range names {
		r, ok := f.index[name]
		if !ok {
			continue
		}
		p := f.places[r]
		f.lines[f.line[r]] = fmt.Sprintf("%s%s%s%-6.2f# %s %s %s", p[1], p[2], p[3], scores[i], p[6], p[7], p[8])
	}
	return os.WriteFile(f.name, []byte(strings.Join(f.lines, "\n")), 0o666)
}
