package bayes

import (
	"math"

	"asterism/store"
)

// A token's value in a mail is not one but what its counts promise:
//
//	x = min(|ln(spam odds / ham odds)|, 4) / 4 * sqrt(ln((N+2)/(n+1)) / ln(N+2))
//
// with odds smoothed by half a mail: how much more often one class has it, times how rare it is. A word that every mail
// has weighs nothing however it was trained, and its weight says what its counts cannot: how it goes with the others.
const (
	smoothing = 0.5 // mails of each class added to every token's counts
	ratioCap  = 4   // natural log of the strongest ratio that counts
)

// totals are what a feature's value depends on besides the record.
type totals struct {
	ham, spam float64
	shift     float32 // ln((ham+1)/(spam+1)), which makes counts of unequal classes comparable
	logN      float32 // ln(N+2)
	perLogN   float32
}

func newTotals(ham, spam uint32) totals {
	t := totals{ham: float64(ham), spam: float64(spam)}
	t.shift = float32(math.Log((t.ham + 2*smoothing) / (t.spam + 2*smoothing)))
	t.logN = float32(math.Log(t.ham + t.spam + 2))
	t.perLogN = 1 / t.logN
	return t
}

// ratio returns the log-odds that a token's counts give to spam.
func (t *totals) ratio(r *store.Record) float32 {
	return logHalf(r.Spam) - logHalf(r.Ham) + t.shift
}

// value returns x.
func (t *totals) value(r *store.Record) float32 {
	ratio := t.ratio(r)
	if ratio < 0 {
		ratio = -ratio
	}
	rare := 1 - logOne(r.Ham+r.Spam)*t.perLogN
	if rare <= 0 {
		return 0
	}
	if ratio > ratioCap {
		ratio = ratioCap
	}
	return ratio * (1.0 / ratioCap) * float32(math.Sqrt(float64(rare)))
}

// tableSize is how many logarithms are kept at hand: few tokens are in more mails.
const tableSize = 4096

var (
	halfLogs = logTable(smoothing)
	oneLogs  = logTable(1)
)

func logTable(add float64) *[tableSize]float32 {
	var t [tableSize]float32
	for i := range t {
		t[i] = float32(math.Log(float64(i) + add))
	}
	return &t
}

// logHalf returns ln(n + smoothing).
func logHalf(n uint32) float32 {
	if n < tableSize {
		return halfLogs[n]
	}
	return float32(math.Log(float64(n) + smoothing))
}

// logOne returns ln(n + 1).
func logOne(n uint32) float32 {
	if n < tableSize {
		return oneLogs[n]
	}
	return float32(math.Log(float64(n) + 1))
}

// block is one of a mail's two blocks of tokens with all that is known of them.
type block struct {
	tokens  []store.Token
	records []store.Record
	values  []float32
	norm    float32 // length of the vector of values, with one more feature of value one
}

// weigh computes values and norm, and returns the block's part of the margin: the mean pull of its tokens, so that a
// long mail speaks no louder than a short one.
func (b *block) weigh(t *totals) float32 {
	if cap(b.values) < len(b.tokens) {
		b.values = make([]float32, len(b.tokens)+len(b.tokens)/2)
	}
	b.values = b.values[:len(b.tokens)]
	var sum, squares float32
	for i := range b.records {
		x := t.value(&b.records[i])
		b.values[i] = x
		sum += x * b.records[i].Weight
		squares += x * x
	}
	b.norm = float32(math.Sqrt(float64(squares + 1)))
	return sum / b.norm
}
