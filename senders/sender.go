package senders

import (
	"math"
	"net/netip"
	"strings"

	"asterism/message"
)

// Sender has the sender's data of a message.
type Sender struct {
	From     string   // address of the author
	Envelope string   // envelope sender, where From has none
	Signers  []string // domains of valid DKIM signatures
	SPF      bool     // the envelope's domain, or the HELO name without one, passes SPF
	Chain    *message.Chain
	To       []string // recipients
	Message  string   // a name that only copies of this message have
}

// signer returns the domains that signed, as one.
func (s *Sender) signer() string { return strings.Join(s.Signers, " ") }

// origin returns the first public address on the message's way, whoever wrote it down.
func (s *Sender) origin() netip.Addr {
	for _, relays := range [...][]message.Relay{s.Chain.Untrusted, s.Chain.Trusted} {
		for i := len(relays) - 1; i >= 0; i-- {
			if ip := relays[i].IP; ip.IsValid() && !message.PrivateAddr(ip) {
				return ip
			}
		}
	}
	return netip.Addr{}
}

// Adjustment is the record's change of a score.
type Adjustment struct {
	Points float64           // to be added
	Detail string            // for reports
	Tags   map[string]string // of templates

	changes map[string]Change
}

// note adds a change to be made.
func (a *Adjustment) note(key string, c Change) {
	if a.changes == nil {
		a.changes = map[string]Change{}
	}
	a.changes[key] = c.after(a.changes[key])
}

// thousandths rounds points as scores are written.
func thousandths(points float64) float64 { return math.Round(points*1000) / 1000 }
