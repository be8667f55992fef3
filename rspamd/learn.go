package rspamd

import (
	"errors"
	"fmt"
	"net/http"

	"asterism/classifier"
	"asterism/contain"
	"asterism/store"
)

// learned is the answer to /learnspam and /learnham.
type learned struct {
	Success bool   `json:"success"`
	Queued  bool   `json:"queued,omitempty"` // the store is away: it is learned when the store is back
	Message string `json:"message,omitempty"`
}

func (s *Server) learnSpam(m *mail) (any, error) { return s.learn(m, store.Spam) }
func (s *Server) learnHam(m *mail) (any, error)  { return s.learn(m, store.Ham) }

// learn teaches a message. One that is known is no success, with rspamd's status 208.
func (s *Server) learn(m *mail, class store.Class) (_ any, err error) {
	end, err := s.begin(m)
	if err != nil {
		return nil, err
	}
	defer end()
	defer contain.Err(&err)
	results, err := s.opt.Classifier.Learn(m.ctx, m.user, []classifier.Lesson{{Raw: m.in.Raw, Class: class}})
	if errors.Is(err, classifier.ErrNoLearner) {
		return nil, &Error{http.StatusServiceUnavailable, err.Error()}
	}
	if err != nil {
		return nil, fmt.Errorf("learning failed: %w", err)
	}
	did := results[0]
	s.opt.Log.Info("learned", "class", class.String(), "size", m.size, "new", did == classifier.LearnedNew, "user",
		m.user)
	switch did {
	case classifier.LearnedKnown:
		return nil, &Error{http.StatusAlreadyReported, fmt.Sprintf("<%s> is already learned as %s", m.messageID(),
			class)}
	case classifier.LearnedLater:
		return &learned{Success: true, Queued: true, Message: "the store is away: learned when it is back"}, nil
	case classifier.LearnedOther:
		return &learned{Success: true, Message: "was learned as the other class, which is taken back"}, nil
	}
	return &learned{Success: true}, nil
}
