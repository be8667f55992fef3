package milter

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
)

// errHungUp is returned to go-milter when the MTA went away while its mail was in hand.
var errHungUp = errors.New("the MTA hung up")

// errNoMail is returned to go-milter, which then closes the connection, when the MTA ended a mail that it had not begun.
var errNoMail = errors.New("end of a mail that was not begun")

// maxEnvelope bounds the bytes kept of a mail's envelope addresses.
const maxEnvelope = 1 << 20

// transaction is one mail, from its envelope to the reply to its end. go-milter calls its methods in the protocol's order.
type transaction struct {
	gomilter.NoOpMilter
	session  *session
	settings *Settings

	sender     string
	recipients []string
	envelope   int // bytes in the fields above
	authUser   string
	mail       assembly
}

// Connect notes who the MTA talks to.
func (t *transaction) Connect(host, family string, _ uint16, addr string, m *gomilter.Modifier) (*gomilter.Response, error) {
	t.session.connect(host, family, addr, m.Macros)
	return gomilter.RespContinue, nil
}

// Helo notes the client's HELO name.
func (t *transaction) Helo(name string, m *gomilter.Modifier) (*gomilter.Response, error) {
	t.session.hello(name, m.Macros)
	return gomilter.RespContinue, nil
}

// MailFrom begins a mail.
func (t *transaction) MailFrom(from, _ string, m *gomilter.Modifier) (*gomilter.Response, error) {
	t.begin()
	t.sender = from
	t.envelope = len(from)
	t.authUser = m.Macros.Get("{auth_authen}")
	return gomilter.RespContinue, nil
}

// begin forgets the last mail and fixes the settings for this one.
func (t *transaction) begin() {
	*t = transaction{session: t.session, settings: t.session.server.settings.Load()}
	t.mail = assembly{limit: t.settings.MaxSize, leadingSpace: t.session.leadingSpace}
}

// RcptTo notes a recipient. One mail may go to more than are worth keeping.
func (t *transaction) RcptTo(to, _ string, _ *gomilter.Modifier) (*gomilter.Response, error) {
	if t.envelope += len(to); t.envelope <= maxEnvelope {
		t.recipients = append(t.recipients, to)
	}
	return gomilter.RespContinue, nil
}

// Header takes one header field.
func (t *transaction) Header(name, value string, _ *gomilter.Modifier) (*gomilter.Response, error) {
	t.mail.field(name, value)
	return gomilter.RespContinue, nil
}

// Headers ends the header.
func (t *transaction) Headers(*gomilter.Modifier) (*gomilter.Response, error) {
	t.mail.endOfHeader()
	return gomilter.RespContinue, nil
}

// BodyChunk takes a piece of the body, or declines the rest as soon as it is known that the mail will not be checked.
func (t *transaction) BodyChunk(chunk []byte, _ *gomilter.Modifier) (*gomilter.Response, error) {
	if t.skipReason() == "" {
		t.mail.body(chunk)
	}
	if t.skipReason() == "" || !t.session.canSkip {
		return gomilter.RespContinue, nil
	}
	return gomilter.RespSkip, nil
}

// skipReason returns why the mail is not to be checked, or the empty string.
func (t *transaction) skipReason() string {
	s := t.settings
	switch {
	case s == nil: // no MAIL; EndOfMessage says so
		return "no mail"
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
	if t.settings == nil {
		return nil, errNoMail
	}
	started := time.Now()
	o := t.outcome(m)
	o.took = time.Since(started)
	if errors.Is(o.err, errHungUp) {
		t.log(m, o)
		return nil, errHungUp
	}
	if o.err != nil && t.settings.policy(o.err) == Tempfail {
		o.action = "tempfail"
		t.log(m, o)
		return gomilter.RespTempFail, nil
	}
	if err := t.tag(m, o.verdict); err != nil {
		o.err = errors.Join(errHungUp, err)
		t.log(m, o)
		return nil, o.err
	}
	t.log(m, o)
	return gomilter.RespAccept, nil
}

// Abort forgets the mail; the SMTP session goes on.
func (t *transaction) Abort(*gomilter.Modifier) error {
	*t = transaction{session: t.session}
	return nil
}

// tag removes every field that looks like a verdict and adds ours, if there is one. The fields are deleted last to first:
// Postfix counts those that are left, sendmail those that were. Ours is inserted at the end rather than added, as sendmail
// would put an added field in the place, and under the spelling, of a deleted one.
func (t *transaction) tag(m *gomilter.Modifier, v *classifier.Verdict) error {
	for i := t.mail.forged; i > 0; i-- {
		if err := m.ChangeHeader(i, classifier.HeaderName, ""); err != nil {
			return err
		}
	}
	if v == nil {
		return nil
	}
	return m.InsertHeader(endOfHeader, classifier.HeaderName, t.fieldValue(v.HeaderValue()))
}

// endOfHeader is an index beyond any field; sendmail and Postfix then append.
const endOfHeader = 1 << 20

// fieldValue puts the space before a value that an MTA asked to leave leading space alone does not put there itself.
func (t *transaction) fieldValue(v string) string {
	if t.session.leadingSpace {
		return " " + v
	}
	return v
}

// outcome is what came of one mail.
type outcome struct {
	verdict *classifier.Verdict // nil if it was not checked
	action  string              // for the log
	skipped string              // why it was not checked, if that was intended
	err     error               // why it could not be checked
	took    time.Duration       // wall time of the check, waiting for its turn included
}

// outcome checks the mail, unless it is one to be skipped.
func (t *transaction) outcome(m *gomilter.Modifier) outcome {
	if reason := t.skipReason(); reason != "" {
		return outcome{action: "skip", skipped: reason}
	}
	v, err := t.check(m)
	if err != nil {
		return outcome{action: "accept", err: err}
	}
	return outcome{action: "tag", verdict: v}
}

// input returns what the checker is told. The Received field that the MTA will add for this hop is not among the fields it
// passes on; the client's address and names stand for it.
func (t *transaction) input(m *gomilter.Modifier) *classifier.Input {
	return &classifier.Input{
		Raw:        t.mail.take(),
		Client:     t.session.client,
		ClientName: t.session.clientName,
		Helo:       t.session.helo,
		Sender:     t.sender,
		Recipients: t.recipients,
		AuthUser:   t.authUser,
		QueueID:    m.Macros.Get("i"),
		Host:       m.Macros.Get("j"),
	}
}

// log writes the mail's one line, and has it counted.
func (t *transaction) log(m *gomilter.Modifier, o outcome) {
	t.session.server.opt.Done(o.action)
	attrs := []slog.Attr{
		slog.String("qid", m.Macros.Get("i")),
		slog.String("client", t.clientText()),
		slog.String("from", t.sender),
		slog.String("to", strings.Join(t.recipients, ",")),
		slog.Int("size", t.mail.size),
	}
	if t.authUser != "" {
		attrs = append(attrs, slog.String("auth", t.authUser))
	}
	if v := o.verdict; v != nil {
		attrs = append(attrs,
			slog.String("score", v.ShownScore()),
			slog.Float64("required", v.Required),
			slog.String("names", strings.Join(v.Names(), ",")),
			slog.String("autolearn", v.Autolearn))
	}
	if t.mail.forged > 0 {
		attrs = append(attrs, slog.Int("forged", t.mail.forged))
	}
	attrs = append(attrs, slog.String("action", o.action), slog.Int64("ms", o.took.Milliseconds()))
	if o.skipped != "" {
		attrs = append(attrs, slog.String("reason", o.skipped))
	}
	level := slog.LevelInfo
	if o.err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("err", o.err))
	}
	t.session.log.LogAttrs(context.Background(), level, "mail", attrs...)
}

// clientText names the client in the log as name[address].
func (t *transaction) clientText() string {
	if !t.session.client.IsValid() {
		return "local"
	}
	return t.session.clientName + "[" + t.session.client.String() + "]"
}
