package milter

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"asterism/classifier"
)

// log writes the mail's one line, and has it counted.
func (t *transaction) log(o outcome) {
	t.session.server.opt.Done(o.action, o.skipped)
	attrs := append(make([]any, 0, 20),
		slog.String("mta", t.session.mta),
		slog.String("qid", t.session.macros.Get("i")),
		slog.String("client", t.clientText()),
		slog.String("from", t.sender),
		slog.String("to", strings.Join(t.recipients, ",")),
		slog.Int("size", t.mail.size))
	if t.authUser != "" {
		attrs = append(attrs, slog.String("auth", t.authUser))
	}
	attrs = append(attrs, t.sendersWords(o.verdict)...)
	if v := o.verdict; v != nil {
		attrs = append(attrs, v.LogAttrs()...)
	}
	if n := t.mail.forgedFields(); n > 0 {
		attrs = append(attrs, slog.Int("forged", n))
	}
	attrs = append(attrs, slog.String("action", o.action), slog.Int64("ms", o.took.Milliseconds()))
	if o.kept != "" {
		attrs = append(attrs, slog.String("quarantine", o.kept))
	}
	if o.attachment != "" {
		attrs = append(attrs, slog.String("attachment", o.attachment))
	}
	if o.skipped != "" {
		attrs = append(attrs, slog.String("reason", o.skipped))
	}
	level := slog.LevelInfo
	if o.err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("err", o.err))
	}
	t.session.server.opt.Log.Log(context.Background(), level, "mail", attrs...)
}

// sendersWords returns the Message-ID and, if the site has it logged, the subject.
func (t *transaction) sendersWords(v *classifier.Verdict) []any {
	if v == nil {
		h := t.mail.shown()
		v = &classifier.Verdict{MessageID: classifier.LogText(h.Value("Message-ID")),
			Subject: classifier.LogText(h.Get("Subject"))}
	}
	words := []any{slog.String("msgid", v.MessageID)}
	if t.settings.LogSubject {
		words = append(words, slog.String("subject", v.Subject))
	}
	return words
}

// clientText names the client in the log as name[address].
func (t *transaction) clientText() string {
	if !t.session.client.IsValid() {
		return "local"
	}
	return t.session.clientName + "[" + t.session.client.String() + "]"
}

// graph writes the lines that graphdefang reads: an event with two values, for each recipient of a spam.
func (t *transaction) graph(o outcome) {
	if !t.settings.GraphLog || o.verdict == nil || !o.verdict.Spam() {
		return
	}
	subject := strings.TrimSpace(t.mail.subjectText())
	relay := ""
	if t.session.client.IsValid() {
		relay = t.session.client.String()
	}
	for _, to := range t.recipients {
		fields := []string{t.session.macros.Get("i"), "spam", o.verdict.ShownScore(), relay, "<" + t.sender + ">",
			"<" + to + ">", subject}
		for i, f := range fields {
			fields[i] = graphField(f)
		}
		t.session.server.opt.Graph("MDLOG," + strings.Join(fields, ","))
	}
}

// graphField encodes what would confuse a reader of lines of fields between commas.
func graphField(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`%\'",`, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
