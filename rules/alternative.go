package rules

import (
	"strings"

	"asterism/message"
)

// alternatives is how the texts of a multipart/alternative differ.
type alternatives struct {
	difference  float64 // per cent of the HTML's words that the plain text lacks
	countRatio  float64 // different words of the HTML for each of the plain text
	wordsInHTML int
	known       bool
}

// alternatives compares the words of the plain and the HTML parts of the outermost multipart/alternative.
func (sc *Scan) alternatives() *alternatives {
	if sc.cache.alternatives != nil {
		return sc.cache.alternatives
	}
	a := &alternatives{}
	sc.cache.alternatives = a
	walk(sc.msg.Root(), func(p *message.Part) {
		if p.MediaType != "multipart/alternative" {
			return
		}
		plain, html := map[string]int{}, map[string]int{}
		for _, c := range p.Children {
			walk(c, func(c *message.Part) {
				if !c.IsLeaf() {
					return
				}
				switch c.MediaType {
				case "text/plain":
					addWords(plain, c.Text())
				case "text/html":
					addWords(html, sc.document(c).Text)
				}
			})
		}
		if len(html) == 0 {
			return
		}
		missing := 0
		for w := range html {
			if plain[w] == 0 {
				missing++
			}
		}
		if d := 100 * float64(missing) / float64(len(html)); !a.known || d > a.difference {
			a.difference = d
		}
		if len(plain) > 0 {
			a.countRatio = max(a.countRatio, float64(len(html))/float64(len(plain)))
		}
		a.wordsInHTML = max(a.wordsInHTML, len(html))
		a.known = true
	})
	return a
}

// addWords counts the words of a text, without marks around them.
func addWords(words map[string]int, text string) {
	for w := range strings.FieldsSeq(text) {
		w = strings.TrimFunc(w, func(r rune) bool { return r < 0x80 && !isASCIIWord(byte(r)) })
		if w != "" {
			words[w]++
		}
	}
}

func isASCIIWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// alternativeDifference is multipart_alternative_difference('low', 'high'), in per cent.
func alternativeDifference(sc *Scan, args []string) int {
	a := sc.alternatives()
	return truth(a.known && a.difference > number(args, 0, 0) && a.difference <= number(args, 1, 100))
}

// alternativeDifferenceCount is multipart_alternative_difference_count('ratio', 'least'): the HTML has more than ratio
// times the words of the plain text, and at least that many.
func alternativeDifferenceCount(sc *Scan, args []string) int {
	a := sc.alternatives()
	return truth(a.known && a.wordsInHTML >= int(number(args, 1, 0)) && a.countRatio > number(args, 0, 0))
}
