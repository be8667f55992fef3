// Package sendmail_test sends mails through a real sendmail, configured with contrib's lines, that has a real spamd
// as its filter, and looks at what is delivered.
package sendmail_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// score is the form of the header, as DESIGN.md fixes it.
var score = regexp.MustCompile(`^X-Spam-Score: (-?\d+\.\d) \((\**)\)( [A-Z0-9_]+(,(\n\t)?[A-Z0-9_]+)*)?$`)

// onlyScore returns the mail's one X-Spam-Score, whose form it checks.
func onlyScore(t *testing.T, mail string) (score, stars, names string) {
	t.Helper()
	fields := e2e.HeaderFields(mail, "X-Spam-Score")
	if len(fields) != 1 {
		t.Fatalf("%d fields X-Spam-Score, want 1:\n%s", len(fields), mail)
	}
	m := scoreForm(t, fields[0])
	return m[1], m[2], strings.ReplaceAll(m[3], "\n\t", "")
}

func scoreForm(t *testing.T, field string) []string {
	t.Helper()
	m := score.FindStringSubmatch(field)
	if m == nil {
		t.Fatalf("malformed: %q", field)
	}
	for line := range strings.Lines(field) {
		if n := len(strings.ReplaceAll(line, "\t", "        ")); n > 79 {
			t.Errorf("a line of %d columns: %q", n, line)
		}
	}
	return m
}

func TestTagging(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	t.Run("spam", func(t *testing.T) {
		e2e.MustSend(t, mta.Addr, "alice@example.net", "spam@example.org", e2e.Letter("hi", "This is certainly spam."))
		score, stars, names := onlyScore(t, mta.Mail(t, "spam"))
		if len(stars) < 5 || !strings.Contains(names, "E2E_SPAM") {
			t.Errorf("spam got %s (%s)%s", score, stars, names)
		}
	})
	t.Run("ham", func(t *testing.T) {
		e2e.MustSend(t, mta.Addr, "alice@example.net", "ham@example.org", e2e.Letter("hi", "This is certainly ham."))
		score, stars, names := onlyScore(t, mta.Mail(t, "ham"))
		if stars != "" || !strings.HasPrefix(score, "-") || !strings.Contains(names, "E2E_HAM") {
			t.Errorf("ham got %s (%s)%s", score, stars, names)
		}
	})
	t.Run("bounce", func(t *testing.T) {
		e2e.MustSend(t, mta.Addr, "", "bounce@example.org", e2e.Letter("returned", "This is certainly ham."))
		onlyScore(t, mta.Mail(t, "bounce"))
	})
	t.Run("several recipients", func(t *testing.T) {
		to := []string{"r1@example.org", "r2@example.org", "r3@example.org"}
		if err := e2e.Send(mta.Addr, "alice@example.net", to, e2e.Letter("hi", "This is certainly spam.")); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"r1", "r2", "r3"} {
			onlyScore(t, mta.Mail(t, name))
		}
	})
	t.Run("several mails in one connection", func(t *testing.T) {
		c, err := e2e.DialSMTP(mta.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i, text := range []string{"This is certainly spam.", "This is certainly ham.", "This is certainly spam."} {
			if err := e2e.SendOn(c, "alice@example.net", []string{fmt.Sprintf("m%d@example.org", i)},
				e2e.Letter("hi", text)); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []string{"E2E_SPAM", "E2E_HAM", "E2E_SPAM"} {
			if _, _, names := onlyScore(t, mta.Mail(t, fmt.Sprintf("m%d", i))); !strings.Contains(names, want) {
				t.Errorf("mail %d got %s, want %s", i, names, want)
			}
		}
	})
	t.Run("the mail itself is unchanged", func(t *testing.T) {
		header := "Subject:   three spaces\nX-Fold: a\n\tb\n   c\nDate: Sat, 21 Nov 2026 20:00:00 +0000\n" +
			"From: alice@example.net\nMessage-ID: <1@example.net>\n"
		body := "gr\xc3\xbc\xc3\x9fe, tabs\tand trailing blanks  \n\n\n.leading dot\n"
		e2e.MustSend(t, mta.Addr, "alice@example.net", "same@example.org", header+"\n"+body)
		got := mta.Mail(t, "same")
		head, rest, _ := strings.Cut(got, "\n\n")
		if strings.TrimRight(rest, "\n") != strings.TrimRight(body, "\n") {
			t.Errorf("body %q\nwant %q", rest, body)
		}
		for _, field := range []string{"Subject:   three spaces", "X-Fold: a\n\tb\n   c"} {
			if !strings.Contains(head+"\n", field+"\n") {
				t.Errorf("field %q is missing:\n%s", field, head)
			}
		}
	})
	line := regexp.MustCompile(`msg=mail .*qid=\S+ client=localhost\[127\.0\.0\.1\] from=alice@example\.net ` +
		`to=spam@example\.org size=\d+ msgid=\S+ score=1\d\.\d required=5 bayes=- tests="\S*E2E_SPAM=\S*" .*action=tag ` +
		`ms=\d+`)
	if !line.MatchString(spamd.Output()) {
		t.Errorf("no log line for the spam in:\n%s", spamd.Output())
	}
}

func TestForgedScores(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	for name, forged := range map[string]string{
		"one":       "X-Spam-Score: -99.0 ()\n",
		"several":   "X-Spam-Score: -99.0 ()\nX-Spam-Score: -98.0 ()\nX-Other: x\nX-Spam-Score: -97.0 ()\n",
		"mixedcase": "x-SPAM-sCORE: -99.0 ()\nX-spam-score: -98.0 ()\n",
		"folded":    "X-Spam-Score: -99.0\n\t()\n SOME_TEST\nX-Spam-Score:\n -98.0 ()\n",
		"spaced":    "X-Spam-Score : -99.0 ()\n",
		"empty":     "X-Spam-Score:\nX-Spam-Score: \n",
		"many":      strings.Repeat("X-Spam-Score: -99.0 ()\n", 50),
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				to, text string
				scores   int
			}{
				{name, "This is certainly spam.", 1},
				{name + "-large", strings.Repeat("This is certainly spam.\n", 5000), 0},
			} {
				e2e.MustSend(t, mta.Addr, "alice@example.net", c.to+"@example.org", forged+e2e.Letter("hi", c.text))
				fields := e2e.HeaderFields(mta.Mail(t, c.to), "X-Spam-Score")
				if len(fields) != c.scores {
					t.Errorf("%s: %d fields X-Spam-Score, want %d: %q", c.to, len(fields), c.scores, fields)
				}
				for _, f := range fields {
					if scoreForm(t, f)[1][0] == '-' {
						t.Errorf("%s: a forged score came through: %q", c.to, f)
					}
				}
			}
		})
	}
	e2e.CheckForgeries(t, mta.Addr, mta.Mail)
}

func TestSizeLimit(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	for size, scores := range map[int]int{102_398: 1, 102_399: 1, 102_400: 0, 102_401: 0, 3_000_000: 0} {
		to := fmt.Sprintf("s%d", size)
		e2e.MustSend(t, mta.Addr, "alice@example.net", to+"@example.org", exactly(size))
		if n := len(e2e.HeaderFields(mta.Mail(t, to), "X-Spam-Score")); n != scores {
			t.Errorf("a mail of %d bytes got %d scores, want %d", size, n, scores)
		}
	}
}

// exactly returns a mail that has a size when its lines end in CRLF, as on the wire.
func exactly(size int) string {
	header := "Subject: big\nFrom: alice@example.net\nDate: Sat, 21 Nov 2026 20:00:00 +0000\n" +
		"Message-ID: <1@example.net>\n\n"
	left := size - len(header) - strings.Count(header, "\n")
	lines := left/100 - 1
	left -= 100 * lines
	return header + strings.Repeat(strings.Repeat("x", 98)+"\n", lines) + strings.Repeat("y", left-2) + "\n"
}
