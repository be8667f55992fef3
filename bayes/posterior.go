package bayes

import (
	"slices"
	"strconv"

	"github.com/jbrukh/bayesian"

	"asterism/store"
)

// The posterior is that of jbrukh/bayesian's two-class classifier. It is filled with the counts of the mail's strongest
// tokens, and with one more word a class that stands for everything else learned, so that the classes' totals are the
// store's. Its add-one smoothing keeps one word that only one class has from deciding.
const (
	classHam  bayesian.Class = "ham"
	classSpam bayesian.Class = "spam"

	posteriorTokens = 20
)

// posteriorWords name the strongest tokens: the classifier wants words, and any will do.
var posteriorWords = func() (words [posteriorTokens]string) {
	for i := range words {
		words[i] = strconv.Itoa(i)
	}
	return words
}()

// strongest is the tokens of a mail whose counts differ most between the classes, the strongest first.
type strongest struct {
	n       int
	ratio   [posteriorTokens]float32 // absolute
	records [posteriorTokens]store.Record
}

func (s *strongest) add(records []store.Record, t *totals) {
	for i := range records {
		r := &records[i]
		if r.Ham|r.Spam == 0 {
			continue
		}
		ratio := t.ratio(r)
		if ratio < 0 {
			ratio = -ratio
		}
		if s.n == posteriorTokens && ratio <= s.ratio[s.n-1] {
			continue
		}
		at, _ := slices.BinarySearchFunc(s.ratio[:s.n], ratio, func(have, want float32) int {
			if have >= want {
				return -1 // of equals the first in the mail stays first
			}
			return 1
		})
		if s.n < posteriorTokens {
			s.n++
		}
		copy(s.ratio[at+1:s.n], s.ratio[at:s.n-1])
		copy(s.records[at+1:s.n], s.records[at:s.n-1])
		s.ratio[at], s.records[at] = ratio, *r
	}
}

// posterior returns the log-odds of spam, classes taken to be equally likely beforehand. The tokens are how many of
// each class have been learned, over all mails.
func (m *mail) posterior(t *totals, tokens [2]uint64) float64 {
	s := &m.strongest
	s.n = 0
	s.add(m.header.records, t)
	s.add(m.body.records, t)
	if s.n == 0 {
		return 0
	}
	c := m.classifiers.of(s.n)
	rest := [2]int{int(tokens[0]), int(tokens[1])}
	for i := range s.n {
		r := &s.records[i]
		rest[0] -= int(r.Ham)
		rest[1] -= int(r.Spam)
	}
	s.observe(c, rest, 1)
	with, _, _ := c.LogScores(posteriorWords[:s.n])
	before, _, _ := c.LogScores(nil)
	s.observe(c, rest, -1)
	return with[1] - before[1] - (with[0] - before[0])
}

// observe adds the counts of the tokens, and the rest of each class, to a classifier. A sign of -1 takes them out
// again,
// exactly: they are whole numbers.
func (s *strongest) observe(c *bayesian.Classifier, rest [2]int, sign int) {
	for i := range s.n {
		r := &s.records[i]
		c.Observe(posteriorWords[i], sign*int(r.Ham), classHam)
		c.Observe(posteriorWords[i], sign*int(r.Spam), classSpam)
	}
	c.Observe("rest", sign*max(rest[0], 0), classHam)
	c.Observe("rest", sign*max(rest[1], 0), classSpam)
}

// posteriors are empty classifiers, by the number of tokens that they have words for: the smoothing counts words. They
// serve one message after the other, since a new one costs 26 allocations.
type posteriors [posteriorTokens + 1]*bayesian.Classifier

func (p *posteriors) of(n int) *bayesian.Classifier {
	if p[n] == nil {
		p[n] = bayesian.NewClassifier(classHam, classSpam)
	}
	return p[n]
}
