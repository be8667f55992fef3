package rspamd

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/contain"
	"asterism/history"
	"asterism/message"
)

// tooLarge is why a mail is not checked, for the log and the counters.
const tooLarge = "too large"

// tryAgain is the reply to a mail that could not be checked.
const tryAgain = "4.7.1 Try again later"

// checkv2 answers /checkv2.
func (s *Server) checkv2(m *mail) (any, error) { return s.check(m), nil }

// check gives a mail its verdict, or says as what it counts without one.
func (s *Server) check(m *mail) *verdict {
	if limit := m.settings.MaxSize; limit > 0 && m.size >= limit {
		s.done(m, nil, "skip", tooLarge, nil)
		return m.skipped(noAction, "")
	}
	v, err := s.scan(m)
	if err != nil {
		temp := m.settings.OnError
		if errors.Is(err, connpool.ErrNoMemory) {
			temp = m.settings.OnOverload
		}
		if temp {
			s.done(m, nil, "tempfail", "", err)
			return m.skipped(softReject, tryAgain)
		}
		s.done(m, nil, "accept", "", err)
		return m.skipped(noAction, "")
	}
	a := m.answer(v)
	s.done(m, v, logged(a.Action), "", nil)
	return a
}

// logged returns an action's name as the other fronts log and count it.
func logged(action string) string {
	switch action {
	case rejected, discarded, quarantine:
		return action
	}
	return "tag"
}

func (s *Server) scan(m *mail) (v *classifier.Verdict, err error) {
	end, err := s.begin(m)
	if err != nil {
		return nil, err
	}
	defer end()
	defer contain.Err(&err)
	return s.opt.Classifier.Check(m.ctx, m.in)
}

// done logs a mail and has it counted.
func (s *Server) done(m *mail, v *classifier.Verdict, action, reason string, err error) {
	s.opt.Done(action, reason)
	in := m.in
	o := &history.Outcome{Front: "http", Action: action, Reason: reason, Err: err, Size: m.size,
		Took: time.Since(m.began)}
	if v == nil {
		header := message.Parse(in.Raw).Header()
		o.MessageID, o.Subject, o.From = header.Get("Message-ID"), header.Get("Subject"), header.Get("From")
	}
	s.opt.Record(in, v, o)
	attrs := []slog.Attr{slog.String("qid", in.QueueID), slog.String("from", in.Sender),
		slog.String("to", strings.Join(in.Recipients, ",")),
		slog.Int64("size", m.size)}
	if in.Client.IsValid() {
		attrs = append(attrs, slog.String("client", in.ClientName+"["+in.Client.String()+"]"))
	}
	if in.AuthUser != "" {
		attrs = append(attrs, slog.String("auth", in.AuthUser))
	}
	if v != nil {
		attrs = append(attrs, slog.String("score", v.ShownScore()), slog.Float64("required", v.Required),
			slog.String("names", strings.Join(v.Names(), ",")), slog.String("autolearn", v.Autolearn))
		if len(v.Notes) > 0 {
			attrs = append(attrs, slog.String("notes", strings.Join(v.Notes, "; ")))
		}
	}
	attrs = append(attrs, slog.String("action", action), slog.Int64("ms", time.Since(m.began).Milliseconds()))
	if reason != "" {
		attrs = append(attrs, slog.String("reason", reason))
	}
	level := slog.LevelInfo
	if err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.Any("err", err))
	}
	s.opt.Log.LogAttrs(m.ctx, level, "mail", attrs...)
}

// oldMetric has symbols beside the keys of the verdict.
type oldMetric map[string]any

// checkOld answers /check and /symbols, the form of rspamd before its version 1.6: symbols are keys of a metric.
func (s *Server) checkOld(m *mail) (any, error) {
	v := s.check(m)
	metric := oldMetric{}
	for name, symbol := range v.Symbols {
		metric[name] = symbol
	}
	metric["is_spam"] = !v.Skipped && v.Score >= v.Required
	metric["is_skipped"], metric["score"], metric["required_score"], metric["action"] = v.Skipped, v.Score, v.Required,
		v.Action
	if v.Subject != "" {
		metric["subject"] = v.Subject
	}
	return map[string]any{"default": metric, "message-id": v.MessageID, "messages": v.Messages, "time_real": v.Seconds},
		nil
}
