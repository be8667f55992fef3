package policy

import (
	"math"
	"net/netip"
	"slices"
	"testing"
)

var never = math.Inf(1)

func site() Policy {
	return Policy{RejectScore: 20, DiscardScore: never, QuarantineScore: 10, RedirectScore: never, CopyScore: 7,
		CopyTo: "postmaster@example.org"}
}

func TestDecide(t *testing.T) {
	s := Set{Site: site(), Exceptions: []Exception{
		{Kind: "rcpt_domain", Patterns: []string{"strict.example"}, Apply: func(p *Policy) { p.RejectScore = 8 }},
		{Kind: "rcpt", Patterns: []string{"abuse@strict.example"}, Apply: func(p *Policy) { p.RejectScore = never }},
		{Kind: "sender_domain", Patterns: []string{"friend.example"}, Apply: func(p *Policy) { p.QuarantineScore = never }},
		{Kind: "sender", Patterns: []string{"boss@friend.example"}, Apply: func(p *Policy) { p.CopyScore = never }},
		{Kind: "auth_user", Patterns: []string{"*"}, Apply: func(p *Policy) { p.RejectScore = 5 }},
		{Kind: "client", Clients: netip.MustParsePrefix("192.0.2.0/24").Contains,
			Apply: func(p *Policy) { p.DiscardScore = 0 }},
	}}
	for _, c := range []struct {
		name  string
		env   Envelope
		score float64
		want  Action
	}{
		{"ham", Envelope{Recipients: []string{"a@example.org"}}, 6.9, Deliver},
		{"copy", Envelope{Recipients: []string{"a@example.org"}}, 7, Copy},
		{"quarantine", Envelope{Recipients: []string{"a@example.org"}}, 10, Quarantine},
		{"reject", Envelope{Recipients: []string{"a@example.org"}}, 20, Reject},
		{"no recipients", Envelope{}, 20, Reject},
		{"the recipient's domain", Envelope{Recipients: []string{"a@STRICT.example"}}, 8, Reject},
		{"its subdomain", Envelope{Recipients: []string{"a@x.strict.example"}}, 8, Reject},
		{"another domain's end", Envelope{Recipients: []string{"a@verystrict.example"}}, 8, Copy},
		{"a later exception wins", Envelope{Recipients: []string{"Abuse@strict.example"}}, 8, Copy},
		{"the strictest of several", Envelope{Recipients: []string{"a@example.org", "a@strict.example", "b@example.org"}}, 8,
			Reject},
		{"sender's domain", Envelope{Sender: "x@friend.example", Recipients: []string{"a@example.org"}}, 15, Copy},
		{"sender", Envelope{Sender: "boss@friend.example", Recipients: []string{"a@example.org"}}, 15, Deliver},
		{"the null sender", Envelope{Recipients: []string{"a@example.org"}}, 15, Quarantine},
		{"authenticated", Envelope{AuthUser: "bob", Recipients: []string{"a@example.org"}}, 6, Reject},
		{"client", Envelope{Client: netip.MustParseAddr("192.0.2.1"), Recipients: []string{"a@example.org"}}, 1, Discard},
		{"another client", Envelope{Client: netip.MustParseAddr("198.51.100.1"), Recipients: []string{"a@example.org"}}, 1,
			Deliver},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.Decide(&c.env, c.score, nil); got.Action != c.want {
				t.Errorf("%s: %s, want %s", c.name, got.Action, c.want)
			}
		})
	}
}

// TestEachRecipientsTarget: where several recipients' policies name addresses, none is forgotten.
func TestEachRecipientsTarget(t *testing.T) {
	to := func(address string) func(*Policy) {
		return func(p *Policy) { p.RedirectScore, p.RedirectTo = 5, address }
	}
	s := Set{Site: site(), Exceptions: []Exception{
		{Kind: "rcpt", Patterns: []string{"a@example.org", "b@example.org"}, Apply: to("x@example.org")},
		{Kind: "rcpt", Patterns: []string{"c@example.org"}, Apply: to("y@example.org")},
	}}
	d := s.Decide(&Envelope{Recipients: []string{"copied@example.org", "a@example.org", "b@example.org", "c@example.org"}},
		7, nil)
	if d.Action != Redirect || !slices.Equal(d.To, []string{"x@example.org", "y@example.org"}) {
		t.Errorf("%s to %v", d.Action, d.To)
	}
}

func TestQuarantineInADirectoryIsStricter(t *testing.T) {
	s := Set{Site: site(), Exceptions: []Exception{
		{Kind: "rcpt", Patterns: []string{"a@example.org"}, Apply: func(p *Policy) { p.QuarantineDir = true }},
	}}
	if d := s.Decide(&Envelope{Recipients: []string{"a@example.org", "b@example.org"}}, 11, nil); d.Action != Store {
		t.Errorf("got %v, want %v", d.Action, Store)
	}
}

func TestNoAddressNoRedirection(t *testing.T) {
	s := Set{Site: Policy{RejectScore: never, DiscardScore: never, QuarantineScore: never, RedirectScore: 5, CopyScore: 5}}
	if got := s.Decide(&Envelope{}, 9, nil); got.Action != Deliver {
		t.Errorf("got %s, want deliver", got.Action)
	}
}
