package milter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/envelope"
	"asterism/message"
	"asterism/policy"
	"asterism/tag"
	"asterism/unmark"
)

// apply does with a mail what its verdict and the site's policy say, and returns the reply to its end.
func (t *transaction) apply(o *outcome) (*gomilter.Response, error) {
	if o.verdict == nil || t.settings.Policy == nil {
		return gomilter.RespAccept, t.tag(o)
	}
	d := t.settings.Policy.Decide(t.envelopeOf(), o.verdict.Score, o.verdict.Attached)
	if d.Action > policy.Deliver {
		o.action, o.attachment = d.Action.String(), d.By
	}
	o.drop = d.Drop
	switch d.Action {
	case policy.Reject:
		return rejection(d.Reply())
	case policy.Discard:
		return gomilter.RespDiscard, nil
	case policy.Store:
		if o.kept, o.err = t.keep(o.verdict); o.err == nil {
			return gomilter.RespDiscard, nil
		}
		if t.settings.OnError == Tempfail {
			o.action = "tempfail"
			return gomilter.RespTempFail, nil
		}
		o.action = "tag"
	}
	if err := t.tag(o); err != nil {
		return nil, err
	}
	err := t.divert(d, o.verdict)
	if errors.Is(err, gomilter.ErrModificationNotAllowed) { // an old MTA: deliver with the verdict, and say so
		o.action, o.err = "tag", fmt.Errorf("the MTA does not let its milters %s mail", d.Action)
		err = nil
	}
	return gomilter.RespAccept, err
}

// divert sends a mail elsewhere.
func (t *transaction) divert(d policy.Decision, v *classifier.Verdict) error {
	switch d.Action {
	case policy.Quarantine:
		reason := strings.ReplaceAll(classifier.HeaderName+": "+v.HeaderValue(), "\n\t", " ")
		return t.session.replies.quarantine(oneLine(reason))
	case policy.Redirect:
		if err := t.addRecipients(d.To); err != nil {
			return err
		}
		for i, to := range t.recipients {
			kept := func(target string) bool { return envelope.Same(target, to) || envelope.Same(target, t.resolved[i]) }
			if slices.ContainsFunc(d.To, kept) {
				continue // it was among the recipients already
			}
			if err := t.deleteRecipient(i); err != nil {
				return err
			}
		}
	case policy.Copy:
		return t.addRecipients(d.To)
	}
	return nil
}

// addRecipients adds the addresses that are not among the recipients yet.
func (t *transaction) addRecipients(addresses []string) error {
	for _, to := range addresses {
		if t.goesTo(to) {
			continue
		}
		if err := t.session.replies.addRecipient(oneLine(to)); err != nil {
			return err
		}
	}
	return nil
}

// deleteRecipient removes a recipient, by each of the names that the MTA may have for it: sendmail compares what an
// address resolves to, Postfix the address without route and quotes.
func (t *transaction) deleteRecipient(i int) error {
	names := []string{t.recipients[i], envelope.Mailbox(t.recipients[i]), t.resolved[i]}
	for j, name := range names {
		if name == "" || slices.Contains(names[:j], name) {
			continue
		}
		if err := t.session.replies.deleteRecipient(oneLine(name)); err != nil {
			return err
		}
	}
	return nil
}

// rejection returns the reply that refuses a mail, from a text such as "550 5.7.1 No spam, please".
func rejection(reply string) (*gomilter.Response, error) {
	code, text, _ := strings.Cut(reply, " ")
	n, err := strconv.ParseUint(code, 10, 16)
	if err != nil {
		return gomilter.RespReject, nil
	}
	return gomilter.RejectWithCodeAndReason(uint16(n), text)
}

// tag removes every field that looks like one of ours and adds ours, if there is a verdict. The fields are deleted
// last to first: Postfix counts those that are left, sendmail those that were. Ours are inserted at the end rather
// than added, as sendmail would put an added field in the place, and under the spelling, of a deleted one.
func (t *transaction) tag(o *outcome) error {
	v := o.verdict
	if err := t.removeForged(); err != nil {
		return err
	}
	if err := t.settlePass(o.passed); err != nil {
		return err
	}
	if v == nil {
		return nil
	}
	if err := t.addAuthResults(v.AuthResults); err != nil {
		return err
	}
	for _, f := range t.settings.Tags.Fields(v) {
		if err := t.insert(endOfHeader, f.Name, f.Value); err != nil {
			return err
		}
	}
	if err := t.dropParts(o); err != nil {
		return err
	}
	if err := t.attachReport(o); err != nil {
		return err
	}
	return t.markSubject(v)
}

// removeForged removes what claims to be ours, and whatever some programs could take for it.
func (t *transaction) removeForged() error {
	for _, h := range t.mail.hidden {
		if err := t.change(h.index, h.name, h.value); err != nil {
			return err
		}
	}
	for i, name := range t.mail.names {
		for n := t.mail.forged[i]; n > 0; n-- {
			if err := t.session.replies.changeHeader(n, name, ""); err != nil {
				return err
			}
		}
	}
	for _, s := range append(t.mail.odd, spelling{name: classifier.AuthResultsName, forged: t.mail.results.forged}) {
		for _, i := range slices.Backward(s.forged) {
			if err := t.session.replies.changeHeader(i, s.name, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropParts puts notes in the place of the parts that are to be dropped, where the mail can be changed and the MTA lets
// it be.
func (t *transaction) dropParts(o *outcome) error {
	if len(o.drop) == 0 {
		return nil
	}
	mail := message.ParseMail(t.raw, t.mail.header)
	head := len(t.raw) - len(mail.Body())
	header, body, err := t.settings.Tags.Dropping.Drop(mail, o.drop)
	if err != nil {
		o.attachment = fmt.Sprintf("%s stays: %v", o.drop[0].Why(), err)
		return nil
	}
	if err := t.replace(header, body); errors.Is(err, gomilter.ErrModificationNotAllowed) {
		o.err = errors.New("no attachment dropped: the MTA does not let its milters replace a mail's body")
		return nil
	} else if err != nil {
		return err
	}
	o.attachment = "dropped " + o.drop[0].Why()
	t.raw, t.mail.header = append(t.raw[:head:head], body...), head
	o.whole = len(header) > 0
	return nil
}

// replace changes a mail's body, and fields of its header.
func (t *transaction) replace(header []tag.Change, body []byte) error {
	err := t.session.replies.replaceBody(body)
	for _, c := range header {
		switch {
		case err != nil:
		case c.Index == 0:
			err = t.insert(endOfHeader, c.Name, c.Value)
		default:
			err = t.session.replies.changeHeader(c.Index, c.Name, "")
		}
	}
	return err
}

// attachReport makes the report a part of a spam, where the site wants that, the mail can be changed and the MTA lets
// it be.
func (t *transaction) attachReport(o *outcome) error {
	if !t.settings.Tags.Report || !o.verdict.Spam() || o.whole { // of what is a note now there is nothing to report
		return nil
	}
	header, body, ok := tag.AttachReport(message.ParseMail(t.raw, t.mail.header), t.settings.Tags.ReportOn(t.raw,
		o.verdict))
	if !ok {
		return nil
	}
	err := t.replace(header, body)
	if errors.Is(err, gomilter.ErrModificationNotAllowed) {
		o.err = errors.New("no report attached: the MTA does not let its milters replace a mail's body")
		return nil
	}
	return err
}

// markSubject puts the site's mark before the subject of spam.
func (t *transaction) markSubject(v *classifier.Verdict) error {
	subject := t.mail.subjectText()
	marked, change := t.settings.Tags.RewriteSubject(subject, v)
	switch {
	case !change:
		return nil
	case t.mail.subject == nil:
		if err := t.insert(endOfHeader, tag.PrevSubject, unmark.NoField); err != nil {
			return err
		}
		return t.insert(endOfHeader, "Subject", marked)
	}
	if err := t.insert(endOfHeader, tag.PrevSubject, strings.TrimLeft(subject, " \t")); err != nil {
		return err
	}
	return t.change(1, "Subject", marked)
}

// addAuthResults puts what was found of the sender's authentication on top, where readers look for the site's own word.
func (t *transaction) addAuthResults(a *classifier.AuthResults) error {
	if a == nil {
		return nil
	}
	return t.insert(0, classifier.AuthResultsName, a.Value)
}

// endOfHeader is an index beyond any field; sendmail and Postfix then append.
const endOfHeader = 1 << 20

// insert adds a field at a place in the header.
func (t *transaction) insert(at int, name, value string) error {
	return t.session.replies.insertHeader(at, name, t.fieldValue(value))
}

// change gives the index-th field of a name, counted from 1, a value.
func (t *transaction) change(index int, name, value string) error {
	return t.session.replies.changeHeader(index, name, t.fieldValue(strings.TrimLeft(value, " \t")))
}

// oneLine returns a text without control characters: addresses and reasons.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), "")
}

// fieldValue makes a value that of one field, whatever was in the mail's text that it is made of, and puts the space
// before a value that an MTA asked to leave leading space alone does not put there itself.
func (t *transaction) fieldValue(v string) string {
	v = tag.OneField(v)
	if t.session.protocol&gomilter.OptHeaderLeadingSpace != 0 {
		return " " + v
	}
	return v
}
