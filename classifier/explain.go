package classifier

import (
	"asterism/bayes"
	"asterism/message"
)

// Explain returns the learner's evidence of a message, and the pull of each known token, the strongest first.
func (c *Classifier) Explain(raw []byte) (bayes.Evidence, []bayes.TokenPull, error) {
	if c.opt.Learner == nil {
		return bayes.Evidence{}, nil, ErrNoLearner
	}
	header, body := c.opt.Tokenizer.Explain(message.Parse(raw, c.opening()))
	return c.opt.Learner.Explain(header, body)
}
