package rules

import (
	"strings"

	"asterism/message"
)

// relays returns the way of the message, divided by trust.
func (sc *Scan) relays() *message.Chain {
	if !sc.cache.haveChain {
		sc.cache.haveChain = true
		sc.cache.chain = message.SplitRelays(sc.msg.Relays(), sc.set.shared.networks)
	}
	return &sc.cache.chain
}

// relayLine writes relays as the pseudo-headers X-Spam-Relays-… have them.
func relayLine(relays []message.Relay) string {
	var b strings.Builder
	for i, r := range relays {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(r.String())
	}
	return b.String()
}

// allOf returns the header fields that relays of a kind added: those above the Received field of the first relay that is
// not of that kind, or those below.
func (sc *Scan) allOf(name string, raw bool) string {
	chain := sc.relays()
	inside := len(chain.Trusted)
	if strings.HasSuffix(name, "TERNAL") {
		inside = len(chain.Internal)
	}
	fields := sc.msg.Header().Fields()
	border, received := len(fields), 0
	for i := range fields {
		if fields[i].Is("Received") {
			if received == inside {
				border = i
				break
			}
			received++
		}
	}
	from, to := 0, border
	if name == "ALL-UNTRUSTED" || name == "ALL-EXTERNAL" {
		from, to = border, len(fields)
	}
	var b strings.Builder
	for i := from; i < to; i++ {
		if !raw {
			b.WriteString(fields[i].Name + ":")
			b.WriteString(" ")
			b.WriteString(fieldText(&fields[i], false, false))
		} else {
			b.Write(fields[i].Raw())
		}
	}
	return b.String()
}

// envelopeFrom returns the envelope sender: what the MTA says, else what it wrote into the header.
func (sc *Scan) envelopeFrom() string {
	if sc.env.Sender != "" {
		return sc.env.Sender
	}
	if name := sc.set.cfg.EnvelopeHeader; name != "" {
		if v := sc.msg.Header().Value(name); strings.Contains(v, "@") {
			return strings.Trim(v, " <>")
		}
	}
	for _, name := range []string{"X-Envelope-From", "Envelope-Sender", "X-Sender", "Return-Path"} {
		if v := sc.msg.Header().Value(name); v != "" {
			if strings.HasPrefix(v, "<") {
				v, _, _ = strings.Cut(v[1:], ">")
			}
			return strings.TrimSpace(v)
		}
	}
	return ""
}
