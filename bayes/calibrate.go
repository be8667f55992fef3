package bayes

import (
	"math"
	"math/rand/v2"

	"asterism/store"
)

// What is learned message by message is calibrated anew when it has grown by a share, and by some messages at least.
const (
	regrowth    = 8 // one part in so many
	minRegrowth = 100
)

// recalibrate calibrates anew if enough has been learned since it was done last.
func (l *Learner) recalibrate() (store.Commit, error) {
	learned, err := l.st.Totals()
	if err != nil {
		return nil, err
	}
	p := *l.model.Load()
	all := learned.Ham + learned.Spam
	if all < p.calibrated+max(minRegrowth, p.calibrated/regrowth) {
		return nil, nil
	}
	b, err := l.openTrainer()
	if err != nil {
		return nil, err
	}
	b.calibrate(&p, l.chance(&p, chanceFinish))
	p.calibrated = all
	return l.commit(&store.Learning{}, &p)
}

// calibrate finds p's slope and offset, if there are messages enough.
func (b *trainer) calibrate(p *model, rnd *rand.Rand) {
	if min(len(b.samples[0]), len(b.samples[1])) < minToCalibrate {
		return
	}
	if slope, offset, ok := fit(b.crossTry(rnd)); ok {
		p.slope, p.offset = slope, offset
	}
}

// minToCalibrate is the number of messages of each class below which there is nothing to calibrate on.
const minToCalibrate = 20

// trial is the margin of a message that took no part in the training.
type trial struct {
	margin float64
	class  store.Class
}

// fit returns the slope and offset that make the trials most likely (J. Platt, "Probabilistic outputs for support
// vector machines", 1999): both classes with the same weight, targets drawn in a little so that certainty stays
// finite.
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
		gradSlope, gradOffset := ridge*(1-slope), -ridge*offset
		ss, so, oo := ridge, 0.0, ridge
		for _, x := range trials {
			i := index(x.class)
			w := 1 / n[i]
			p := sigmoid(slope*x.margin + offset)
			e, c := w*(targets[i]-p), w*p*(1-p)
			gradSlope += e * x.margin
			gradOffset += e
			ss += c * x.margin * x.margin
			so += c * x.margin
			oo += c
		}
		det := ss*oo - so*so
		if det < 1e-12 {
			break
		}
		moveSlope, moveOffset := (oo*gradSlope-so*gradOffset)/det, (ss*gradOffset-so*gradSlope)/det
		slope += moveSlope
		offset += moveOffset
		if math.Abs(moveSlope)+math.Abs(moveOffset) < 1e-9 {
			break
		}
	}
	return slope, offset, slope > 0.05 && slope < 20 && math.Abs(offset) < 20
}
