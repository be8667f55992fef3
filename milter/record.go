package milter

import (
	"strings"

	"asterism/history"
	"asterism/message"
)

// record has the mail noted in the history.
func (t *transaction) record(o *outcome) {
	record := t.session.server.opt.Record
	if record == nil {
		return
	}
	of := &history.Outcome{Front: "milter", Action: o.action, Reason: o.skipped, Err: o.err, Quarantine: o.kept,
		Size: int64(t.mail.size),
		Took: o.took}
	if o.verdict == nil {
		h := t.mail.shown()
		of.MessageID, of.Subject, of.From = h.Value("Message-ID"), h.Get("Subject"), h.Get("From")
	}
	record(t.input(), o.verdict, of)
}

// shownFields are the fields that a mail without a verdict is shown by.
var shownFields = [...]string{"From", "Subject", "Message-ID"}

// maxShown bounds what is kept of such a field, in bytes.
const maxShown = 2000

// show keeps the first of each of these fields.
func (a *assembly) show(name, value string) {
	for i, n := range shownFields {
		if a.shownValues[i] == "" && strings.EqualFold(name, n) {
			a.shownValues[i] = value[:min(len(value), maxShown)]
		}
	}
}

// shown returns these fields as a header.
func (a *assembly) shown() *message.Header {
	var b strings.Builder
	for i, n := range shownFields {
		if v := a.shownValues[i]; v != "" {
			b.WriteString(n + ":" + strings.Join(strings.FieldsFunc(v,
				func(r rune) bool { return r == '\r' || r == '\n' }), " ") + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return message.Parse([]byte(b.String())).Header()
}
