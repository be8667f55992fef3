package bayes

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"asterism/store"
)

// trainer trains on the reservoir's messages in memory. While it does, counts stand still, and so do values and paces:
// all that moves is the product of each token's value and weight, its share, which makes a step over a message two
// short loops.
type trainer struct {
	samples [2][]sample // ham, spam
	tokens  []store.Token
	records []store.Record // as in the store, or counted on a part of the samples
	values  []float32
	squares []float32 // of the values, unknownValue for tokens that are not known
	shares  []float32 // value * weight
	gains   []float32 // value^2 * pace: what a push of one adds to the share
}

// sample is a message of the reservoir; its tokens are positions in the trainer's tables.
type sample struct {
	slot                 int
	header, body         []int32
	headerNorm, bodyNorm float32
}

// classes are the classes in the order of arrays that have ham first.
var classes = [2]store.Class{store.Ham, store.Spam}

// openTrainer reads the reservoir. The records are still to be filled in.
func (l *Learner) openTrainer() (*trainer, error) {
	b := &trainer{}
	var numbers tokenIndex
	err := l.eachSample(func(s *store.Sample) {
		c := index(s.Class)
		letOthers(len(b.samples[c]))
		b.samples[c] = append(b.samples[c], sample{slot: s.Slot, header: numbers.all(s.Header), body: numbers.all(s.Body)})
	})
	if err != nil {
		return nil, err
	}
	for c := range b.samples { // so that chance is all that decides
		slices.SortFunc(b.samples[c], func(x, y sample) int { return x.slot - y.slot })
	}
	b.tokens = numbers.tokens
	b.furnish()
	return b, nil
}

// furnish makes the tables.
func (b *trainer) furnish() {
	n := len(b.tokens)
	b.records = make([]store.Record, n)
	b.values, b.squares, b.shares, b.gains = make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
}

// twin returns a trainer with the same messages, to work beside this one: on parts of them, as it knows nothing of the
// store.
func (b *trainer) twin() *trainer {
	t := &trainer{tokens: b.tokens}
	for c := range b.samples {
		t.samples[c] = slices.Clone(b.samples[c])
	}
	t.furnish()
	return t
}

// count replaces the records by what the samples alone tell.
func (b *trainer) count(samples [2][]sample) totals {
	clear(b.records)
	for c := range samples {
		for i := range samples[c] {
			s := &samples[c][i]
			for _, places := range [2][]int32{s.header, s.body} {
				for _, at := range places {
					if classes[c] == store.Spam {
						b.records[at].Spam++
					} else {
						b.records[at].Ham++
					}
				}
			}
		}
	}
	return newTotals(uint32(len(samples[0])), uint32(len(samples[1])))
}

// prepare computes everything that follows from the records.
func (b *trainer) prepare(t *totals) {
	for i := range b.records {
		r := &b.records[i]
		if r.Ham|r.Spam == 0 {
			b.values[i], b.squares[i], b.shares[i], b.gains[i] = 0, unknownValue, 0, 0
			continue
		}
		x := t.value(r)
		b.values[i], b.squares[i], b.shares[i], b.gains[i] = x, x*x, x*r.Weight, x*x*pace(r)
	}
	for c := range b.samples {
		for i := range b.samples[c] {
			s := &b.samples[c][i]
			s.headerNorm, s.bodyNorm = b.norm(s.header), b.norm(s.body)
		}
	}
}

func (b *trainer) norm(places []int32) float32 {
	squares := float32(1)
	for _, at := range places {
		squares += b.squares[at]
	}
	return float32(math.Sqrt(float64(squares)))
}

// train makes passes over the samples, a message of each class in turn, the smaller class repeated.
func (b *trainer) train(t *totals, samples [2][]sample, rnd *rand.Rand) {
	for range passes {
		shuffleAll(samples, rnd)
		for i := range max(len(samples[0]), len(samples[1])) {
			for c := range samples {
				b.learn(t, &samples[c][i%len(samples[c])], classes[c])
			}
			letOthers(i)
		}
	}
}

// letOthers lets ready goroutines run first, after some of the messages: otherwise a scan would wait until the runtime
// interrupts the pass.
func letOthers(message int) {
	if message%16 == 0 {
		runtime.Gosched()
	}
}

func (b *trainer) learn(t *totals, s *sample, c store.Class) {
	missHeader, missBody := misses(b.pull(s.header, s.headerNorm), b.pull(s.body, s.bodyNorm), c)
	b.move(s.header, s.headerNorm, push(t, missHeader), missHeader)
	b.move(s.body, s.bodyNorm, push(t, missBody), missBody)
}

// margin returns what the readings of the message's blocks add up to.
func (b *trainer) margin(s *sample) float64 {
	h, t := b.sums(s.header), b.sums(s.body)
	header, body := read(&h, &t)
	return header + body
}

func (b *trainer) sums(places []int32) (s sums) {
	for _, at := range places {
		if r := &b.records[at]; r.Ham|r.Spam == 0 {
			s.unknown++
			continue
		}
		s.add(b.values[at], b.shares[at])
	}
	return s
}

func (b *trainer) pull(places []int32, norm float32) float64 {
	var sum float32
	for _, at := range places {
		sum += b.shares[at]
	}
	return float64(sum / norm)
}

func (b *trainer) move(places []int32, norm float32, g, miss float64) {
	if g == 0 {
		return
	}
	step, keep := float32(g)/norm, 1-float32(shrink*math.Abs(miss))
	for _, at := range places {
		b.shares[at] = b.shares[at]*keep + step*b.gains[at]
	}
}

// changes returns what takes the store's weights to the trainer's.
func (b *trainer) changes() []store.Change {
	var changes []store.Change
	for i, token := range b.tokens {
		if b.values[i] == 0 {
			continue
		}
		if d := b.shares[i]/b.values[i] - b.records[i].Weight; d != 0 {
			changes = append(changes, store.Change{Token: token, Weight: d})
		}
	}
	return changes
}

func shuffleAll(samples [2][]sample, rnd *rand.Rand) {
	for c := range samples {
		shuffle(samples[c], rnd)
	}
}

func shuffle(samples []sample, rnd *rand.Rand) {
	rnd.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
}
