package rules

import "testing"

func TestNeedsTag(t *testing.T) {
	for pattern, want := range map[string]bool{
		`^https?://.{4,128}\#%{TO}`: true,
		`(?:email=|wapp\#)%{TO}`:    true,
		`^x(?:%{TO})?y`:             false,
		`%{TO}|something else`:      false,
		`(?!%{TO})abc`:              false,
		`%{TO}`:                     true,
	} {
		if got := needsTag(pattern, "i", "TO"); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
	if !containsFold("http://x/#Ann@Example.ORG", "ann@example.org") || containsFold("http://x/#an{@example.org",
		"an[@example.org") || containsFold("x", "") {
		t.Error("containsFold")
	}
}
