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
var bounded = regexp.MustCompile(`^(score\s+)(\S+)(\s+)(-?[\d.]+(?:\s+-?[\d.]+){0,3}?)(\s*# )(-?[\d.]+) (-?[\d.]+) (-?[\d.]+)$`)

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

// sample returns a message as the fit wants it, with the hits of the learner.
func (f *scoreFile) sample(m *mail, bayes []string) Sample {
	s := Sample{Spam: m.spam}
	for _, name := range bayes {
		if r, ok := f.index[name]; ok {
			s.Rules = append(s.Rules, r)
		}
	}
	for _, h := range m.hits {
		if r, ok := f.index[h.Name]; ok {
			s.Rules = append(s.Rules, r)
		} else {
			s.Fixed += h.Score
		}
	}
	return s
}

// alone returns the messages as they are without a learner.
func (f *scoreFile) alone(mails []*mail) []Sample {
	samples := make([]Sample, len(mails))
	for i, m := range mails {
		samples[i] = f.sample(m, nil)
	}
	return samples
}

// learned returns the messages as they are with a learner.
func (f *scoreFile) learned(part []judged) []Sample {
	samples := make([]Sample, len(part))
	for i, j := range part {
		samples[i] = f.sample(j.mail, j.bayes)
	}
	return samples
}

// write replaces the values of the bounded lines: those of score sets 0 and 1, without the learner, and of 2 and 3, with it.
func (f *scoreFile) write(alone, learned []float64) error {
	for r, p := range f.places {
		first := alone[r]
		if strings.HasPrefix(p[2], "BAYES_") {
			first = 0
		}
		values := fmt.Sprintf("%.2f %.2[1]f %.2f %.2[2]f", first, learned[r])
		if fmt.Sprintf("%.2f", first) == fmt.Sprintf("%.2f", learned[r]) {
			values = fmt.Sprintf("%.2f", first)
		}
		f.lines[f.line[r]] = fmt.Sprintf("%s%s%s%-19s%s%s %s %s", p[1], p[2], p[3], values, "  # ", p[6], p[7], p[8])
	}
	return os.WriteFile(f.name, []byte(strings.Join(f.lines, "\n")), 0o666)
}
