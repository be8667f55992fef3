package bayes

import (
	"math"

	"asterism/store"
)

// A token's value in a mail is what its counts promise:
//
//	x = min(|ln(spam odds / ham odds)|, 4) / 4 * sqrt(ln((N+2)/(n+1)) / ln(N+2))
//
// with odds smoothed by half a mail: how much more often one class has it, times how rare it is. A word that every mail
// has counts for nothing however it was trained; its weight says what counts cannot, how it goes with other tokens.
const (
	smoothing = 0.5 // mails of each class added to every token's counts
	ratioCap  = 4   // natural log of the strongest ratio that counts
)

// totals are what a feature's value depends on besides the record.
type totals struct {
	ham, spam float64
	shift     float32 // ln((ham+1)/(spam+1)): makes the counts of classes of unequal size comparable
	perLogN   float32 // 1/ln(N+2)
}

func newTotals(ham, spam uint32) totals {
	t := totals{ham: float64(ham), spam: float64(spam)}
	t.shift = float32(math.Log((t.ham + 2*smoothing) / (t.spam + 2*smoothing)))
	t.perLogN = float32(1 / math.Log(t.ham+t.spam+2))
	return t
}

// smaller returns how many mails of the rarer class have been learned.
func (t *totals) smaller() float64 { return min(t.ham, t.spam) }

// ratio returns the log-odds that a token's counts give to spam.
func (t *totals) ratio(r *store.Record) float32 {
	return logHalf(r.Spam) - logHalf(r.Ham) + t.shift
}

// value returns x.
func (t *totals) value(r *store.Record) float32 {
	rare := 1 - logOne(r.Ham+r.Spam)*t.perLogN
	if rare <= 0 {
		return 0
	}
	ratio := float32(math.Abs(float64(t.ratio(r)))) // as likely above as below zero: a branch would be guessed wrong
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
