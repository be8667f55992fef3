package attachment

// Action is what becomes of a mail with a file of some kind. A higher one is stricter.
type Action uint8

// The actions.
const (
	Drop       Action = iota + 1 // a note takes the part's place
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

// Order says what becomes of mails that have a file for which a condition holds.
type Order struct {
	Do   Action
	When *Condition
}
