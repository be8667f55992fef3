// Package policy decides about the action on a mail by its score and its envelope, beside the verdict in its header.
package policy

import (
	"net/netip"
	"slices"
	"strings"

	"asterism/attachment"
	"asterism/envelope"
)

// Action is an action on a mail. A higher one is stricter.
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

// Policy has the lowest score of each action; +Inf means never.
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

	Attachments      []attachment.Order // actions by attachments
	AttachmentReject string             // SMTP code, enhanced code and text of their refusal
}

// action returns the policy's strictest action for a score.
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

// ordered returns the action of an order about attachments.
func (p *Policy) ordered(a attachment.Action) Action {
	switch {
	case a == attachment.Reject:
		return Reject
	case a == attachment.Discard:
		return Discard
	case p.QuarantineDir:
		return Store
	}
	return Quarantine
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

// Envelope has the inputs of a policy. Addresses are as the client has written them; package envelope compares them.
type Envelope struct {
	Client     netip.Addr // invalid if the mail was not received over IP
	AuthUser   string     // empty if the client did not authenticate
	Sender     string
	Recipients []string

	// ResolvedSender and Resolved are the same addresses as the MTA has resolved them, empty or missing where it does
	// not say. One without a domain is of the MTA's own host.
	ResolvedSender string
	Resolved       []string
	Host           string // the MTA's host name
}

// sender returns the names that the sender goes by.
func (e *Envelope) sender() []string { return names(e.Sender, e.ResolvedSender) }

// recipient returns the names that a recipient goes by.
func (e *Envelope) recipient(i int) []string {
	resolved := ""
	if i < len(e.Resolved) {
		resolved = e.Resolved[i]
	}
	if len(e.Recipients) == 0 {
		return names("", resolved)
	}
	return names(e.Recipients[i], resolved)
}

func names(written, resolved string) []string {
	first := envelope.Key(written)
	if second := envelope.Key(resolved); second != "" && second != first {
		return []string{first, second}
	}
	return []string{first}
}

// Exception changes the policy for certain mails.
type Exception struct {
	Kind     string                // rcpt, rcpt_domain, sender, sender_domain, client or auth_user
	Patterns []string              // in lower case: addresses; domains, whose subdomains count too; users, or * for all
	Clients  func(netip.Addr) bool // for client, in the place of patterns
	Apply    func(*Policy)
}

// matches reports whether the exception is for a mail to one of its recipients, who goes by some names.
func (x *Exception) matches(env *Envelope, recipient []string) bool {
	switch x.Kind {
	case "rcpt":
		return x.hasAddress(recipient, env.Host)
	case "rcpt_domain":
		return x.hasDomain(recipient, env.Host)
	case "sender":
		return x.hasAddress(env.sender(), env.Host)
	case "sender_domain":
		return x.hasDomain(env.sender(), env.Host)
	case "auth_user":
		return env.AuthUser != "" && x.has(func(p string) bool { return strings.EqualFold(p, env.AuthUser) })
	case "client":
		return env.Client.IsValid() && x.Clients(env.Client)
	}
	return false
}

func (x *Exception) has(is func(pattern string) bool) bool {
	return slices.ContainsFunc(x.Patterns, func(p string) bool { return p == "*" || is(p) })
}

// hasAddress reports whether one of a mailbox's names is among the patterns. A name without a domain is of this host,
// and so of each domain that the host is in.
func (x *Exception) hasAddress(names []string, host string) bool {
	return x.has(func(pattern string) bool {
		pattern = envelope.Key(pattern)
		return slices.ContainsFunc(names, func(name string) bool {
			if strings.EqualFold(name, pattern) {
				return true
			}
			local, domain, found := cutDomain(pattern)
			return found && name != "" && strings.EqualFold(name, local) && isUnder(envelope.Domain(host), domain)
		})
	})
}

func (x *Exception) hasDomain(names []string, host string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		local, domain, found := cutDomain(name)
		if !found && local != "" {
			domain = envelope.Domain(host)
		}
		return slices.ContainsFunc(x.Patterns, func(p string) bool {
			return domain != "" && isUnder(domain,
				envelope.Domain(p))
		})
	})
}

// cutDomain splits a name at its last @.
func cutDomain(name string) (local, domain string, found bool) {
	if i := strings.LastIndexByte(name, '@'); i >= 0 {
		return name[:i], name[i+1:], true
	}
	return name, "", false
}

// isUnder reports whether a domain is another one, or below it.
func isUnder(domain, above string) bool {
	return domain == above || strings.HasSuffix(domain, "."+above)
}

// Set is a site's policy with its exceptions. Later exceptions win over earlier ones.
type Set struct {
	Site       Policy
	Exceptions []Exception
}

// Decision is the action on one mail.
type Decision struct {
	Action Action
	Policy Policy           // the deciding policy
	To     []string         // for Copy and Redirect: all that the recipients' policies name
	Drop   []attachment.Cut // parts to replace by a note
	By     string           // the attachment that decided, with the condition it meets; "" if the score did
}

// Reply returns the SMTP reply to a refused mail.
func (d *Decision) Reply() string {
	if d.By != "" {
		return d.Policy.AttachmentReject
	}
	return d.Policy.RejectReply
}

// Decide returns the action on a mail. Where its recipients' policies differ, the strictest action counts for all: a
// milter can only treat a mail as a whole.
func (s *Set) Decide(env *Envelope, score float64, files *attachment.Contents) Decision {
	var strictest Decision
	var drop []attachment.Cut
	for i := range max(len(env.Recipients), 1) {
		p := s.Site
		recipient := env.recipient(i)
		for j := range s.Exceptions {
			if x := &s.Exceptions[j]; x.matches(env, recipient) {
				x.Apply(&p)
			}
		}
		a, by := p.action(score), ""
		for _, o := range p.Attachments {
			cuts := files.Cuts(o)
			if o.Do == attachment.Drop {
				drop = append(drop, cuts...)
			} else if ordered := p.ordered(o.Do); len(cuts) > 0 && ordered > a {
				a, by = ordered, cuts[0].Why()
			}
		}
		if i == 0 || a > strictest.Action {
			strictest = Decision{Action: a, Policy: p, By: by}
		}
		if to := p.target(a); to != "" && a == strictest.Action && !slices.Contains(strictest.To, to) {
			strictest.To = append(strictest.To, to)
		}
	}
	strictest.Drop = attachment.Merge(drop)
	return strictest
}
