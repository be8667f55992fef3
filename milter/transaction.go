package milter

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/attachment"
	"asterism/classifier"
	"asterism/contain"
	"asterism/envelope"
	"asterism/policy"
	"asterism/quarantine"
	"asterism/tag"
)

// errHungUp is returned to go-milter when the MTA went away while its mail was in hand.
var errHungUp = errors.New("the MTA hung up")

// errOrder is returned to go-milter, which then closes the connection, for a packet that cannot come where it came.
var errOrder = errors.New("the MTA's packets are out of order")

// maxEnvelope bounds the bytes kept of a mail's envelope addresses.
const maxEnvelope = 1 << 20

// transaction is one mail, from its envelope to the reply to its end. go-milter calls its methods in the protocol's
// order.
type transaction struct {
	gomilter.NoOpMilter
	session  *session
	settings *Settings

	sender     string
	recipients []string
	resolved   []string // the recipients as the MTA has resolved them, empty where it does not say
	mailAddr   string   // the sender likewise
	envelope   int      // bytes in the fields above
	authUser   string
	utf8       bool // the client said SMTPUTF8 (RFC 6531)
	mail       assembly
	raw        []byte // the mail, once it has come to its end, if it is to be checked
	headerDone bool   // the MTA has said that the header has ended
	broken     error  // a panic on the mail's way here
	idle       bool   // nobody but this transaction uses raw: it may be another mail's when this one has ended
}

// Connect notes who the MTA talks to.
func (t *transaction) Connect(host, family string, _ uint16, addr string, m *gomilter.Modifier) (*gomilter.Response,
	error) {
	if t.begun() {
		return t.outOfOrder("a connection inside a mail")
	}
	t.session.broken = contain.Do(func() { t.session.connect(host, family, addr, m.Macros) })
	return gomilter.RespContinue, nil
}

// Helo notes the client's HELO name.
func (t *transaction) Helo(name string, m *gomilter.Modifier) (*gomilter.Response, error) {
	t.session.broken = cmp.Or(contain.Do(func() { t.session.hello(name, m.Macros) }), t.session.broken)
	return gomilter.RespContinue, nil
}

// MailFrom begins a mail.
func (t *transaction) MailFrom(from, args string, m *gomilter.Modifier) (*gomilter.Response, error) {
	t.take(func() {
		t.begin()
		t.sender = from
		t.mailAddr = m.Macros.Get("{mail_addr}")
		t.envelope = len(from) + len(t.mailAddr)
		t.authUser = m.Macros.Get("{auth_authen}")
		t.utf8 = slices.ContainsFunc(strings.Fields(args), func(arg string) bool {
			return strings.EqualFold(arg,
				"SMTPUTF8")
		})
	})
	return gomilter.RespContinue, nil
}

// begun tells whether a mail is in hand.
func (t *transaction) begun() bool { return t.settings != nil }

// outOfOrder ends the connection of an MTA that has sent what cannot be understood.
func (t *transaction) outOfOrder(what string) (*gomilter.Response, error) {
	err := fmt.Errorf("%w: %s", errOrder, what)
	t.session.reader.onFault(err)
	return nil, err
}

// take takes in one packet. A panic counts as a failed check of the mail.
func (t *transaction) take(packet func()) {
	if err := contain.Do(packet); err != nil {
		t.broken = err
	}
}

// begin forgets the last mail and fixes the settings for this one.
func (t *transaction) begin() {
	*t = transaction{session: t.session, settings: t.session.server.settings.Load()}
	t.session.bytes.GiveAll()
	pass := ""
	if t.settings.Quarantine != nil {
		pass = quarantine.FieldName
	}
	t.mail = assemble(t.settings.MaxSize, &t.session.bytes, t.session.leadingSpace, t.settings.Tags.Names(), pass)
	t.mail.room, t.mail.checking = t.session.server.makeBytes, t.session.server.checking
	if raw, ok := t.session.server.raws.Get().(*[]byte); ok && t.session.bytes.Take(int64(cap(*raw))) {
		t.mail.raw = (*raw)[:0]
	}
}

// RcptTo notes a recipient. One mail may go to more than are worth keeping.
func (t *transaction) RcptTo(to, _ string, m *gomilter.Modifier) (*gomilter.Response, error) {
	if !t.begun() {
		return t.outOfOrder("a recipient outside of a mail")
	}
	t.take(func() {
		resolved := m.Macros.Get("{rcpt_addr}")
		if t.envelope += len(to) + len(resolved); t.envelope <= maxEnvelope {
			t.recipients, t.resolved = append(t.recipients, to), append(t.resolved, resolved)
		}
	})
	return gomilter.RespContinue, nil
}

// Header takes one header field.
func (t *transaction) Header(name, value string, m *gomilter.Modifier) (*gomilter.Response, error) {
	switch {
	case !t.begun():
		return t.outOfOrder("a header field outside of a mail")
	case t.headerDone:
		return t.outOfOrder("a header field behind the header")
	}
	t.take(func() {
		t.mail.field(name, value)
		if !tag.Claims(name, classifier.AuthResultsName) {
			return
		}
		if forged := t.settings.Tags.ForgedResult(m.Macros.Get("j"), value); isNamed(name, classifier.AuthResultsName) {
			t.mail.results.add(forged)
		} else {
			t.mail.spelled(strings.TrimRight(name, " \t"), forged)
		}
	})
	return gomilter.RespContinue, nil
}

// Headers ends the header.
func (t *transaction) Headers(*gomilter.Modifier) (*gomilter.Response, error) {
	switch {
	case !t.begun():
		return t.outOfOrder("the end of a header outside of a mail")
	case t.headerDone:
		return t.outOfOrder("a second end of the header")
	}
	t.take(t.endHeader)
	return gomilter.RespContinue, nil
}

func (t *transaction) endHeader() {
	t.headerDone = true
	t.mail.endOfHeader()
}

// BodyChunk takes a piece of the body, or declines the rest as soon as it is known that the mail will not be checked.
func (t *transaction) BodyChunk(chunk []byte, _ *gomilter.Modifier) (*gomilter.Response, error) {
	switch {
	case !t.begun():
		return t.outOfOrder("a body outside of a mail")
	case !t.headerDone:
		return t.outOfOrder("a body without the end of a header")
	}
	enough := true
	t.take(func() {
		if t.skipReason() == "" {
			t.mail.body(chunk)
			enough = t.skipReason() != "" || t.mail.overload
		}
	})
	if enough && t.session.canSkip {
		return gomilter.RespSkip, nil
	}
	return gomilter.RespContinue, nil
}

// skipReason returns why the mail is not to be checked, or the empty string.
func (t *transaction) skipReason() string {
	s := t.settings
	switch {
	case s.SkipAuthenticated && t.authUser != "":
		return "authenticated"
	case s.SkipTrusted && s.Trusted != nil && t.session.client.IsValid() && s.Trusted(t.session.client):
		return "trusted"
	case t.mail.tooLarge():
		return "too large"
	}
	return ""
}

// EndOfMessage checks the mail, changes its header and says what to do with it.
func (t *transaction) EndOfMessage(m *gomilter.Modifier) (*gomilter.Response, error) {
	if !t.begun() {
		return t.outOfOrder("the end of a mail that was not begun")
	}
	defer t.end()
	if !t.headerDone {
		t.take(t.endHeader)
	}
	started := time.Now()
	o := outcome{action: "accept"}
	if o.err = cmp.Or(t.broken, t.session.broken); o.err == nil {
		if panicked := contain.Do(func() { o = t.outcome(m) }); panicked != nil {
			o.err = panicked
		}
	}
	o.took = time.Since(started)
	reply, err := t.settle(m, &o)
	_ = contain.Do(func() {
		t.log(m, o)
		t.record(m, &o)
		if err == nil {
			t.graph(m, o)
		}
	})
	return reply, err
}

// settle says what becomes of the mail. Where tagging it panics, its changes are dropped and its check has failed.
func (t *transaction) settle(m *gomilter.Modifier, o *outcome) (reply *gomilter.Response, err error) {
	if errors.Is(o.err, errHungUp) {
		return nil, errHungUp
	}
	if o.err == nil {
		panicked := contain.Do(func() { reply, err = t.apply(m, o) })
		if panicked == nil {
			return reply, t.hungUp(o, err)
		}
		t.session.reader.dropHeld()
		*o = outcome{action: "accept", err: panicked, took: o.took}
	}
	if t.settings.policy(o.err) == Tempfail {
		o.action = "tempfail"
		return gomilter.RespTempFail, nil
	}
	if panicked := contain.Do(func() { err = t.tag(m, o) }); panicked != nil { // a forged verdict may be left
		o.action = "tempfail"
		return gomilter.RespTempFail, nil
	}
	return gomilter.RespAccept, t.hungUp(o, err)
}

// hungUp notes that the MTA does not take what is to become of the mail.
func (t *transaction) hungUp(o *outcome, err error) error {
	if err == nil {
		return nil
	}
	o.err = errors.Join(errHungUp, err)
	return o.err
}

// maxKept is the most memory, in bytes, that is kept for the next mail.
const maxKept = 256 << 10

// end gives back what the mail took.
func (t *transaction) end() {
	if raw := t.raw; t.idle && cap(raw) <= maxKept {
		t.session.server.raws.Put(&raw)
	}
	t.raw, t.idle = nil, false
	t.session.bytes.GiveAll()
}

// Abort forgets the mail; the SMTP session goes on.
func (t *transaction) Abort(*gomilter.Modifier) error {
	*t = transaction{session: t.session}
	t.session.bytes.GiveAll()
	return nil
}

// envelopeOf returns what a policy may depend on.
func (t *transaction) envelopeOf(m *gomilter.Modifier) *policy.Envelope {
	return &policy.Envelope{Client: t.session.client, AuthUser: t.authUser, Sender: t.sender, Recipients: t.recipients,
		ResolvedSender: t.mailAddr, Resolved: t.resolved, Host: m.Macros.Get("j")}
}

// mailboxes returns the recipients' addresses in their plain form.
func (t *transaction) mailboxes() []string {
	plain := make([]string, len(t.recipients))
	for i, to := range t.recipients {
		plain[i] = envelope.Mailbox(to)
	}
	return plain
}

// goesTo tells whether an address is among the recipients already, however it is written.
func (t *transaction) goesTo(address string) bool {
	for i, to := range t.recipients {
		if envelope.Same(to, address) || envelope.Same(t.resolved[i], address) {
			return true
		}
	}
	return false
}

// outcome is what came of one mail.
type outcome struct {
	verdict *classifier.Verdict // nil if it was not checked
	action  string              // for the log
	skipped string              // why it was not checked, if that was intended
	passed  string              // what is to be left of the quarantine's field of a mail that it has released
	kept    string              // its ID in the quarantine
	drop    []attachment.Cut    // parts to be dropped
	whole   bool                // all of the mail was dropped but its header

	attachment string        // which attachment decided or was dropped, and why, for the log
	err        error         // why it could not be checked
	took       time.Duration // wall time of the check, waiting for its turn included
}

// outcome checks the mail, unless it is one to be skipped.
func (t *transaction) outcome(m *gomilter.Modifier) outcome {
	if reason := t.skipReason(); reason != "" {
		return outcome{action: "skip", skipped: reason}
	}
	if t.mail.overload {
		return outcome{action: "accept", err: errOverload}
	}
	t.raw = t.mail.take()
	if passed, ok := t.passed(); ok {
		return outcome{action: "skip", skipped: "released", passed: passed}
	}
	in := t.input(m)
	v, err := t.check(m, in)
	if err != nil {
		return outcome{action: "accept", err: err}
	}
	t.idle = in.Copied()
	return outcome{action: "tag", verdict: v}
}

// input returns what the checker is told. The Received field that the MTA will add for this hop is not among the
// fields it passes on; the client's address and names stand for it.
func (t *transaction) input(m *gomilter.Modifier) *classifier.Input {
	return &classifier.Input{
		Raw:        t.raw,
		HeaderLen:  t.mail.header,
		Client:     t.session.client,
		ClientName: t.session.clientName,
		Helo:       t.session.helo,
		Sender:     envelope.Mailbox(t.sender),
		Recipients: t.mailboxes(),
		AuthUser:   t.authUser,
		UTF8:       t.utf8,
		QueueID:    m.Macros.Get("i"),
		Host:       m.Macros.Get("j"),
		User:       classifier.UserOf(t.recipients),
	}
}
