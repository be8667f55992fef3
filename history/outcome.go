package history

import (
	"strings"
	"time"

	"asterism/classifier"
)

// Outcome is a front's action on a mail.
type Outcome struct {
	Front      string // milter, spamc, mda, http
	Action     string // as in the log
	Reason     string // why the mail was not scanned, if that was intended
	Err        error  // why it could not be
	Quarantine string // its ID there
	Size       int64  // of the mail; the length of Input.Raw if 0
	Took       time.Duration

	// Of a mail without a verdict; otherwise the verdict has them.
	MessageID, Subject, From string
}

// Bounds of a record's fields, in bytes and numbers, so that no sender can make it large.
const (
	maxText       = 500
	maxAddress    = 320 // RFC 5321, section 4.5.3.1: 64 and 255 and the @
	maxRecipients = 1000
	maxTests      = 500
	maxWord       = 100
)

// NewRecord returns the record of a mail. v is nil for a mail without a verdict. Nothing of it is shared with the
// mail's memory.
func NewRecord(in *classifier.Input, v *classifier.Verdict, o *Outcome) *Record {
	r := &Record{
		Time: time.Now(), Front: o.Front, QueueID: clip(in.QueueID,
			maxAddress), Client: in.Client, ClientName: clip(in.ClientName, maxText),
		Helo: clip(in.Helo, maxText), AuthUser: clip(in.AuthUser, maxAddress), Sender: clip(in.Sender,
			maxAddress), User: clip(in.User, maxAddress),
		Size: o.Size, Action: o.Action, Reason: o.Reason, Quarantine: o.Quarantine, Took: o.Took,
		MessageID: clip(bareID(o.MessageID), maxText), Subject: clip(o.Subject, maxText), From: clip(o.From, maxText),
		Recipients: make([]string, 0, min(len(in.Recipients), maxRecipients)),
	}
	for _, to := range in.Recipients[:min(len(in.Recipients), maxRecipients)] {
		r.Recipients = append(r.Recipients, clip(to, maxAddress))
	}
	if r.Size == 0 {
		r.Size = int64(len(in.Raw))
	}
	if o.Err != nil {
		r.Error = clip(o.Err.Error(), maxText)
	}
	if v != nil {
		r.add(v)
	}
	return r
}

// add fills in a verdict.
func (r *Record) add(v *classifier.Verdict) {
	r.Scanned, r.Score, r.Required = true, v.Score, v.Required
	r.Sum, r.Autolearn = v.Sum, v.Autolearn
	if r.BayesReady = v.BayesReady; v.BayesReady {
		r.Bayes, r.BayesOdds = v.Bayes, v.BayesOdds
	}
	r.Tests = make([]Test, 0, len(v.Hits))
	for _, h := range v.Hits[:min(len(v.Hits), maxTests)] {
		r.Tests = append(r.Tests, Test{Name: h.Name, Score: h.Score, Detail: clip(h.Detail, maxText)})
	}
	for _, n := range v.Notes[:min(len(v.Notes), 20)] {
		r.Notes = append(r.Notes, clip(n, maxText))
	}
	if a := v.AuthResults; a != nil {
		r.AuthResults = clip(strings.Join(strings.Fields(a.Value), " "), 2*maxText)
	}
	k := v.Kept
	if k == nil {
		return
	}
	r.MessageID, r.Subject, r.From = clip(bareID(k.MessageID), maxText), clip(k.Subject, maxText), clip(k.From, maxText)
	for _, w := range k.Words {
		r.Words = append(r.Words, classifier.Word{Text: clip(w.Text, maxWord), Pull: w.Pull})
	}
	if e := k.Envelope; e != nil {
		r.QueueID, r.Client, r.ClientName = clip(e.QueueID, maxAddress), e.Client, clip(e.ClientName, maxText)
		r.Helo = clip(e.Helo, maxText)
		if len(r.Recipients) > 0 {
			e.Recipients = nil
		} else {
			r.Sender = clip(e.Sender, maxAddress)
		}
		for _, to := range e.Recipients[:min(len(e.Recipients), maxRecipients)] {
			r.Recipients = append(r.Recipients, clip(to, maxAddress))
		}
	}
	if l := k.Lesson; l != nil {
		r.Lesson = &Lesson{Digest: l.Digest, Key: KeyMark(k.Key), Header: l.Tokens.Header, Body: l.Tokens.Body}
		r.Teachable = true
	}
}

// clip returns a copy of a text, cut to a number of bytes.
func clip(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.Clone(s)
}
