package classifier

import (
	"context"

	"asterism/message"
	"asterism/rules"
)

// Network answers the rules that ask others.
type Network interface {
	// Start begins asking and returns at once. It reads what it needs of the message and its scan before it returns.
	Start(ctx context.Context, m *message.Message, in *Input, scan *rules.Scan) Answers
}

// Answers is what Network will know of one message.
type Answers interface {
	// Wait asks about what rules have captured, and returns the rules that hit, each with what was found, and notes about
	// what did not answer. It returns when everything has been answered, and at the latest when the context given to Start
	// ends. The scan's rules must have run.
	Wait() (hits map[string]string, notes []string)
	// AuthResults returns the field to add, nil for none. It is to be called after Wait.
	AuthResults() *AuthResults
}

// pendingChecks are the network checks of one message. Its end is waited for, also where the rules panic.
type pendingChecks struct {
	Answers
	cancel context.CancelFunc
	waited bool
}

func (a *pendingChecks) Wait() (hits map[string]string, notes []string) {
	a.waited = true
	return a.Answers.Wait()
}

func (a *pendingChecks) end() {
	if !a.waited {
		a.cancel()
		a.Wait()
	}
}
