package bayes

import (
	"math"

	"asterism/store"
)

// adaptRate is how fast the calibration follows what is learned one by one.
const adaptRate = 0.04

// adapt moves the calibration by what the margin of a message, taken before it was learned, says of it. Both classes have
// the same weight, whatever their number.
func (m *model) adapt(margin float64, c store.Class, t *totals) {
	share := t.ham
	if c == store.Spam {
		share = t.spam
	}
	weight := (t.ham + t.spam) / (2 * share)
	miss := target(c) - sigmoid(m.logOdds(margin))
	m.offset += adaptRate * weight * miss
	m.slope = min(max(m.slope+adaptRate*weight*miss*margin/(1+math.Abs(margin)), 0.2), 5)
}

// trial is the margin of a message that took no part in the training.
type trial struct {
	margin float64
	class  store.Class
}

// fit returns the slope and offset that make the trials most likely (J. Platt, "Probabilistic outputs for support vector
// machines", 1999): both classes with the same weight, targets drawn in a little so that certainty stays finite.
func fit(trials []trial) (slope, offset float64, ok bool) {
	var n [2]float64
	for _, x := range trials {
		n[index(x.class)]++
	}
	if n[0] == 0 || n[1] == 0 {
		return 0, 0, false
	}
	targets := [2]float64{1 / (n[0] + 2), (n[1] + 1) / (n[1] + 2)}
	const rounds, ridge = 50, 1e-3 // the ridge pulls slope to 1 and offset to 0
	slope = 1
	for range rounds {
		// Newton's method on two parameters.
		gs, go_ := ridge*(1-slope), -ridge*offset
		ss, so, oo := ridge, 0.0, ridge
		for _, x := range trials {
			i := index(x.class)
			w := 1 / n[i]
			p := sigmoid(slope*x.margin + offset)
			e, c := w*(targets[i]-p), w*p*(1-p)
			gs += e * x.margin
			go_ += e
			ss += c * x.margin * x.margin
			so += c * x.margin
			oo += c
		}
		det := ss*oo - so*so
		if det < 1e-12 {
			break
		}
		ds, do := (oo*gs-so*go_)/det, (ss*go_-so*gs)/det
		slope += ds
		offset += do
		if math.Abs(ds)+math.Abs(do) < 1e-9 {
			break
		}
	}
	return slope, offset, slope > 0.05 && slope < 20 && math.Abs(offset) < 20
}
