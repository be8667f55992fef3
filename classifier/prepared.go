package classifier

import (
	"strings"

	"asterism/bayes"
	"asterism/contain"
	"asterism/store"
	"asterism/tokenizer"
)

// Key returns the key of the learner's tokens, 0 without a learner.
func (c *Classifier) Key() store.Key { return c.opt.Key }

// TeachPrepared learns a lesson that a Verdict kept, as its class; without a class, it undoes the lesson.
func (c *Classifier) TeachPrepared(l bayes.Lesson) (_ Learned, err error) {
	defer contain.Err(&err)
	if c.opt.Learner == nil {
		return 0, ErrNoLearner
	}
	how := c.opt.Learner.Learn
	if l.Class == 0 {
		how = c.opt.Learner.Forget
	}
	results, err := how([]bayes.Lesson{l})
	if err != nil {
		return 0, err
	}
	return Outcome(results[0]), nil
}

// Rescore returns the learner's evidence of a mail that was scanned earlier, by its tokens, and its score with the
// tests that hit then. how is how the score was put together.
func (c *Classifier) Rescore(hits []Hit, how *Sum, tokens *tokenizer.Tokens) (bayes.Evidence, float64) {
	score, learner := 0.0, 0.0
	for _, h := range hits {
		score += h.Score
		if strings.HasPrefix(h.Name, "BAYES_") {
			learner += h.Score
		}
	}
	if c.opt.Learner == nil {
		return bayes.Evidence{}, thousandths(score)
	}
	e, err := c.opt.Learner.Score(tokens)
	if err != nil || !e.Ready || !c.opt.UseBayes || !c.opt.LogOdds {
		return e, thousandths(score)
	}
	tests, fixed, share := score-learner, 0.0, 1.0
	if how != nil {
		tests, fixed, share = how.Tests, how.Fixed, how.Share
	}
	now := 1 - e.Trust*(1-besideLearner)
	return e, thousandths(tests*now/share + fixed + e.Trust*learnerPoints(e.Counted, fixed))
}
