package attachment

// Action is an action on a mail with a file of some kind. A higher one is stricter.
type Action uint8

// The actions.
const (
	Drop       Action = iota + 1 // a note replaces the part
	Quarantine                   // into a quarantine
	Discard                      // nowhere
	Reject                       // back to the sender
)

// ActionNamed returns the action that options write so.
func ActionNamed(name string) (Action, bool) {
	for i, n := range [...]string{"drop", "quarantine", "discard", "reject"} {
		if n == name {
			return Drop + Action(i), true
		}
	}
	return 0, false
}

// Order is the action on mails with a file for which a condition holds.
type Order struct {
	Do   Action
	When *Condition
}
