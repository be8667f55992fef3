package bayes

// maxMarks bounds the marks of what was learned, for each token kept: marks are small, but not nothing.
const maxMarks = 1_000_000

// slack is by how much the tokens may exceed their limit before they are expired, so that it is not done all the time.
const slack = 1.05

// expireIfDue starts an expiry in the background if there are too many tokens.
func (l *Learner) expireIfDue() {
	t, err := l.st.Totals()
	if err != nil || float64(t.Tokens) <= slack*float64(l.opt.MaxTokens) || !l.expiring.CompareAndSwap(false, true) {
		return
	}
	defer l.expiring.Store(false)
	_, _ = l.st.Expire(l.opt.MaxTokens, maxMarks)
}

// Expire removes tokens now until at most MaxTokens are left: those without weight first, then the longest unused. It
// returns how many it removed.
func (l *Learner) Expire() (int, error) {
	return l.st.Expire(l.opt.MaxTokens, maxMarks)
}
