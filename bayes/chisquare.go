package bayes

import (
	"math"

	"asterism/store"
)

// Gary Robinson's combination, by R. A. Fisher's method: were a mail's token probabilities evenly spread, -2 times
// the sum of their logarithms would follow a chi-square distribution. How far it does not, towards spam and towards
// ham, is evidence.
const (
	robinsonS    = 0.1   // strength of the assumption that an unknown token is in both classes alike
	minDeviation = 0.375 // tokens whose probability is nearer to one half say nothing
)

// chiSquare returns the combination's log-odds of spam.
func (m *mail) chiSquare(t *totals) float64 {
	if t.ham == 0 || t.spam == 0 {
		return 0
	}
	var c combination
	c.add(m.header.records, t)
	c.add(m.body.records, t)
	if c.n == 0 {
		return 0
	}
	return lnTail(-2*c.spam.ln(), c.n) - lnTail(-2*c.ham.ln(), c.n)
}

// combination is the products of the probabilities of spam and of ham of n tokens.
type combination struct {
	spam, ham product
	n         int
}

func (c *combination) add(records []store.Record, t *totals) {
	perHam, perSpam := 1/t.ham, 1/t.spam
	for i := range records {
		ham, spam := float64(records[i].Ham), float64(records[i].Spam)
		h, s := ham*perHam, spam*perSpam
		if h+s == 0 {
			continue
		}
		n := ham + spam
		p := (robinsonS*0.5 + n*s/(h+s)) / (robinsonS + n)
		if math.Abs(p-0.5) < minDeviation {
			continue
		}
		c.spam.multiply(p)
		c.ham.multiply(1 - p)
		c.n++
	}
}

// product is a product of many probabilities, kept where floating point can hold it.
type product struct {
	rest float64 // 0 stands for 1
	logs float64
}

func (p *product) multiply(by float64) {
	if p.rest == 0 {
		p.rest = 1
	}
	p.rest *= by
	if p.rest < 1e-200 {
		p.logs += math.Log(p.rest)
		p.rest = 1
	}
}

func (p *product) ln() float64 {
	if p.rest == 0 {
		return 0
	}
	return p.logs + math.Log(p.rest)
}

// lnTail returns the logarithm of the probability that a chi-square variable with 2n degrees of freedom exceeds x:
// that of exp(-x/2) times the sum of (x/2)^i / i! for i < n.
func lnTail(x float64, n int) float64 {
	half := x / 2
	term, sum, scale := 1.0, 1.0, 0.0
	for i := 1; i < n; i++ {
		term *= half / float64(i)
		sum += term
		if sum > 1e200 {
			scale += math.Log(sum)
			term /= sum
			sum = 1
		}
	}
	return min(scale+math.Log(sum)-half, 0)
}
