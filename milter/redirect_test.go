package milter

import (
	"math"
	"slices"
	"testing"

	gomilter "github.com/d--j/go-milter"

	"asterism/policy"
)

// TestRedirect: a target that is among the recipients is not added again, however it is written, and the others are
// removed by every name that an MTA may have for them.
func TestRedirect(t *testing.T) {
	never := math.Inf(1)
	f := start(t, &checker{}, Options{Settings: Settings{Policy: &policy.Set{Site: policy.Policy{RejectScore: never,
		DiscardScore:    never,
		QuarantineScore: never, CopyScore: never, RedirectScore: 5, RedirectTo: "elsewhere@example.org"}}}})
	for _, c := range []struct{ to, added, removed []string }{
		{[]string{"bob@example.org"}, []string{"<elsewhere@example.org>"}, []string{"<bob@example.org>"}},
		{[]string{`"elsewhere"@Example.org`, "bob@example.org"}, nil, []string{"<bob@example.org>"}},
		{[]string{"@relay.example:elsewhere@example.org"}, nil, nil},
		{[]string{`"bob"@example.org`}, []string{"<elsewhere@example.org>"}, []string{`<"bob"@example.org>`,
			"<bob@example.org>"}},
	} {
		var added, removed []string
		for _, change := range (mail{from: "a@example.net", to: c.to}).send(t, f.dial(t)).changes {
			switch change.Type {
			case gomilter.ActionAddRcpt:
				added = append(added, change.Rcpt)
			case gomilter.ActionDelRcpt:
				removed = append(removed, change.Rcpt)
			}
		}
		if !slices.Equal(added, c.added) || !slices.Equal(removed, c.removed) {
			t.Errorf("to %q: added %q, removed %q; want %q, %q", c.to, added, removed, c.added, c.removed)
		}
	}
}
