package spamc_test

import (
	"fmt"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// TestLargeMail: what spamc sends is scanned, whatever its size, as SpamAssassin's spamd does. spamc's own limit is
// 500 KB.
func TestLargeMail(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	them, us, bound := theirs(t), ours(t), oursWith(t, testRules+"spamd_max_size 150K\nmax_size 1K\n")
	const check, sendMore = "-c", "-s 1000000 -c"
	for _, c := range []struct {
		kib     int
		options string
		bounded bool // spamd_max_size 150K leaves it out
		code    int  // 1 is spam
	}{
		{120, check, false, 1},
		{150, check, true, 1},
		{499, check, true, 1},
		{600, check, false, 0}, // spamc does not send it
		{600, sendMore, true, 1},
	} {
		mail := spamOf(c.kib)
		what := fmt.Sprintf("%d KB, spamc %s", c.kib, c.options)
		compare(t, what, spamc, them.tcp(c.options), us.tcp(c.options), mail)
		compare(t, what, spamc, them.tcp(strings.TrimSuffix(c.options, check)), us.tcp(strings.TrimSuffix(c.options, check)),
			mail)
		if out, code := run(t, spamc, us.tcp(c.options), mail); code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", what, code, c.code, out)
		}
		want := c.code
		if c.bounded {
			want = 0
		}
		if out, code := run(t, spamc, bound.tcp(c.options), mail); code != want {
			t.Errorf("%s, spamd_max_size 150K: exit %d, want %d: %s", what, code, want, out)
		}
	}
}

// spamOf returns a spam of so many kibibytes and some bytes.
func spamOf(kib int) string {
	const line = "A line of an offer that goes on and on and on, up to its end.\n"
	head := e2e.Letter("large", "This is certainly spam.")
	return head + strings.Repeat(line, (kib<<10-len(head)+len(line))/len(line))
}
