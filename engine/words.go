package engine

import "asterism/bayes"

// Words returns the pull of each known word of a message, the strongest first: by the user's tokens with
// bayes_per_user, else by the site's.
func (e *Engine) Words(user string, raw []byte) ([]bayes.TokenPull, error) {
	c, done, err := e.classifierFor(user, false)
	if err != nil {
		return nil, err
	}
	defer done()
	_, pulls, err := c.Explain(raw)
	return pulls, err
}

// Describe returns the description of a test, "" if there is none.
func (e *Engine) Describe(test string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rules == nil {
		return ""
	}
	if r := e.rules.Rule(test); r != nil {
		return r.Description
	}
	return ""
}
