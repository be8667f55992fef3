package rules

import (
	"strings"
	"unicode"

	"asterism/message"
)

// alternatives is how the texts of a multipart/alternative differ.
type alternatives struct {
	difference  float64 // per cent of the HTML's words that the other texts lack, or have less often; of the worst
	html, plain int     // different words of the last
}

// alternatives compares the words of the HTML parts of each multipart/alternative with the words of its other texts.
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
		walk(p, func(c *message.Part) {
			switch {
			case !c.IsLeaf():
			case c.IsHTML():
				doc := sc.document(c)
				addWords(html, doc.Text)
				if len(html) == 0 && doc.Images > 0 {
					html["*image*"]++
				}
			case c.MediaType == "text/plain":
				addWords(plain, c.Visible())
			}
		})
		if len(html) == 0 {
			return
		}
		missing := 0
		for w, n := range html {
			if plain[w] < n {
				missing++
			}
		}
		a.difference = max(a.difference, 100*float64(missing)/float64(len(html)))
		a.html, a.plain = len(html), len(plain)
	})
	return a
}

// addWords counts the words of a text, divided by white space, that have a letter or digit.
func addWords(words map[string]int, text string) {
	for w := range strings.FieldsSeq(text) {
		if strings.IndexFunc(w, func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0 {
			words[w]++
		}
	}
}

// alternativeDifference is multipart_alternative_difference('low', 'high'), in per cent.
func alternativeDifference(sc *Scan, args []string) int {
	d, low := sc.alternatives().difference, number(args, 0, 0)
	return truth((low == 0 || d > low) && d <= number(args, 1, 100))
}

// alternativeDifferenceCount is multipart_alternative_difference_count('ratio', 'least'): there are more than ratio
// times as many words in the plain text as in the HTML, which has more than so many.
func alternativeDifferenceCount(sc *Scan, args []string) int {
	a := sc.alternatives()
	return truth(float64(a.html) > number(args, 1, 0) && float64(a.plain) > number(args, 0, 0)*float64(a.html))
}
