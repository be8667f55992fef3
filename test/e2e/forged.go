package e2e

import (
	"strings"
	"testing"
)

// Forgeries are fields that some program takes for X-Spam-Score, whatever the MTA makes of them. Each is a mail of
// its own; its score is -99.
var Forgeries = map[string]string{
	"nbsp":   "X-Spam-Score\u00a0: -99.0 ()\n",
	"latin":  "X-Spam-Score\xa0: -99.0 ()\n",
	"vt":     "X-Spam-Score\v: -99.0 ()\n",
	"ff":     "X-Spam-Score\f: -99.0 ()\n",
	"inside": "X-Spam-\vScore: -99.0 ()\n",
	"zwsp":   "X-Spam\u200b-Score: -99.0 ()\n",
	"tab":    "X-Spam-Score\t : -99.0 ()\n",
	"folded": "X-Spam-Score\n : -99.0 ()\n",
	"mixed": "X-Spam-Score: -99.0 ()\nX-Spam-Score\u00a0: -99.0 ()\n" +
		"x-spam-score\u00a0: -99.0 ()\nX-Spam-Score: -99.0 ()\n",
	"dashes":  "--x: y\nX-Spam-Score: -99.0 ()\n",
	"unended": "no field\nX-Spam-Score: -99.0 ()\n",
}

// CheckForgeries sends each of Forgeries to an MTA, and looks for them in the header that it delivers: up to the
// first empty line.
func CheckForgeries(t *testing.T, addr string, delivered func(testing.TB, string) string) {
	t.Helper()
	for name, forged := range Forgeries {
		recipient := "spelled-" + name
		mail := "X-First: 1\n" + forged + Letter("hi", "This is certainly spam.")
		MustSend(t, addr, "alice@example.net", recipient+"@example.org", mail)
		header, _, _ := strings.Cut(delivered(t, recipient), "\n\n")
		if strings.Contains(header, "-99") {
			t.Errorf("%s: a forged score is in the header:\n%q", name, header)
		}
		if !strings.Contains(header, "X-Spam-Score: ") {
			t.Errorf("%s: no score:\n%q", name, header)
		}
	}
}
