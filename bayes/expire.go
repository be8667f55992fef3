package bayes

// maxMarks bounds the marks that say what was learned.
const maxMarks = 1_000_000

// slack is how many of a hundred tokens there may be too many before they are expired, so that it is not done all the time.
const slack = 5

// expireIfDue makes room if there are too many tokens. Scans and other learnings go on meanwhile.
func (l *Learner) expireIfDue() error {
	t, err := l.st.Totals()
	if err != nil || t.Tokens <= l.opt.MaxTokens+l.opt.MaxTokens/100*slack {
		return err
	}
	_, err = l.Expire()
	return err
}

// Expire removes tokens until at most MaxTokens are left: those without weight first, then the longest unused. It returns
// how many it removed.
func (l *Learner) Expire() (int, error) {
	return l.st.Expire(l.opt.MaxTokens, maxMarks)
}
