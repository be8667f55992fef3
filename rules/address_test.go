package rules

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestHostOf compares with the expression that says what a host name is.
func TestHostOf(t *testing.T) {
	for _, s := range []string{"", "a", "example.org", "Mail.Example.ORG", "example.org.", ".example.org", "example..org",
		"a-.example.org", "-a.example.org",
		"x.-b", "x.b-", "x.b", "x.bc", "a_b.example.org", "a.b_c", "example.org>", "example.org\n", "1.2.3.44", "1.2.3.4",
		"[192.0.2.1]", "foo bar.example.org", "a.example-.org"} {
		want := strings.ToLower(hostName.FindString(s))
		if got := hostOf(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
		if got := hostOf("ann@" + s); got != want {
			t.Errorf("ann@%q: %q, want %q", s, got, want)
		}
	}
}

// TestLoneAddress compares with the expression that says what an address is.
func TestLoneAddress(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sure := 0
	for range 20000 {
		s := ""
		for range 2 + r.IntN(10) {
			s += []string{"a", "B2", "@", "@x.org", ".", "-", "_", "+", " ", "<", ">", "com", "é", "\n"}[r.IntN(14)]
		}
		at := strings.IndexByte(s, '@')
		if at < 0 {
			continue
		}
		if got := loneAddress(s, at); got != "" {
			sure++
			if want := addressLike.FindAllString(s, -1); !slices.Equal(want, []string{got}) {
				t.Fatalf("%q: %q, want %q", s, got, want)
			}
		}
	}
	if sure < 200 {
		t.Errorf("only %d texts were plain", sure)
	}
}

// TestInternationalHosts: a host with U-labels is that of its A-labels, never the ASCII end of it.
func TestInternationalHosts(t *testing.T) {
	for text, want := range map[string]string{
		"jürgen@bücher-laden.de": "xn--bcher-laden-thb.de", "a@BÜCHER.DE>": "xn--bcher-kva.de",
		"a@épaypal.com": "xn--paypal-9ua.com",
		"a@例え.jp":       "xn--r8jz45g.jp", "a@例え。jp": "xn--r8jz45g.jp", "a@mail.例え.jp x": "mail.xn--r8jz45g.jp",
		"jürgen@example.org": "example.org",
		"Über bücher.de":     "xn--bcher-kva.de", "请访问example.com": "example.com", "Grüße von example.com": "example.com",
		"“example.com”":            "example.com",
		"a@example.com\u00a0é.org": "example.com",
	} {
		if got := hostOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
