package rules

import (
	"strings"
	"testing"
)

// TestHostOf compares with the expression that says what a host name is.
func TestHostOf(t *testing.T) {
	for _, s := range []string{"", "a", "example.org", "Mail.Example.ORG", "example.org.", ".example.org", "example..org", "a-.example.org", "-a.example.org",
		"x.-b", "x.b-", "x.b", "x.bc", "a_b.example.org", "a.b_c", "example.org>", "example.org\n", "1.2.3.44", "1.2.3.4", "[192.0.2.1]", "foo bar.example.org", "a.example-.org"} {
		want := strings.ToLower(hostName.FindString(s))
		if got := hostOf(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if got := hostOf("ann@" + s); got != want {
			t.Errorf("ann@%q: %q, want %q", s, got, want)
		}
	}
}
