package milter

import (
	"errors"
	"slices"
	"time"

	"asterism/classifier"
	"asterism/quarantine"
)

// errNoQuarantine and errRecipients are why a mail cannot be kept; like a full disk they make the check one that has
// failed.
var (
	errNoQuarantine = errors.New("no quarantine directory")
	errRecipients   = errors.New("too many recipients for the quarantine")
)

// keep puts the mail into the quarantine and returns its ID there.
func (t *transaction) keep(v *classifier.Verdict) (string, error) {
	if t.settings.Quarantine == nil {
		return "", errNoQuarantine
	}
	if t.envelope > maxEnvelope {
		return "", errRecipients // not all are known
	}
	s := t.session
	env := &quarantine.Envelope{
		Received: time.Now().UTC(), QueueID: t.session.macros.Get("i"), ClientName: s.clientName, Helo: s.helo,
		AuthUser: t.authUser, Sender: t.sender, Recipients: t.recipients,
	}
	if s.client.IsValid() {
		env.Client = s.client.String()
	}
	return t.settings.Quarantine.Put(t.raw, env, v)
}

// maxPasses is how many fields of a mail are looked at: the genuine one comes first, and each takes time.
const maxPasses = 3

// passed reports whether the mail comes from the quarantine, and returns what its field is to become.
func (t *transaction) passed() (string, bool) {
	for _, value := range t.mail.passes[:min(len(t.mail.passes), maxPasses)] {
		if shown, ok := t.settings.Quarantine.Passed(value, t.raw); ok {
			return shown, true
		}
	}
	return "", false
}

// settlePass removes the quarantine's fields, the one of a mail that passes except for its text.
func (t *transaction) settlePass(passed string) error {
	for i := range slices.Backward(t.mail.passes) {
		err := error(nil)
		if i == 0 && passed != "" {
			err = t.change(1, quarantine.FieldName, passed)
		} else {
			err = t.session.replies.changeHeader(i+1, quarantine.FieldName, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
