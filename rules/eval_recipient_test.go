package rules

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

// TestRecipientForms compares the two tests with the expressions that define them, on texts of their own parts.
func TestRecipientForms(t *testing.T) {
	const user, domain, address = "joe.d", "x.example", "joe@x.example"
	q := regexp.QuoteMeta
	forms := []struct {
		name string
		ours func(string) bool
		re   string
	}{
		{"envelope", func(s string) bool { return madeOfRecipient(s, user, domain) },
			`\b` + q(domain) + `[^a-z0-9\s]?` + q(user) + `@|\b` + q(user) + `\.` + q(domain) + `@`},
		{"name", func(s string) bool { return quotedNameBefore(s, address) }, `"[^"]+"\s*<` + q(address) + `>`},
	}
	parts := []string{user, domain, address, user + "@", "<" + address + ">", domain + "@", ".", "-", "_", "é", "a", "Z",
		"7", " ", "\t",
		",", ", ", ":", "re:", "fw: ", "!", "?", `"`, `"joe"`, "\n"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			re, hits := regexp.MustCompile(f.re), 0
			for range 100000 {
				text := ""
				for range 1 + rnd.IntN(6) {
					text += parts[rnd.IntN(len(parts))]
				}
				want := re.MatchString(text)
				if want {
					hits++
				}
				if got := f.ours(text); got != want {
					t.Fatalf("%q: %v, %s says %v", text, got, f.re, want)
				}
			}
			if hits < 100 {
				t.Errorf("only %d texts hit", hits)
			}
		})
	}
}
