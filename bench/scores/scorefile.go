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

// bounded is "score NAME VALUE # MIN MAX START".
var bounded = regexp.MustCompile(`^(score\s+)(\S+)(\s+)(-?[\d.]+)(\s*# )(-?[\d.]+) (-?[\d.]+) (-?[\d.]+)$`)

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

// samples returns the messages as the fit wants them.
func (f *scoreFile) samples(mails []*mail) []Sample {
	samples := make([]Sample, len(mails))
	for i, m := range mails {
		s := &samples[i]
		s.Spam = m.spam
		for _, h := range m.hits {
			if r, ok := f.index[h.Name]; ok {
				s.Rules = append(s.Rules, r)
			} else {
				s.Fixed += h.Score
			}
		}
	}
	return samples
}

func (f *scoreFile) write(scores []float64) error {
	for r, p := range f.places {
		f.lines[f.line[r]] = fmt.Sprintf("%s%s%s%.2f%s%s %s %s", p[1], p[2], p[3], scores[r], p[5], p[6], p[7], p[8])
	}
	return os.WriteFile(f.name, []byte(strings.Join(f.lines, "\n")), 0o666)
}
