package classifier

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"asterism/rules"
)

// Sum has the parts of a score to which the learner's evidence is added as log-odds:
//
//	score = tests + fixed + learner
//	learner = trust * (5 - evenOdds + log-odds), within bounds
//	tests = share * sum of their scores, share = 1 - trust * (1 - besideLearner)
//
// A score of 5.0 stands for the same certainty whatever required_score is: each further point means odds e times as
// high.
type Sum struct {
	Learner float64 `json:"learner"` // points of the learner, which its BAYES_* tests carry
	Trust   float64 `json:"trust"`   // in the learner, from 0 to 1: without any, the tests count as they do alone
	Share   float64 `json:"share"`   // the part of a test's score that counts
	Tests   float64 `json:"tests"`   // points of these tests
	// points that count in full: the administrator's own scores, rules and lists, and tests that end a scan
	Fixed float64 `json:"fixed"`
}

// String returns the sum as lines of a report.
func (s *Sum) String() string {
	text := fmt.Sprintf("Sum: learner %+.3f, tests %+.3f", s.Learner, s.Tests)
	if s.Fixed != 0 {
		text += fmt.Sprintf(", fixed %+.3f", s.Fixed)
	}
	return text + fmt.Sprintf("\n  trust in the learner %.2f, so tests count %.2f of their scores\n", s.Trust, s.Share)
}

// The constants were chosen on two corpora of different decades, each in several regimes (docs/learner.md).
const (
	evenOdds      = 4.5  // log-odds of spam that make 5.0 without any test: a probability of 0.989
	besideLearner = 0.65 // part of a test's score that counts beside a learner that is trusted entirely
	leastPoints   = -4   // bounds of the learner's points
	mostPoints    = 10
)

// learnerPoints returns the points of log-odds with full trust, beside fixed points. Against those the learner counts
// the less the more they are, in the end from -2 to 5, as BAYES_ tests with scores of their own do: a score of 7 that
// the administrator gives a test makes spam, whatever has been learned.
func learnerPoints(odds, fixed float64) float64 {
	least := leastPoints + min(max(fixed, 0)/2, 2)
	most := mostPoints - min(max(-fixed, 0), 5)
	return min(max(5-evenOdds+odds, least), most)
}

// fixed reports whether a hit's score counts in full beside the learner.
func fixed(h *rules.Hit) bool { return h.Own || h.Rule.Has("userconf") || h.Rule.Has("noautolearn") }

// carriers returns the hits that the learner's points are shown with, by the range of probabilities they stand for;
// none where one of them has a score of the administrator's, which then takes their place, or where he has switched
// them off.
func carriers(hits []rules.Hit) []*rules.Hit {
	var list []*rules.Hit
	for i := range hits {
		if _, ok := hits[i].Rule.BayesFrom(); !ok {
			continue
		}
		if hits[i].Own {
			return nil
		}
		list = append(list, &hits[i])
	}
	slices.SortStableFunc(list, func(a, b *rules.Hit) int {
		x, _ := a.Rule.BayesFrom()
		y, _ := b.Rule.BayesFrom()
		return cmp.Compare(x, y)
	})
	return list
}

// weigh turns the hits' scores into their points beside the learner, whose log-odds and trust are given, and returns
// how. It returns nil, and changes nothing, where the hits' own scores are what counts.
func weigh(hits []rules.Hit, scoreSet int, odds, trust float64) *Sum {
	carrying := carriers(hits)
	if len(carrying) == 0 {
		return nil
	}
	s := &Sum{Trust: trust, Share: 1 - trust*(1-besideLearner)}
	for i := range hits {
		h := &hits[i]
		switch _, carries := h.Rule.BayesFrom(); {
		case carries:
		case fixed(h):
			s.Fixed += h.Score
		default:
			r := h.Rule
			alone := h.Score * r.Scores[scoreSet] / r.Scores[scoreSet|rules.WithBayes]
			h.Score = thousandths(s.Share * (alone + trust*(h.Score-alone)))
			s.Tests += h.Score
		}
	}
	s.Learner = thousandths(trust * learnerPoints(odds, s.Fixed))
	below := 0.0
	for i, h := range carrying {
		upTo := s.Learner
		if i+1 < len(carrying) { // from there on the next one counts
			from, _ := carrying[i+1].Rule.BayesFrom()
			upTo = min(upTo, thousandths(trust*learnerPoints(logit(from), s.Fixed)))
		}
		h.Score = thousandths(upTo - below)
		below = upTo
	}
	return s
}

// thousandths rounds points as scores are written.
func thousandths(points float64) float64 { return math.Round(points*1000) / 1000 }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
