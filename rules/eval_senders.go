package rules

import "strings"

// senderFunctions are the functions of the rules that move a score toward a sender's earlier scores. They need the
// score of Finish: its caller adds a hit of SenderRule to it.
var senderFunctions = map[string]string{
	"check_from_in_auto_welcomelist": "AWL",
	"check_from_in_auto_whitelist":   "AWL",
	"check_senders_reputation":       "TxRep",
}

// senderEvals answers that the rules do not hit by themselves.
func senderEvals() map[string]evalFunc {
	all := map[string]evalFunc{}
	for name := range senderFunctions {
		all[name] = func(*Scan, []string) int { return 0 }
	}
	return all
}

// SenderRule returns the rule of a plug-in, AWL or TxRep, nil if there is none or its score is 0.
func (sc *Scan) SenderRule(plugin string) *Rule {
	r := sc.set.shared.senders[plugin]
	if r == nil || !r.active[sc.scoreSet] || sc.set.score(r, sc.scoreSet) == 0 {
		return nil
	}
	return r
}

// HasSenderRule reports whether there is a rule of a plug-in, AWL or TxRep.
func (s *Set) HasSenderRule(plugin string) bool { return s.shared.senders[plugin] != nil }

// metasOfSenders warns of metas that ask for a rule which is known only when all of them are.
func (b *builder) metasOfSenders() {
	for _, r := range b.set.metas {
		for _, dep := range r.operand {
			if on := b.set.rules[dep]; senderFunctions[on.fn] != "" {
				b.warnAt(r.line, "meta %s: %s counts as 0 there: it is known after all metas", r.Name, on.Name)
			}
		}
	}
}

// isSenderTag reports whether a tag tells what the record of the sender made of a score. It is empty where there is no
// record.
func isSenderTag(name string) bool {
	switch name {
	case "AWL", "AWLMEAN", "AWLCOUNT", "AWLPRESCORE":
		return true
	}
	return strings.HasPrefix(name, "TXREP")
}

// Signers returns the domains of valid DKIM signatures.
func (sc *Scan) Signers() []string { return sc.signers }

// Vouched records that the message's envelope passes SPF.
func (sc *Scan) Vouched() { sc.vouched = true }

// IsVouched reports whether the message's envelope passes SPF.
func (sc *Scan) IsVouched() bool { return sc.vouched }

// Recipients returns the recipients of the message, from the envelope or else from its header.
func (sc *Scan) Recipients() []string {
	if len(sc.env.Recipients) > 0 {
		return sc.env.Recipients
	}
	return sc.listedRecipients()
}
