package classifier

import (
	"context"
	"encoding/hex"
	"strings"

	"asterism/message"
	"asterism/rules"
	"asterism/senders"
	"asterism/store"
)

// bySender adds the hit that the record of the message's sender makes, if any. A scan that was not carried through
// says nothing of the sender.
func (c *Classifier) bySender(ctx context.Context, m *message.Message, in *Input, scan *rules.Scan, hits []rules.Hit,
	p *points, v *Verdict) []rules.Hit {
	rep := c.opt.Senders
	if rep == nil || p.partial {
		return hits
	}
	rule := scan.SenderRule(rep.Plugin())
	if rule == nil {
		return hits
	}
	points := senders.Points{TxRep: p.total}
	for i := range hits {
		points.All += hits[i].Score
		switch r := hits[i].Rule; {
		case r == nil || r.Has("noautolearn"):
		case r.Has("noawl") && rep.AWL != nil:
			return hits
		default:
			points.AWL += hits[i].Score
		}
	}
	v.sender = c.senderOf(m, scan)
	a, err := rep.Judge(ctx, v.sender, points, in.Look)
	if err != nil {
		v.Notes = append(v.Notes, "senders: "+err.Error())
	}
	if a == nil {
		return hits
	}
	for name, value := range a.Tags {
		scan.SetTag(name, value)
	}
	if a.Points == 0 {
		return hits
	}
	if v.Sum != nil {
		v.Sum.Fixed += a.Points
	}
	return append(hits, rules.Hit{Name: rule.Name, Score: a.Points, Share: 1, Description: rule.Description,
		Detail: a.Detail, Value: 1, Own: rule.Own, Rule: rule})
}

// senderOf returns what a message tells of its sender. scan is nil for one that is taught.
func (c *Classifier) senderOf(m *message.Message, scan *rules.Scan) *senders.Sender {
	s := &senders.Sender{From: firstAddress(m, "From")}
	if c.opt.Senders.Learns() {
		digest := m.Digest()
		s.Message = hex.EncodeToString(digest[:])
	}
	if scan != nil {
		s.From, _ = scan.Get("From:addr")
		s.From = strings.TrimSpace(s.From)
		s.Chain, s.Envelope, s.To = scan.Relays(), scan.EnvelopeFrom(), scan.Recipients()
		s.Signers, s.SPF = scan.Signers(), scan.IsVouched()
		return s
	}
	chain := message.SplitRelays(m.Relays(), c.opt.Networks)
	s.Chain, s.Envelope = &chain, firstAddress(m, "Return-Path")
	return s
}

// firstAddress returns the first address of a field, "" if there is none.
func firstAddress(m *message.Message, field string) string {
	for _, a := range m.Header().Addresses(field) {
		if a.Addr != "" {
			return a.Addr
		}
	}
	return ""
}

// taughtSender notes of a message's sender that it was taught, or with class 0 taken back.
func (c *Classifier) taughtSender(ctx context.Context, l Lesson, how Learned) {
	if !c.opt.Senders.Learns() {
		return
	}
	switch how {
	case LearnedKnown, NotLearned:
		return
	}
	s := c.senderOf(c.opt.Marks.Original(message.Parse(l.Raw, c.opening())), nil)
	if l.Class == 0 {
		c.opt.Senders.Forget(ctx, s)
		return
	}
	c.opt.Senders.Learn(ctx, s, l.Class == store.Spam)
}
