// Package brand finds names and hosts that imitate a firm: the display name "PayPal Service" over a foreign address,
// the host paypal.com.example.top in a link. It compares texts by their look, so that look-alike letters, accents,
// digits for letters and invisible characters make no difference.
package brand

import (
	"slices"
	"strings"

	"asterism/config"
)

// Brand is one firm.
type Brand struct {
	Name string // the first of the entry's names
}

// name is one name of a firm.
type name struct {
	brand *Brand
	words []string // folded
	bones []string // the skeletons of words
	whole bool     // counts only as a whole
	looks bool     // long enough to be compared by its skeleton
}

// List is the firms known. It is read-only once made.
type List struct {
	byFirst map[string][]*name // by the first word's skeleton
	firsts  starts             // of the keys of byFirst
	labels  map[string]*Brand  // by the skeleton of a name written in one word, as host labels are
	starts  starts             // of the keys of labels
	long    []string           // those keys of labels that a slip of the pen may be of
	domains map[string]*Brand
	own     map[string]*Brand // by the label of domains "label.*"
}

// glance is the number of letters from which on a name is long enough that look-alikes of it are no accident.
const glance = 5

// New makes a List. Entries whose first names are equal are one firm.
func New(entries []config.Brand) *List {
	l := &List{byFirst: map[string][]*name{}, labels: map[string]*Brand{}, domains: map[string]*Brand{},
		own: map[string]*Brand{}}
	byName := map[string]*Brand{}
	for _, e := range entries {
		if len(e.Names) == 0 {
			continue
		}
		b := byName[e.Names[0]]
		if b == nil {
			b = &Brand{Name: strings.TrimPrefix(e.Names[0], "=")}
			byName[e.Names[0]] = b
		}
		for _, d := range e.Domains {
			if label, ok := strings.CutSuffix(d, ".*"); ok {
				l.own[label] = b
			} else {
				l.domains[d] = b
			}
		}
		for _, n := range e.Names {
			l.addName(b, n)
		}
	}
	for first := range l.byFirst {
		l.firsts.add(first)
	}
	for label := range l.labels {
		l.starts.add(label)
		if len(label) >= longLabel {
			l.long = append(l.long, label)
		}
	}
	slices.Sort(l.long)
	return l
}

func (l *List) addName(b *Brand, written string) {
	rest, whole := strings.CutPrefix(written, "=")
	n := &name{brand: b, words: Words(rest), whole: whole}
	if len(n.words) == 0 {
		return
	}
	for _, word := range n.words {
		n.bones = append(n.bones, skeleton(word))
	}
	joined := strings.Join(n.words, "")
	n.looks = len(joined) >= glance
	l.byFirst[n.bones[0]] = append(l.byFirst[n.bones[0]], n)
	if !whole && len(joined) >= glance {
		l.labels[skeleton(joined)] = b
	}
}

// InName returns the firm that a display name claims to be, or nil.
func (l *List) InName(text string) *Brand { return l.find(text, true) }

// InText returns the first firm that is named in a text, or nil. Everyday words do not count.
func (l *List) InText(text string) *Brand { return l.find(text, false) }

func (l *List) find(text string, whole bool) *Brand {
	var space [512]byte
	var look [longestWord]byte
	first := true
	for rest := appendFolded(space[:0], text); ; first = false {
		word, after := cutWord(rest)
		if len(word) == 0 {
			return nil
		}
		if len(word) <= longestWord {
			bones := appendSkeleton(look[:0], word)
			if l.firsts.has(bones) {
				for _, n := range l.byFirst[string(bones)] {
					if n.begins(rest, whole && first) {
						return n.brand
					}
				}
			}
		}
		rest = after
	}
}

// longestWord is how long a word of a firm's name may be.
const longestWord = 64

// cutWord returns the first word of a folded text, and the rest.
func cutWord(text []byte) (word, rest []byte) {
	start := 0
	for start < len(text) && text[start] == ' ' {
		start++
	}
	end := start
	for end < len(text) && text[end] != ' ' {
		end++
	}
	return text[start:end], text[end:]
}

// begins reports whether a folded text begins with the name. Of a name that counts only as a whole, it must have
// nothing else, and may be one.
func (n *name) begins(text []byte, mayBeWhole bool) bool {
	var look [longestWord]byte
	for i, w := range n.words {
		var word []byte
		word, text = cutWord(text)
		if string(word) != w && (!n.looks || string(appendSkeleton(look[:0], word)) != n.bones[i]) {
			return false
		}
	}
	if !n.whole {
		return true
	}
	word, _ := cutWord(text)
	return mayBeWhole && len(word) == 0
}

// Owner returns the firm that a host (lower case) belongs to, or nil; domain is the host's Domain.
func (l *List) Owner(host, domain string) *Brand {
	for rest, more := host, true; more; _, rest, more = strings.Cut(rest, ".") {
		if b := l.domains[rest]; b != nil {
			return b
		}
	}
	label, suffix, _ := strings.Cut(domain, ".")
	if longStanding(suffix) {
		return l.own[label]
	}
	return nil
}

// longStanding reports whether firms of some size have long held their names under a public suffix, so that a stranger
// is unlikely to hold one there: country codes and the old generic ones, except suffixes with free domains.
func longStanding(suffix string) bool {
	switch last := lastLabel(suffix); last {
	case "com", "net", "org", "info", "biz", "edu", "gov", "eu":
		return strings.IndexByte(suffix, '.') < 0 || len(last) == 2
	case "tk", "ml", "ga", "cf", "gq", "pw", "cc", "ws", "su":
		return false
	default:
		return len(last) == 2 && suffix != ""
	}
}

func lastLabel(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }
