package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestIllegalChars: valid UTF-8 is legal in headers (RFC 6532), control characters and other bytes above 127 are not.
func TestIllegalChars(t *testing.T) {
	s, problems := compile(t, `
header ONE  eval:check_illegal_chars('Subject', '0', '1')
header MANY eval:check_illegal_chars('Subject', '0.3', '3')
header ALL_ eval:check_illegal_chars('ALL', '0', '1')
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for subject, want := range map[string]string{
		"Hello": "", "Grüße aus Köln – 本": "", "Gr\xfc\xdfe": "ALL_ ONE", "\xd0\xd1\xd2\xd3\xd4": "ALL_ MANY ONE",
		"a\x01b":    "ALL_ ONE",
		"Grüße\x02": "ALL_ MANY ONE", "tab\there": "", "\x7f": "ALL_ ONE", "100 \xa3": "ALL_", "100 \xa3 \xa3": "ALL_ ONE",
		"\x80\x81\x82": "ALL_ MANY ONE",
	} {
		got := sortedHits(s, "Subject: "+subject+"\n\nx\n")
		if got != want {
			t.Errorf("%q: %q, want %q", subject, got, want)
		}
	}
}

// TestInternationalLinks: links of an internationalized sender to his own domain are his own, in either form of the
// name.
func TestInternationalLinks(t *testing.T) {
	s, problems := compile(t, `
body PUNY eval:check_link_shape('punycode')
body HYPHENS eval:check_link_shape('hyphens')
body LONG eval:check_link_shape('long')
body RANDOM eval:check_link_shape('random')
header __FROM From:addr:domain =~ /^xn--bcher-laden-thb\.de$/
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, from := range []string{"jürgen@bücher-laden.de", "joe@xn--bcher-laden-thb.de"} {
		for link, want := range map[string]string{
			"https://bücher-laden.de/": "__FROM", "https://www.BÜCHER-LADEN.de/x": "__FROM",
			"https://xn--bcher-laden-thb.de/": "__FROM",
			"https://bücher.example.org/":     "PUNY __FROM", "https://mein-kleiner-bücher-laden.de/": "HYPHENS PUNY __FROM",
			"https://xn--pypal-4ve.com/": "PUNY __FROM",
		} {
			mail := fmt.Sprintf("From: <%s>\nSubject: s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nsee %s\n",
				from, link)
			if got := sortedHits(s, mail); got != want {
				t.Errorf("%s, %s: %q, want %q", from, link, got, want)
			}
		}
	}
}

// TestInternationalLists: an entry of a list matches an internationalized address in either form.
func TestInternationalLists(t *testing.T) {
	for _, entry := range []string{"*@bücher.example", "jürgen@BÜCHER.example", "*@xn--bcher-kva.example",
		"jürgen@xn--bcher-kva.example"} {
		s, problems := compile(t, "welcomelist_from "+entry+"\nheader WELCOME eval:check_from_in_welcomelist()\n")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for from, want := range map[string]string{"Jürgen@Bücher.example": "WELCOME",
			"jürgen@xn--bcher-kva.example": "WELCOME", "jürgen@cher.example": ""} {
			if got := sortedHits(s, "From: <"+from+">\nSubject: s\n\nx\n"); got != want {
				t.Errorf("%s, %s: %q, want %q", entry, from, got, want)
			}
		}
	}
}

// sortedHits is hits in order.
func sortedHits(s *Set, mail string) string {
	names := strings.Fields(hits(s, mail))
	slices.Sort(names)
	return strings.Join(names, " ")
}
