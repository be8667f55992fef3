package envelope_test

import (
	"strings"
	"testing"

	"asterism/envelope"
)

// bob has spellings of one mailbox.
var bob = []string{
	"bob@example.org", "<bob@example.org>", `"bob"@example.org`, `<"bob"@example.org>`, `b\ob@example.org`,
	`"b\ob"@example.org`,
	`"bo"b@example.org`, "@one.example,@two.example:bob@example.org", "<@one.example:bob@example.org>", "bob@example.org.",
	"bob@example.org .", "bob@example.org. \t.", "bob@example.org .. (Bob)",
	"<bob@EXAMPLE.org.>", " bob@example.org ", "< bob@example.org >", "bob @ example.org", "bob(the builder)@example.org",
	"@[IPv6:2001:db8::1]:bob@example.org", "bob@example.org (Bob)", "(a (nested) one)bob@example.org",
	`@one.example:"bob"@Example.ORG.`,
}

func TestMailbox(t *testing.T) {
	for _, address := range bob {
		if got := envelope.Mailbox(address); got != "bob@example.org" {
			t.Errorf("%s: %q", address, got)
		}
	}
	for address, want := range map[string]string{
		"":                               "",
		"<>":                             "",
		"bob":                            "bob",
		`"bob"`:                          "bob",
		"<Postmaster>":                   "Postmaster",
		"Bob@Example.org":                "Bob@example.org",
		`"a b"@example.org`:              "a b@example.org",
		`"bob@example.org"@evil.example`: "bob@example.org@evil.example",
		`bob\@example.org@evil.example`:  "bob@example.org@evil.example",
		"bob@[192.0.2.1]":                "bob@[192.0.2.1]",
		`"bob"@MÜNCHEN.example.`:         "bob@münchen.example",
		"bob+list@example.org":           "bob+list@example.org",
		`"`:                              "",
		"@":                              "@",
		"@a:":                            "",
	} {
		t.Run(address, func(t *testing.T) {
			if got := envelope.Mailbox(address); got != want {
				t.Errorf("%s: %q, want %q", address, got, want)
			}
		})
	}
	if got := envelope.Key(`"Bob"@MÜNCHEN.example`); got != "Bob@xn--mnchen-3ya.example" {
		t.Errorf("key %q", got)
	}
	if !envelope.Same("BOB@example.org", `"bob"@EXAMPLE.ORG`) || envelope.Same(`"bob@example.org"@evil.example`,
		"bob@example.org") {
		t.Error("Same does not compare plain forms")
	}
}

// FuzzMailbox: the plain form is its own plain form where nothing in it was quoted, and costs no more than its length.
func FuzzMailbox(f *testing.F) {
	for _, address := range bob {
		f.Add(address)
	}
	f.Add("((((\\")
	f.Fuzz(func(t *testing.T, address string) {
		got := envelope.Mailbox(address)
		if strings.ContainsAny(address, `"\`) {
			return
		}
		if again := envelope.Mailbox(got); again != got && strings.Count(got, "@") == 1 && !strings.Contains(got, ":") {
			t.Errorf("%q gives %q, and that %q", address, got, again)
		}
	})
}
