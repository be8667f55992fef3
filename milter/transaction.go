package milter

import (
	"bytes"
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

// errHungUp is returned when the MTA went away while its mail was in hand.
var errHungUp = errors.New("the MTA hung up")

// errOrder is returned for a packet that cannot come where it came.
var errOrder = errors.New("the MTA's packets are out of order")

// maxEnvelope bounds the bytes kept of a mail's envelope addresses.
const maxEnvelope = 1 << 20

// transaction is one mail, from its envelope to the reply to its end.
type transaction struct {
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

// take takes in one packet and returns the reply to it. A packet that cannot be understood is an error, which ends the
// connection. A panic counts as a failed check of the mail.
func (t *transaction) take(cmd byte, data []byte) (reply *gomilter.Response, err error) {
	if err := t.inOrder(cmd); err != nil {
		return nil, err
	}
	if cmd == cmdEnd {
		return t.endOfMessage(data)
	}
	reply = gomilter.RespContinue
	panicked := contain.Do(func() {
		switch cmd {
		case cmdConnect:
			t.session.broken = nil
			err = t.session.connect(data)
		case cmdHelo:
			t.session.hello(data)
		case cmdMail:
			t.begin(data)
		case cmdRcpt:
			t.recipient(data)
		case cmdHeader:
			err = t.header(data)
		case cmdEOH:
			t.endHeader()
		case cmdBody:
			if t.body(data) && t.session.protocol&gomilter.OptSkip != 0 {
				reply = gomilter.RespSkip
			}
		}
	})
	switch {
	case panicked == nil:
	case cmd == cmdConnect || cmd == cmdHelo:
		t.session.broken = panicked
	default:
		t.broken = panicked
	}
	return reply, err
}

// inOrder reports whether a mail can have a packet of a command here.
func (t *transaction) inOrder(cmd byte) error {
	begun := t.settings != nil
	switch cmd {
	case cmdConnect:
		if begun {
			return fmt.Errorf("%w: a connection inside a mail", errOrder)
		}
	case cmdRcpt, cmdHeader, cmdEOH, cmdBody, cmdEnd:
		switch {
		case !begun:
			return fmt.Errorf("%w: %s outside of a mail", errOrder, packetNames[cmd])
		case t.headerDone && (cmd == cmdHeader || cmd == cmdEOH):
			return fmt.Errorf("%w: %s behind the header", errOrder, packetNames[cmd])
		case !t.headerDone && cmd == cmdBody:
			return fmt.Errorf("%w: a body without the end of a header", errOrder)
		}
	case cmdHelo, cmdMail, cmdData, cmdUnknown:
	case cmdOptions:
		return fmt.Errorf("%w: a second option negotiation", errOrder)
	default:
		return fmt.Errorf("unknown command %q", cmd)
	}
	return nil
}

// packetNames are the packets inside a mail, for the log.
var packetNames = map[byte]string{
	cmdRcpt: "a recipient", cmdHeader: "a header field", cmdEOH: "the end of a header", cmdBody: "a body",
	cmdEnd: "the end of a mail",
}

// begin begins a mail with its sender and the arguments of MAIL, and fixes the settings for it.
func (t *transaction) begin(data []byte) {
	server := t.session.server
	*t = transaction{session: t.session, settings: server.settings.Load()}
	t.session.bytes.GiveAll()
	pass := ""
	if t.settings.Quarantine != nil {
		pass = quarantine.FieldName
	}
	leadingSpace := t.session.protocol&gomilter.OptHeaderLeadingSpace != 0
	t.mail = assemble(t.settings.MaxSize, &t.session.bytes, leadingSpace, t.settings.Tags.Names(), pass)
	t.mail.room, t.mail.checking = server.makeBytes, server.checking
	if raw, ok := server.raws.Get().(*[]byte); ok && t.session.bytes.Take(int64(cap(*raw))) {
		t.mail.raw = (*raw)[:0]
	}
	from, args, _ := bytes.Cut(data, []byte{0})
	t.sender = gomilter.RemoveAngle(string(from))
	t.mailAddr = t.session.macros.Get("{mail_addr}")
	t.envelope = len(t.sender) + len(t.mailAddr)
	t.authUser = t.session.macros.Get("{auth_authen}")
	isSpace := func(r rune) bool { return r <= ' ' }
	t.utf8 = slices.ContainsFunc(bytes.FieldsFunc(args, isSpace), func(arg []byte) bool {
		return bytes.EqualFold(arg, []byte("SMTPUTF8"))
	})
}

// recipient notes a recipient. One mail may go to more than are worth keeping.
func (t *transaction) recipient(data []byte) {
	to, resolved := gomilter.RemoveAngle(cString(data)), t.session.macros.Get("{rcpt_addr}")
	if t.envelope += len(to) + len(resolved); t.envelope <= maxEnvelope {
		t.recipients, t.resolved = append(t.recipients, to), append(t.resolved, resolved)
	}
}

// header takes one header field: its name and its value, which end in NUL each.
func (t *transaction) header(data []byte) error {
	name, value, _ := strings.Cut(string(data[:len(data)-1]), "\x00")
	if strings.IndexByte(value, 0) >= 0 {
		return errors.New("a header field of more than a name and a value")
	}
	t.mail.field(name, value)
	if !tag.Claims(name, classifier.AuthResultsName) {
		return nil
	}
	forged := t.settings.Tags.ForgedResult(t.session.macros.Get("j"), value)
	if isNamed(name, classifier.AuthResultsName) {
		t.mail.results.add(forged)
	} else {
		t.mail.spelled(strings.TrimRight(name, " \t"), forged)
	}
	return nil
}

func (t *transaction) endHeader() {
	t.headerDone = true
	t.mail.endOfHeader()
}

// body takes a piece of the body, and reports whether that is enough, as the mail will not be checked.
func (t *transaction) body(chunk []byte) (enough bool) {
	if t.skipReason() != "" {
		return true
	}
	t.mail.body(chunk)
	return t.skipReason() != "" || t.mail.overload
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

// endOfMessage checks the mail, changes its header and says what to do with it. The last piece of the body may come
// with its end.
func (t *transaction) endOfMessage(chunk []byte) (*gomilter.Response, error) {
	defer t.end()
	if !t.headerDone {
		t.take(cmdEOH, nil)
	}
	if len(chunk) > 0 {
		t.take(cmdBody, chunk)
	}
	started := time.Now()
	o := outcome{action: "accept"}
	if o.err = cmp.Or(t.broken, t.session.broken); o.err == nil {
		if panicked := contain.Do(func() { o = t.outcome() }); panicked != nil {
			o.err = panicked
		}
	}
	o.took = time.Since(started)
	reply, err := t.settle(&o)
	_ = contain.Do(func() {
		t.log(o)
		t.record(&o)
		if err == nil {
			t.graph(o)
		}
	})
	return reply, err
}

// settle says what becomes of the mail. Where tagging it panics, its changes are dropped and its check has failed.
func (t *transaction) settle(o *outcome) (reply *gomilter.Response, err error) {
	if errors.Is(o.err, errHungUp) {
		return nil, errHungUp
	}
	if o.err == nil {
		panicked := contain.Do(func() { reply, err = t.apply(o) })
		if panicked == nil {
			return reply, t.hungUp(o, err)
		}
		t.session.replies.drop()
		*o = outcome{action: "accept", err: panicked, took: o.took}
	}
	if t.settings.policy(o.err) == Tempfail {
		o.action = "tempfail"
		return gomilter.RespTempFail, nil
	}
	if panicked := contain.Do(func() { err = t.tag(o) }); panicked != nil { // a forged verdict may be left
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

// envelopeOf returns what a policy may depend on.
func (t *transaction) envelopeOf() *policy.Envelope {
	return &policy.Envelope{Client: t.session.client, AuthUser: t.authUser, Sender: t.sender, Recipients: t.recipients,
		ResolvedSender: t.mailAddr, Resolved: t.resolved, Host: t.session.macros.Get("j")}
}

// mailboxes returns the recipients' addresses in their plain form.
func (t *transaction) mailboxes() []string {
	plain := make([]string, len(t.recipients))
	for i, to := range t.recipients {
		plain[i] = envelope.Mailbox(to)
	}
	return plain
}

// goesTo reports whether an address is among the recipients already, however it is written.
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
func (t *transaction) outcome() outcome {
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
	in := t.input()
	v, err := t.check(in)
	if err != nil {
		return outcome{action: "accept", err: err}
	}
	t.idle = in.Copied()
	return outcome{action: "tag", verdict: v}
}

// input returns what the checker is told. The Received field that the MTA will add for this hop is not among the
// fields it passes on; the client's address and names stand for it.
func (t *transaction) input() *classifier.Input {
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
		QueueID:    t.session.macros.Get("i"),
		Host:       t.session.macros.Get("j"),
		User:       classifier.UserOf(t.recipients),
	}
}
