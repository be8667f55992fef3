package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"asterism/attachment"
)

// Policy has the actions by score, beside the header. A score of +Inf means never.
type Policy struct {
	RejectScore     float64 // reject_score: refuse the mail from this score on
	RejectReply     string  // reject_reply: SMTP code, enhanced code and text to refuse it with
	DiscardScore    float64 // discard_score: take the mail and throw it away
	QuarantineScore float64 // quarantine_score: put it into a quarantine
	QuarantineDir   bool    // quarantine_to directory: into quarantine_dir, not the MTA's queue
	RedirectScore   float64 // redirect_score: deliver it to RedirectTo only
	RedirectTo      string  // redirect_to
	CopyScore       float64 // add_recipient_score: deliver it to CopyTo as well
	CopyTo          string  // add_recipient_to

	Attachments      []attachment.Order // attachment_action: actions by attachments
	AttachmentReject string             // attachment_reject_reply
}

// Scope is a policy for certain mails: the lines between "for KIND PATTERN…" and "end".
type Scope struct {
	Kind     string   // one of the kinds that scopeKinds names
	Patterns []string // in lower case
	Clients  Networks // the patterns of a client scope
	set      []func(*Policy) error
}

// scopeKinds are the kinds of "for" lines.
var scopeKinds = []string{"rcpt", "rcpt_domain", "sender", "sender_domain", "client", "auth_user"}

// Apply changes a policy as the scope's lines say.
func (s *Scope) Apply(p *Policy) {
	for _, set := range s.set {
		_ = set(p) // has been tried when the line was read
	}
}

// QuarantinesHere reports whether any policy puts mails into quarantine_dir.
func (c *Config) QuarantinesHere() bool {
	p := c.Policy
	here := p.QuarantineDir
	for _, s := range c.Scopes {
		s.Apply(&p)
		here = here || p.QuarantineDir
	}
	return here
}

// policyOptions are the options that may stand between "for" and "end" as well.
func policyOptions() []option {
	all := []option{
		{name: "reject_score", def: "none", set: inScope(score(func(p *Policy) *float64 { return &p.RejectScore }))},
		{name: "reject_reply", def: "550 5.7.1 Message refused as spam",
			set: inScope(smtpReply(func(p *Policy) *string { return &p.RejectReply }))},
		{name: "discard_score", def: "none", set: inScope(score(func(p *Policy) *float64 { return &p.DiscardScore }))},
		{name: "quarantine_score", def: "none", set: inScope(score(func(p *Policy) *float64 { return &p.QuarantineScore }))},
		{name: "quarantine_to", def: "queue", set: inScope(quarantineTo)},
		{name: "redirect_score", def: "none", set: inScope(score(func(p *Policy) *float64 { return &p.RedirectScore }))},
		{name: "redirect_to", set: inScope(address(func(p *Policy) *string { return &p.RedirectTo }))},
		{name: "add_recipient_score", def: "none", set: inScope(score(func(p *Policy) *float64 { return &p.CopyScore }))},
		{name: "add_recipient_to", set: inScope(address(func(p *Policy) *string { return &p.CopyTo }))},
		{name: "attachment_action", set: inScope(attachmentAction)},
		{name: "attachment_reject_reply", def: "550 5.7.1 Attachments of this kind are not accepted",
			set: inScope(smtpReply(func(p *Policy) *string { return &p.AttachmentReject }))},
		{name: "end", set: closeScope},
	}
	for i := range all {
		all[i].scoped = true
	}
	return append(all, option{name: "for", set: openScope})
}

// inScope makes a setter of the current policy: the open scope's, or the site's.
func inScope(set func(p *Policy, value string) error) setter {
	return func(c *Config, value string) error {
		if c.scope == nil {
			return set(&c.Policy, value)
		}
		if err := set(&Policy{}, value); err != nil {
			return err
		}
		c.scope.set = append(c.scope.set, func(p *Policy) error { return set(p, value) })
		return nil
	}
}

// score sets a threshold, or none.
func score(field func(*Policy) *float64) func(*Policy, string) error {
	return func(p *Policy, value string) error {
		if strings.EqualFold(value, "none") {
			*field(p) = math.Inf(1)
			return nil
		}
		n, err := parseNumber(value)
		if err == nil {
			*field(p) = n
		}
		return err
	}
}

// address sets a mail address, with or without angle brackets.
func address(field func(*Policy) *string) func(*Policy, string) error {
	return func(p *Policy, value string) error { return parseAddress(field(p), value) }
}

func parseAddress(into *string, value string) error {
	value = strings.TrimSuffix(strings.TrimPrefix(value, "<"), ">")
	if value == "" || strings.ContainsAny(value, " \t<>,") {
		return fmt.Errorf("%q is not a mail address", value)
	}
	*into = value
	return nil
}

// quarantineTo chooses between the MTA's quarantine and ours.
func quarantineTo(p *Policy, value string) error {
	switch strings.ToLower(value) {
	case "queue":
		p.QuarantineDir = false
	case "directory":
		p.QuarantineDir = true
	default:
		return fmt.Errorf("%q is neither queue nor directory", value)
	}
	return nil
}

// enhancedCode is an enhanced status code (RFC 3463, section 2).
var enhancedCode = regexp.MustCompile(`^(\d)\.\d{1,3}\.\d{1,3}$`)

// smtpReply sets an SMTP reply of the classes 4 or 5, as in "550 5.7.1 No spam, please". An enhanced code must have the
// same class (RFC 2034, section 4); servers refuse or defer other replies.
func smtpReply(field func(*Policy) *string) func(*Policy, string) error {
	return func(p *Policy, value string) error {
		value = unquote(value)
		if err := checkReply(value); err != nil {
			return err
		}
		*field(p) = value
		return nil
	}
}

func checkReply(value string) error {
	code, text, _ := strings.Cut(value, " ")
	if len(code) != 3 || code[0] != '4' && code[0] != '5' || strings.Trim(code, "0123456789") != "" ||
		strings.TrimSpace(text) == "" {
		return fmt.Errorf("%q is not an SMTP reply such as 550 5.7.1 Message refused", value)
	}
	enhanced, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if parts := enhancedCode.FindStringSubmatch(enhanced); parts != nil && parts[1] != code[:1] {
		return fmt.Errorf("the code %s and the enhanced code %s are of different classes", code, enhanced)
	}
	return nil
}

// openScope begins a scope: "for rcpt_domain example.org example.net".
func openScope(c *Config, value string) error {
	words := strings.Fields(strings.ToLower(value))
	switch {
	case c.scope != nil:
		return errors.New("is inside for and end already: end the first for")
	case len(words) < 2 || !slices.Contains(scopeKinds, words[0]):
		return fmt.Errorf("takes one of %s, then patterns", strings.Join(scopeKinds, ", "))
	}
	scope := &Scope{Kind: words[0], Patterns: words[1:]}
	if scope.Kind == "client" {
		for _, w := range scope.Patterns {
			if err := scope.Clients.add(w); err != nil {
				return err
			}
		}
	}
	c.scope = scope
	return nil
}

func closeScope(c *Config, value string) error {
	if c.scope == nil {
		return errors.New("has no matching for")
	}
	c.Scopes = append(c.Scopes, *c.scope)
	c.scope = nil
	return noValue(value)
}
