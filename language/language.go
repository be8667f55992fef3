// Package language guesses the language of a text: by its script if that decides, else by the frequency of groups of
// three letters, learned from the samples in this package. Languages are named by two letters (ISO 639-1).
package language

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Bounds on what is looked at: a text with fewer letters says too little, and of a long one the start is enough. A
// Chinese or
// Japanese letter counts as three.
const (
	MinLetters = 60
	maxLetters = 2000
)

// Guess is a language and how likely it is against the best one: 1 for that, more for others.
type Guess struct {
	Language string
	Score    float64
}

// Options say which languages are considered and which guesses are kept.
type Options struct {
	Inactive []string // languages that are not considered
	Max      int      // a text that fits more languages than this has none
	Spread   float64  // guesses with a cost per letter of up to this many times the best one's are kept; 1.02 if zero
}

// Guess returns the languages that a text may be in, the likeliest first; none if it has too few letters, or fits too
// many.
func (o Options) Guess(text string) []Guess {
	letters, scripts := reduce(text)
	if wide := scripts[unicode.Han] + scripts[unicode.Hiragana] +
		scripts[unicode.Katakana]; len(letters)+2*wide < MinLetters {
		return nil
	}
	if l := byScript(letters, scripts); l != "" {
		if slices.Contains(o.Inactive, l) {
			return nil
		}
		return []Guess{{l, 1}}
	}
	return o.byGroups(letters)
}

// reduce returns the letters of a text in lower case, what lies between them as one space, and how many there are of
// each
// script.
func reduce(text string) (letters []rune, scripts map[*unicode.RangeTable]int) {
	scripts = map[*unicode.RangeTable]int{}
	letters = append(letters, ' ')
	for _, r := range text {
		if len(letters) >= maxLetters {
			break
		}
		if !unicode.IsLetter(r) {
			if letters[len(letters)-1] != ' ' && !unicode.IsMark(r) && r != '\'' {
				letters = append(letters, ' ')
			}
			continue
		}
		letters = append(letters, unicode.ToLower(r))
		for _, s := range known {
			if unicode.Is(s, r) {
				scripts[s]++
				break
			}
		}
	}
	return letters, scripts
}

// known are the scripts that are told apart.
var known = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Han, unicode.Hiragana, unicode.Katakana,
	unicode.Hangul,
	unicode.Greek, unicode.Hebrew, unicode.Arabic, unicode.Thai, unicode.Devanagari, unicode.Armenian, unicode.Georgian,
	unicode.Bengali,
	unicode.Tamil}

// ofScript are the languages of scripts that mostly one language uses.
var ofScript = map[*unicode.RangeTable]string{unicode.Hangul: "ko", unicode.Greek: "el", unicode.Hebrew: "he",
	unicode.Thai:       "th",
	unicode.Devanagari: "hi", unicode.Armenian: "hy", unicode.Georgian: "ka", unicode.Bengali: "bn", unicode.Tamil: "ta"}

// share is what part of a text's letters a script must have to tell the language. A Chinese or Japanese letter says as
// much as two
// or three of others.
const share = 0.35

func byScript(letters []rune, scripts map[*unicode.RangeTable]int) string {
	least := int(share * float64(len(letters)))
	kana := scripts[unicode.Hiragana] + scripts[unicode.Katakana]
	switch han := scripts[unicode.Han]; {
	case kana*10 > han+kana && (han+kana)*2 > least:
		return "ja"
	case han*2 > least && han > scripts[unicode.Latin]/4:
		return "zh"
	}
	for script, language := range ofScript {
		if scripts[script] > least {
			return language
		}
	}
	if scripts[unicode.Arabic] > least {
		if strings.ContainsAny(string(letters), "پچژگ") {
			return "fa"
		}
		return "ar"
	}
	return ""
}

// model is what the samples teach: what each group of three letters costs in each language, in bits, and which
// languages have a
// letter.
type model struct {
	languages []string
	cyrillic  []bool
	costs     map[uint64][]float32 // by group
	unknown   []float32            // of a group that a language's sample does not have
	letters   map[rune]uint64      // bit i is of languages[i]
}

// foreign is what a letter costs that a language's sample does not have.
const foreign = 10

// group returns the three letters that end at an index.
func group(letters []rune, i int) uint64 {
	const bits = 21 // of a rune
	return uint64(letters[i-2])<<(2*bits) | uint64(letters[i-1])<<bits | uint64(letters[i])
}

// learned is the model of the samples, made when first needed.
var learned = sync.OnceValue(func() *model {
	m := &model{languages: slices.Sorted(maps.Keys(samples)), costs: map[uint64][]float32{}, letters: map[rune]uint64{}}
	counts := make([]map[uint64]int, len(m.languages))
	for l, language := range m.languages {
		letters, scripts := reduce(samples[language])
		m.cyrillic = append(m.cyrillic, scripts[unicode.Cyrillic] > scripts[unicode.Latin])
		m.unknown = append(m.unknown, float32(-math.Log2(0.05/float64(len(letters)))))
		counts[l] = map[uint64]int{}
		for i, r := range letters {
			m.letters[r] |= 1 << l
			if i >= 2 {
				counts[l][group(letters, i)]++
				m.costs[group(letters, i)] = nil
			}
		}
	}
	for g := range m.costs {
		cost := slices.Clone(m.unknown)
		for l := range counts {
			if n := counts[l][g]; n > 0 {
				total := math.Exp2(float64(m.unknown[l])) * 0.05 // letters of the sample
				cost[l] = float32(-math.Log2((float64(n) + 0.5) / total))
			}
		}
		m.costs[g] = cost
	}
	return m
})

// usualSpread is Options.Spread where none is given.
const usualSpread = 1.02

func (o Options) byGroups(letters []rune) []Guess {
	m := learned()
	costs := make([]float32, len(m.languages))
	cyrillic := 0
	for i, r := range letters {
		if unicode.Is(unicode.Cyrillic, r) {
			cyrillic++
		}
		if i < 2 {
			continue
		}
		row := m.costs[group(letters, i)]
		if row == nil {
			row = m.unknown
		}
		for l, c := range row {
			costs[l] += c
		}
		if have := m.letters[r]; have != 1<<len(m.languages)-1 {
			for l := range costs {
				if have>>l&1 == 0 {
					costs[l] += foreign
				}
			}
		}
	}
	var guesses []Guess
	for l, language := range m.languages {
		if m.cyrillic[l] == (cyrillic*2 > len(letters)) && !slices.Contains(o.Inactive, language) {
			guesses = append(guesses, Guess{language, float64(costs[l]) / float64(len(letters))})
		}
	}
	return o.best(guesses)
}

// best returns the likely ones of some guesses, whose scores are costs, in order.
func (o Options) best(guesses []Guess) []Guess {
	if len(guesses) == 0 {
		return nil
	}
	slices.SortFunc(guesses, func(a, b Guess) int { return cmp.Compare(a.Score, b.Score) })
	least, spread := guesses[0].Score, cmp.Or(o.Spread, usualSpread)
	n := 0
	for n < len(guesses) && guesses[n].Score <= least*spread {
		guesses[n].Score /= least
		n++
	}
	if o.Max > 0 && n > o.Max {
		return nil
	}
	return guesses[:n]
}
