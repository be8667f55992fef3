package rules

import (
	"net/netip"
	"slices"
	"strings"

	"asterism/message"
)

// relays returns the way of the message, divided by trust.
func (sc *Scan) relays() *message.Chain {
	if !sc.cache.haveChain {
		sc.cache.haveChain = true
		relays := sc.msg.Relays()
		if more := sc.originating(); len(more) > 0 {
			relays = append(slices.Clone(relays), more...)
		}
		sc.cache.chain = message.SplitRelays(relays, sc.set.shared.networks)
	}
	return &sc.cache.chain
}

// relayLine writes relays as the pseudo-headers X-Spam-Relays-… have them.
func relayLine(relays []message.Relay) string {
	var space [2048]byte
	b := space[:0]
	for i := range relays {
		if i > 0 {
			b = append(b, ' ')
		}
		b = relays[i].Append(b)
	}
	return string(b)
}

// originating returns the addresses in the fields of originating_ip_headers as handovers, the first ones of the mail's
// way.
func (sc *Scan) originating() []message.Received {
	var list []message.Received
	header := sc.msg.Header()
	for _, field := range sc.set.cfg.Network.OriginatingIPHeaders {
		if ip, err := netip.ParseAddr(ipIn(header.Value(field), false)); err == nil {
			list = append(list, message.Received{Handover: message.HandoverTCP, IP: ip.Unmap(), Field: len(header.Fields())})
		}
	}
	return list
}

// allOf returns the header fields that relays of a kind added: those up to the Received field of the first relay that
// is not of that kind, or that field and those below it.
func (sc *Scan) allOf(name string, raw bool) string {
	chain := sc.relays()
	outside := chain.Untrusted
	if strings.HasSuffix(name, "TERNAL") {
		outside = chain.External
	}
	fields := sc.msg.Header().Fields()
	border := len(fields)
	if len(outside) > 0 {
		border = outside[0].Field
	}
	from, to := 0, min(border+1, len(fields))
	if name == "ALL-UNTRUSTED" || name == "ALL-EXTERNAL" {
		from, to = border, len(fields)
	}
	var b strings.Builder
	for i := from; i < to; i++ {
		if raw {
			b.Write(fields[i].Raw())
		} else {
			b.WriteString(fields[i].Name + ": " + fieldText(&fields[i], false, false))
		}
	}
	return b.String()
}

// envelopeFrom returns the envelope sender from the MTA, or else from the MTA's header field.
func (sc *Scan) envelopeFrom() string {
	if sc.env.known() {
		return sc.env.Sender
	}
	if name := sc.set.cfg.EnvelopeHeader; name != "" {
		if v := sc.msg.Header().Value(name); strings.Contains(v, "@") {
			return strings.Trim(v, " <>")
		}
	}
	if external := sc.relays().External; len(external) > 0 && strings.Contains(external[0].EnvelopeFrom, "@") {
		return envelopeAddress(external[0].EnvelopeFrom)
	}
	header := sc.msg.Header()
	if _, host, _ := strings.Cut(header.Value("X-Sender"), "@"); host != "" && host[0] != ' ' &&
		strings.Contains(sc.receivedFields(), "(fetchmail") {
		return "" // fetchmail takes a list's X-Sender for it
	}
	for _, name := range []string{"X-Envelope-From", "Envelope-Sender", "Return-Path"} {
		if !header.Has(name) {
			continue
		}
		if sc.relayedBefore(name) && !sc.set.cfg.TrustEnvelope { // an earlier hop wrote it
			return ""
		}
		return envelopeAddress(header.Value(name))
	}
	return ""
}

// relayedBefore reports whether a field of a name follows a Received field.
func (sc *Scan) relayedBefore(name string) bool {
	header := sc.msg.Header()
	relayed := header.Find("Received", 0)
	return relayed >= 0 && header.Find(name, relayed) >= 0
}

// envelopeAddress returns the address in a field that holds nothing else, with or without angle brackets.
func envelopeAddress(v string) string {
	v = strings.TrimLeft(v, "< \t")
	if end := strings.IndexAny(v, "> \t\n"); end >= 0 {
		v = v[:end]
	}
	if !strings.Contains(v, "@") {
		return ""
	}
	return v
}
