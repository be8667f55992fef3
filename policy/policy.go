// Package policy decides what becomes of a mail by its score and its envelope, beside the verdict in its header.
package policy

import (
	"net/netip"
	"slices"
	"strings"
)

// Action is what becomes of a mail. A higher one is stricter.
type Action uint8

// The actions, from the mildest on. Refusing counts as stricter than discarding: nobody learns of a discarded mail.
const (
	Deliver    Action = iota // as it is
	Copy                     // to another recipient as well
	Redirect                 // to another recipient instead
	Quarantine               // into the MTA's quarantine
	Store                    // into ours, a directory
	Discard                  // nowhere, without telling the sender
	Reject                   // back to the sender
)

// String returns the action's name for the log.
func (a Action) String() string {
	return [...]string{"deliver", "copy", "redirect", "quarantine", "quarantine", "discard", "reject"}[a]
}

// Policy is at which score what is done; a score of +Inf means never.
type Policy struct {
	RejectScore     float64
	RejectReply     string // SMTP code, enhanced code and text
	DiscardScore    float64
	QuarantineScore float64
	QuarantineDir   bool // into our quarantine rather than the MTA's
	RedirectScore   float64
	RedirectTo      string // without it nothing is redirected
	CopyScore       float64
	CopyTo          string // without it nothing is copied
}

// action returns what the policy does with a mail of a score: the strictest of what it could.
func (p *Policy) action(score float64) Action {
	switch {
	case score >= p.RejectScore:
		return Reject
	case score >= p.DiscardScore:
		return Discard
	case score >= p.QuarantineScore && p.QuarantineDir:
		return Store
	case score >= p.QuarantineScore:
		return Quarantine
	case score >= p.RedirectScore && p.RedirectTo != "":
		return Redirect
	case score >= p.CopyScore && p.CopyTo != "":
		return Copy
	}
	return Deliver
}

// target returns the address that an action is about, if any.
func (p *Policy) target(a Action) string {
	switch a {
	case Copy:
		return p.CopyTo
	case Redirect:
		return p.RedirectTo
	}
	return ""
}

// Envelope is what a policy may depend on.
type Envelope struct {
	Client     netip.Addr // invalid if the mail was not received over IP
	AuthUser   string     // empty if the client did not authenticate
	Sender     string     // without angle brackets
	Recipients []string   // without angle brackets
}

// Exception changes the policy for certain mails.
type Exception struct {
	Kind     string                // rcpt, rcpt_domain, sender, sender_domain, client or auth_user
	Patterns []string              // in lower case: addresses; domains, whose subdomains count too; users, or * for all
	Clients  func(netip.Addr) bool // for client, in the place of patterns
	Apply    func(*Policy)
}

// matches tells whether the exception is for a mail to one of its recipients.
func (x *Exception) matches(env *Envelope, recipient string) bool {
	switch x.Kind {
	case "rcpt":
		return x.has(recipient)
	case "rcpt_domain":
		return x.hasDomain(recipient)
	case "sender":
		return x.has(env.Sender)
	case "sender_domain":
		return x.hasDomain(env.Sender)
	case "auth_user":
		return env.AuthUser != "" && x.has(env.AuthUser)
	case "client":
		return env.Client.IsValid() && x.Clients(env.Client)
	}
	return false
}

func (x *Exception) has(word string) bool {
	for _, p := range x.Patterns {
		if p == "*" || strings.EqualFold(p, word) {
			return true
		}
	}
	return false
}

func (x *Exception) hasDomain(address string) bool {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	for _, p := range x.Patterns {
		if domain == p || strings.HasSuffix(domain, "."+p) {
			return true
		}
	}
	return false
}

// Set is a site's policy with its exceptions. Later exceptions win over earlier ones.
type Set struct {
	Site       Policy
	Exceptions []Exception
}

// Decision is what becomes of one mail.
type Decision struct {
	Action Action
	Policy Policy   // what decided
	To     []string // for Copy and Redirect: all that the recipients' policies name
}

// Decide returns what becomes of a mail. Where its recipients' policies differ, the strictest action counts for all: a milter
// can only treat a mail as a whole.
func (s *Set) Decide(env *Envelope, score float64) Decision {
	recipients := env.Recipients
	if len(recipients) == 0 {
		recipients = []string{""}
	}
	var strictest Decision
	for i, recipient := range recipients {
		p := s.Site
		for j := range s.Exceptions {
			if x := &s.Exceptions[j]; x.matches(env, recipient) {
				x.Apply(&p)
			}
		}
		a := p.action(score)
		if i == 0 || a > strictest.Action {
			strictest = Decision{Action: a, Policy: p}
		}
		if to := p.target(a); to != "" && a == strictest.Action && !slices.Contains(strictest.To, to) {
			strictest.To = append(strictest.To, to)
		}
	}
	return strictest
}
