package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"asterism/bench/trec/metrics"
)

// step is a stage of the learner. Its fields switch on what package bayes does for good.
type step struct {
	name      string
	oneBlock  bool    // header and body are one block
	count     bool    // the pace falls with a token's counts
	ratio     bool    // values follow the counts' log-ratio
	rare      bool    // and the token's rarity
	unknown   float64 // what an unknown token adds to the squared length
	help      float64 // how far each block counts on the other while learning
	shrink    float64
	deadband  float64
	replay    bool // reservoir: replay in streaks, passes at the end
	chiSquare bool
	posterior bool
}

func steps() []step {
	s := step{name: "logistic regression", oneBlock: true, help: 1, deadband: 0.02, unknown: 1}
	all := []step{s}
	next := func(name string, change func(*step)) {
		change(&s)
		s.name = name
		all = append(all, s)
	}
	next("+ pace by counts", func(s *step) { s.count = true })
	next("+ two blocks", func(s *step) { s.oneBlock = false })
	next("+ replay, passes", func(s *step) { s.replay = true })
	next("+ values by log-ratio", func(s *step) { s.ratio = true })
	next("+ and by rarity", func(s *step) { s.rare = true })
	next("+ deadband 0.05", func(s *step) { s.deadband = 0.05 })
	next("+ blocks on their own", func(s *step) { s.help = 0.4 })
	next("+ shrinking", func(s *step) { s.shrink = 0.015 })
	next("+ chi-square vote", func(s *step) { s.chiSquare = true })
	next("+ posterior vote", func(s *step) { s.posterior = true })
	return all
}

type learner struct {
	step
	weight      []float64
	ham, spam   []float64
	nham, nspam float64
	words       [2]float64 // tokens of all mails of each class
	kept        [2][]*doc
	offered     [2]int
	last        bool
	streak      int
	rnd         *rand.Rand
}

func newLearner(tokens int, s step) *learner {
	return &learner{step: s, weight: make([]float64, tokens), ham: make([]float64, tokens), spam: make([]float64, tokens),
		rnd: rand.New(rand.NewPCG(1, 1))}
}

func (l *learner) value(t int32) float64 {
	x := 1.0
	if l.ratio {
		r := math.Log((l.spam[t] + 0.5) / (l.ham[t] + 0.5) * (l.nham + 1) / (l.nspam + 1))
		x = min(math.Abs(r), 4) / 4
	}
	if l.rare {
		x *= math.Sqrt(max(0, 1-math.Log(l.ham[t]+l.spam[t]+1)/math.Log(l.nham+l.nspam+2)))
	}
	return x
}

// pull returns a block's pull and the length of its vector.
func (l *learner) pull(tokens []int32) (pull, norm float64) {
	squares := 1.0
	for _, t := range tokens {
		if l.ham[t]+l.spam[t] == 0 {
			squares += l.unknown
			continue
		}
		x := l.value(t)
		pull += x * l.weight[t]
		squares += x * x
	}
	norm = math.Sqrt(squares)
	return pull / norm, norm
}

func (l *learner) blocks(d *doc) [][]int32 {
	if l.oneBlock {
		return [][]int32{append(append([]int32(nil), d.header...), d.body...)}
	}
	return [][]int32{d.header, d.body}
}

// update moves the weights, and returns by how much the message was missed.
func (l *learner) update(d *doc) float64 {
	y := 0.0
	if d.spam {
		y = 1
	}
	blocks := l.blocks(d)
	pulls, norms := make([]float64, len(blocks)), make([]float64, len(blocks))
	sum := 0.0
	for i, b := range blocks {
		pulls[i], norms[i] = l.pull(b)
		sum += pulls[i]
	}
	rate := 4 + 6*3000/(3000+2*min(l.nham, l.nspam))
	for i, b := range blocks {
		miss := y - sigmoid(pulls[i]+l.help*(sum-pulls[i]))
		if math.Abs(miss) <= l.deadband {
			continue
		}
		g := rate * miss / norms[i]
		if math.Abs(miss) > 0.95 {
			g /= 2
		}
		for _, t := range b {
			pace := 1.0
			if l.count {
				pace = 1 / math.Sqrt(1+0.02*(l.ham[t]+l.spam[t]))
			}
			l.weight[t] += g*l.value(t)*pace - l.shrink*math.Abs(miss)*l.weight[t]
		}
	}
	return math.Abs(y - sigmoid(sum))
}

func (l *learner) learn(d *doc) {
	class, counts := 0, l.ham
	if d.spam {
		class, counts = 1, l.spam
		l.nspam++
	} else {
		l.nham++
	}
	for _, b := range [][]int32{d.header, d.body} {
		for _, t := range b {
			counts[t]++
		}
	}
	l.words[class] += float64(len(d.header) + len(d.body))
	miss := l.update(d)
	if !l.replay {
		return
	}
	if d.spam != l.last {
		l.last, l.streak = d.spam, 0
	}
	l.streak++
	const size = 2000
	if miss < 0.9 || min(l.nham, l.nspam) < 100 {
		l.offered[class]++
		if len(l.kept[class]) < size {
			l.kept[class] = append(l.kept[class], d)
		} else if at := l.rnd.IntN(l.offered[class]); at < size {
			l.kept[class][at] = d
		}
	}
	if other := l.kept[1-class]; l.streak > 30 && len(other) > 0 {
		for range 3 {
			l.update(other[l.rnd.IntN(len(other))])
		}
	}
}

func (l *learner) finish() {
	ham, spam := l.kept[0], l.kept[1]
	if len(ham) == 0 || len(spam) == 0 {
		return
	}
	for range 3 {
		h, s := l.rnd.Perm(len(ham)), l.rnd.Perm(len(spam))
		for i := range max(len(h), len(s)) {
			l.update(ham[h[i%len(h)]])
			l.update(spam[s[i%len(s)]])
		}
	}
}

func (l *learner) score(d *doc) float64 {
	sum := 0.0
	for _, b := range l.blocks(d) {
		pull, _ := l.pull(b)
		sum += pull
	}
	if l.chiSquare {
		sum += 0.9 * 300 / (300 + min(l.nham, l.nspam)) * math.Tanh(l.fisher(d)/30)
	}
	if l.posterior {
		sum += 0.9 * 50 / (50 + min(l.nham, l.nspam)) * math.Tanh(l.naive(d)/30)
	}
	return sum
}

// naive is the posterior log-odds of the 20 tokens with the strongest counts, smoothed by one.
func (l *learner) naive(d *doc) float64 {
	var ratios []float64
	for _, b := range [][]int32{d.header, d.body} {
		for _, t := range b {
			if l.ham[t]+l.spam[t] > 0 {
				ratios = append(ratios, math.Log((l.spam[t]+1)*(l.words[0]+21)/((l.ham[t]+1)*(l.words[1]+21))))
			}
		}
	}
	slices.SortFunc(ratios, func(a, b float64) int { return cmp.Compare(math.Abs(b), math.Abs(a)) })
	sum := 0.0
	for _, r := range ratios[:min(20, len(ratios))] {
		sum += r
	}
	return sum
}

// fisher is Robinson's combination, in log-odds.
func (l *learner) fisher(d *doc) float64 {
	if l.nham == 0 || l.nspam == 0 {
		return 0
	}
	spam, ham, n := 0.0, 0.0, 0
	for _, b := range [][]int32{d.header, d.body} {
		for _, t := range b {
			h, s, k := l.ham[t]/l.nham, l.spam[t]/l.nspam, l.ham[t]+l.spam[t]
			if k == 0 {
				continue
			}
			if p := (0.05 + k*s/(h+s)) / (0.1 + k); math.Abs(p-0.5) >= 0.375 {
				spam, ham, n = spam+math.Log(p), ham+math.Log(1-p), n+1
			}
		}
	}
	return lnTail(-spam, n) - lnTail(-ham, n)
}

// lnTail is the logarithm of the tail of the chi-square distribution with 2n degrees of freedom beyond 2*half.
func lnTail(half float64, n int) float64 {
	term, sum := 0.0, 0.0
	for i := 1; i < n; i++ {
		term += math.Log(half / float64(i))
		big, small := max(term, sum), min(term, sum)
		sum = big + math.Log1p(math.Exp(small-big))
	}
	return min(sum-half, 0)
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// online classifies each message and learns it, delay messages later, a share of noise with the wrong label.
func online(docs []doc, tokens int, s step, delay int, noise float64) []metrics.Outcome {
	l := newLearner(tokens, s)
	rnd := rand.New(rand.NewPCG(1, 2))
	var out []metrics.Outcome
	for i := range docs {
		out = append(out, metrics.Outcome{Spam: docs[i].spam, Score: l.score(&docs[i])})
		if i >= delay {
			d := docs[i-delay]
			if rnd.Float64() < noise {
				d.spam = !d.spam
			}
			l.learn(&d)
		}
	}
	return out
}

// batch trains on the first n messages and classifies the others.
func batch(docs []doc, tokens int, s step, order string, n int) []metrics.Outcome {
	l := newLearner(tokens, s)
	train := func(wanted func(spam bool) bool) {
		for i := range docs[:n] {
			if wanted(docs[i].spam) {
				l.learn(&docs[i])
			}
		}
		l.finish()
	}
	ham, spam := func(spam bool) bool { return !spam }, func(spam bool) bool { return spam }
	switch order {
	case "ham-first":
		train(ham)
		train(spam)
	case "spam-first":
		train(spam)
		train(ham)
	default:
		train(func(bool) bool { return true })
	}
	var out []metrics.Outcome
	for i := range docs[n:] {
		out = append(out, metrics.Outcome{Spam: docs[n+i].spam, Score: l.score(&docs[n+i])})
	}
	return out
}
