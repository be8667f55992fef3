package rules

import (
	"asterism/config"
	"asterism/message"
)

// Relays returns the message's way, divided by the configuration's trusted_networks, internal_networks and
// msa_networks.
func (sc *Scan) Relays() *message.Chain { return sc.relays() }

// EnvelopeFrom returns the address of the envelope sender as far as it is known; empty also for the null sender.
func (sc *Scan) EnvelopeFrom() string { return sc.envelopeFrom() }

// Texts returns the message's text for rules of a kind: "body", "rawbody" or "full".
func (sc *Scan) Texts(kind string) []string {
	texts := sc.fullText
	switch kind {
	case "body":
		texts = sc.bodyTexts
	case "rawbody":
		texts = sc.rawTexts
	}
	var list []string
	for _, t := range texts() {
		list = append(list, t.String())
	}
	return list
}

// Problem returns a warning about a rule, at the place where it is defined.
func (s *Set) Problem(rule, text string) config.Problem {
	p := config.Problem{Severity: config.Warning, Text: rule + ": " + text}
	if r := s.byName[rule]; r != nil {
		p.File, p.Line = r.line.File, r.line.Num
	}
	return p
}
