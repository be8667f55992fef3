package bayes

import (
	"math"

	"asterism/store"
)

// The regression. Each block has to get a mail right by itself, with only a part of the other's help: two opinions that
// were trained apart fail apart, when one class changes its habits or one class alone is learned for a while.
const help = 0.4

// The pace. Weights move fast while little is known, and a token's the slower the more mails had it.
const (
	rateFloor = 4.0
	rateSpan  = 6.0
	rateScale = 3000.0
	paceDecay = 0.02

	deadband    = 0.05  // misses up to this are left alone: the mail is known well enough
	doubtful    = 0.95  // misses from here on may be wrong labels …
	doubtFactor = 0.5   // … and move the weights only so much
	shrink      = 0.015 // of itself that a weight loses when its mail is missed entirely
)

// misses returns by how much each block, with the other's help, misses the class: from -1 to 1.
func misses(header, body float64, c store.Class) (missHeader, missBody float64) {
	y := target(c)
	return y - sigmoid(header+help*body), y - sigmoid(body+help*header)
}

// push returns how far a miss moves the weights, before each token's own pace.
func push(t *totals, miss float64) float64 {
	size := math.Abs(miss)
	if size <= deadband {
		return 0
	}
	g := miss * (rateFloor + rateSpan*rateScale/(rateScale+2*t.smaller()))
	if size > doubtful {
		g *= doubtFactor
	}
	return g
}

// pace is how fast a token's weight may move.
func pace(r *store.Record) float32 {
	return float32(1 / math.Sqrt(1+paceDecay*float64(r.Ham+r.Spam)))
}

// move appends what one learning changes in the block's tokens.
func (b *block) move(changes []store.Change, t *totals, miss float64, ham, spam int32) []store.Change {
	g := push(t, miss)
	if g == 0 {
		if ham|spam == 0 {
			return changes
		}
		for _, token := range b.tokens {
			changes = append(changes, store.Change{Token: token, Ham: ham, Spam: spam})
		}
		return changes
	}
	step, loss := float32(g)/b.norm, float32(shrink*math.Abs(miss))
	for i, token := range b.tokens {
		r := &b.records[i]
		changes = append(changes, store.Change{Token: token, Ham: ham, Spam: spam,
			Weight: step*b.values[i]*pace(r) - loss*r.Weight})
	}
	return changes
}

// gain is how far a push of one moves the block's pull.
func (b *block) gain() float64 {
	var sum float32
	for i := range b.records {
		sum += b.values[i] * b.values[i] * pace(&b.records[i])
	}
	return float64(sum / (b.norm * b.norm))
}

func target(c store.Class) float64 {
	if c == store.Spam {
		return 1
	}
	return 0
}

// ones returns what a message of the class adds to the totals.
func ones(c store.Class) (ham, spam int32) {
	if c == store.Spam {
		return 0, 1
	}
	return 1, 0
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
