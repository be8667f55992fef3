package rules

import "asterism/message"

// The lists of people whose mail the learner has nothing to do with.
const (
	listIgnoreFrom = "bayes_ignore_from"
	listIgnoreTo   = "bayes_ignore_to"
)

// IgnoresBayes reports whether the learner is to leave a message alone: bayes_ignore_from has its sender, or
// bayes_ignore_to one of its recipients.
func (s *Set) IgnoresBayes(m *message.Message, env *Envelope) bool {
	if s.shared.lists[listIgnoreFrom] == nil && s.shared.lists[listIgnoreTo] == nil {
		return false
	}
	sc := s.Begin(m, env)
	defer sc.Close()
	return sc.anyIn(listIgnoreFrom, sc.senders) || sc.anyIn(listIgnoreTo, sc.receivers)
}
