package classifier

import (
	"net/netip"
	"strings"

	"asterism/bayes"
	"asterism/message"
	"asterism/store"
	"asterism/tokenizer"
)

// Keep selects the parts of a message that a Verdict keeps for a record of the mail.
type Keep struct {
	Fields bool // who it is from, its subject and Message-ID
	Lesson bool // the learner's tokens of it
	Words  int  // as texts, so many of the tokens with the most weight for the learner
}

// Word is a token with its weight for the verdict.
type Word struct {
	Text string  `json:"text"` // such as "word:Viagra"
	Pull float64 `json:"pull"` // what it added to the log-odds of spam
}

// words returns the tokens that moved the learner most, as it was when the message was scanned.
func (c *Classifier) words(m *message.Message, v *Verdict) (all []Word) {
	if c.opt.Keep.Words == 0 || c.opt.Learner == nil || !v.BayesReady || m.Late() {
		return nil
	}
	header, body := c.opt.Tokenizer.Explain(m)
	_, pulls, err := c.opt.Learner.Explain(header, body)
	if err != nil {
		return nil
	}
	for _, p := range pulls[:min(len(pulls), c.opt.Keep.Words)] {
		all = append(all, Word{strings.Clone(p.Text), p.Pull})
	}
	return all
}

// Kept has the parts of a message that its Verdict keeps. It shares no memory with the message.
type Kept struct {
	MessageID string
	Subject   string        // decoded
	From      string        // decoded
	Envelope  *Envelope     // from the header, if the front has none
	Lesson    *bayes.Lesson // without a class; nil if there is nothing to be taught
	Key       store.Key     // of the lesson's tokens
	Words     []Word        // strongest first
}

// Envelope is the envelope of a delivered message by its header.
type Envelope struct {
	QueueID    string
	Client     netip.Addr
	ClientName string
	Helo       string
	Sender     string
	Recipients []string
}

// keep fills in v.Kept. scanned are the tokens of the message as it was scanned, nil if there are none.
func (c *Classifier) keep(m *message.Message, in *Input, scanned *tokenizer.Tokens, words []Word, v *Verdict) {
	if !c.opt.Keep.Fields {
		return
	}
	h := m.Header()
	k := &Kept{
		MessageID: strings.Clone(h.Value("Message-ID")), Subject: strings.Clone(h.Get("Subject")),
		From:  strings.Clone(h.Get("From")),
		Words: words,
	}
	v.Kept = k
	if !in.Client.IsValid() && in.Sender == "" && len(in.Recipients) == 0 {
		k.Envelope = deliveredTo(m)
	}
	if !c.opt.Keep.Lesson || scanned == nil || m.Late() {
		return
	}
	k.Key = c.opt.Key
	if c.opt.Marks.Marked(m) {
		l := c.Prepare(Lesson{Raw: m.Raw()})
		k.Lesson = &l
		return
	}
	k.Lesson = &bayes.Lesson{Digest: m.Digest(), Tokens: clone(scanned)}
}

// deliveredTo reads an envelope from the fields that deliveries leave.
func deliveredTo(m *message.Message) *Envelope {
	h, e := m.Header(), &Envelope{}
	if relays := m.Relays(); len(relays) > 0 {
		r := &relays[0]
		e.QueueID, e.Client, e.Helo = strings.Clone(r.ID), r.IP, strings.Clone(r.Helo)
		e.ClientName, e.Sender = strings.Clone(r.RDNS), strings.Clone(r.EnvelopeFrom)
		if r.For != "" {
			e.Recipients = append(e.Recipients, strings.Clone(strings.Trim(r.For, "<>")))
		}
	}
	for _, name := range [...]string{"Return-Path", "X-Envelope-From"} {
		if s := strings.Trim(h.Value(name), " \t<>"); s != "" && e.Sender == "" {
			e.Sender = strings.Clone(s)
		}
	}
	for _, name := range [...]string{"Delivered-To", "X-Original-To", "To", "Cc"} {
		if len(e.Recipients) > 0 {
			break
		}
		for _, a := range h.Addresses(name) {
			e.Recipients = append(e.Recipients, strings.Clone(a.Addr))
		}
	}
	return e
}
