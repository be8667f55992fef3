package policy

import "testing"

// TestSpellings: an exception for an address holds however the client writes it, and by what the MTA makes of it.
func TestSpellings(t *testing.T) {
	reject := func(p *Policy) { p.RejectScore = 5 }
	quiet := Policy{RejectScore: never, DiscardScore: never, QuarantineScore: never, RedirectScore: never,
		CopyScore: never}
	for _, c := range []struct {
		address, resolved string
		rcpt, domain      bool // for the address, for its domain
	}{
		{"bob@example.org", "", true, true},
		{`"bob"@example.org`, "", true, true},
		{`b\ob@example.org`, "", true, true},
		{`<"b\ob"@EXAMPLE.org.>`, "", true, true},
		{"@relay.example:bob@example.org", "", true, true},
		{"bob @ example.org", "", true, true},
		{"bob@example.org.", "", true, true},
		{"bob", "", true, true},
		{"<Bob>", "", true, true},
		{`"bob"`, "", true, true},
		{"robert@old.example", "bob@example.org", true, true},
		{"robert@old.example", "bob", true, true},
		{"bob%example.org@mx.example.org", "bob", true, true},
		{"ann@example.org", "ann", false, true},
		{"ann", "", false, true},
		{"bob@mail.example.org", "", false, true},
		{"bob@other.example", "", false, false},
		{`"bob@example.org"@other.example`, "", false, false},
		{"bob@example.org.other.example", "", false, false},
		{"", "", false, false},
	} {
		for kind, want := range map[string]bool{"rcpt": c.rcpt, "sender": c.rcpt, "rcpt_domain": c.domain,
			"sender_domain": c.domain} {
			pattern := "bob@example.org"
			if kind == "rcpt_domain" || kind == "sender_domain" {
				pattern = "example.org"
			}
			for _, p := range []string{pattern, pattern + "."} {
				s := Set{Site: quiet, Exceptions: []Exception{{Kind: kind, Patterns: []string{p}, Apply: reject}}}
				env := &Envelope{Sender: c.address, ResolvedSender: c.resolved, Recipients: []string{c.address},
					Resolved: []string{c.resolved}, Host: "mx.example.org"}
				if got := s.Decide(env, 9, nil).Action == Reject; got != want {
					t.Errorf("for %s %s, %s, which the MTA takes for %q: %v, want %v", kind, p, c.address, c.resolved, got, want)
				}
			}
		}
	}
	// A name without a domain is of this host, not of every domain.
	s := Set{Site: quiet, Exceptions: []Exception{{Kind: "rcpt", Patterns: []string{"bob@elsewhere.example"},
		Apply: reject}}}
	if d := s.Decide(&Envelope{Recipients: []string{"bob"}, Host: "mx.example.org"}, 9, nil); d.Action == Reject {
		t.Error("bob of this host is taken for one elsewhere")
	}
}
