package classifier

import (
	"context"

	"asterism/message"
	"asterism/rules"
)

// Network answers the rules with network tests.
type Network interface {
	// Start sends the queries and returns at once. It does not read the message and its scan after that.
	Start(ctx context.Context, m *message.Message, in *Input, scan *rules.Scan) Answers
}

// Answers are the results of Network for one message.
type Answers interface {
	// Wait queries for texts that rules captured, and returns the rules that hit, each with its finding, and notes
	// about missing answers. It returns when all answers are there, and at the latest when the context given to Start
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
