package tag

import (
	"strings"
	"testing"

	"asterism/attachment"
	"asterism/classifier"
	"asterism/message"
)

func condition(t *testing.T, words ...string) *attachment.Condition {
	t.Helper()
	c, err := attachment.ParseCondition(words)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDrop: a note takes the place of a part wherever it stands, and nothing else changes.
func TestDrop(t *testing.T) {
	const (
		head  = "From: a@a.example\nSubject: x\nMIME-Version: 1.0\n"
		mixed = "Content-Type: multipart/mixed; boundary=b\n\n"
		text  = "--b\nContent-Type: text/plain\n\nhello\n"
		bad   = "--b\nContent-Type: application/octet-stream; name=a.exe\n\nMZ the program\n"
		end   = "--b--\n"
	)
	inner := strings.ReplaceAll(head+mixed+text+bad+end, "=b\n", "=c\n")
	inner = strings.ReplaceAll(inner, "--b", "--c")
	d := Dropping{Note: `Removed _NAME_\nfor _REASON_`, Orders: []attachment.Order{{Do: attachment.Drop,
		When: condition(t, "bad_name")}}}
	for _, c := range []struct {
		name, mail string
		notes      int
		has, not   []string
	}{
		{"part", head + mixed + text + bad + end, 1, []string{"hello", "Removed a.exe\nfor bad_name"}, []string{"a.exe\n\n"}},
		{"first of two", head + mixed + bad + text + end, 1, []string{"hello"}, nil},
		{"both", head + mixed + bad + bad + text + end, 2, []string{"hello"}, nil},
		{"whole", head + "Content-Type: application/octet-stream; name=a.exe\nContent-Transfer-Encoding: 8bit\n\n" +
			"MZ the program\n", 1,
			[]string{"Content-Type: text/plain; charset=utf-8\n"}, []string{"8bit", "octet-stream"}},
		{"in a mail in the mail", head + mixed + text + "--b\nContent-Type: message/rfc822\n\n" + inner + end, 1,
			[]string{"--c--", "message/rfc822"}, nil},
		{"unclosed", head + mixed + text + bad, 1, []string{"hello"}, nil},
		{"signed", "DKIM-Signature: v=1\n" + head + mixed + text + bad + end, 0, []string{"MZ the program"}, nil},
		{"S/MIME", head + "Content-Type: multipart/signed; boundary=b\n\n" + text + bad + end, 0, []string{"MZ the program"},
			nil},
		{"harmless", head + mixed + text + strings.ReplaceAll(bad, "a.exe", "a.odd") + end, 0, []string{"MZ the program"},
			nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				raw := []byte(strings.ReplaceAll(c.mail, "\n", eol))
				limits := attachment.Usual
				limits.Time = 0
				found := attachment.Of(message.Parse(raw, attachment.Open(limits)))
				o := Options{Dropping: d}
				got := string(o.Rewrite(raw, &classifier.Verdict{Attached: found}))
				_, got, _ = strings.Cut(got, eol) // our field
				if eol == "\r\n" {
					if strings.Count(got, "\n") != strings.Count(got, "\r\n") {
						t.Errorf("%s: mixed line ends: %q", c.name, got)
					}
					got = strings.ReplaceAll(got, "\r\n", "\n")
				}
				if n := strings.Count(got, "Removed a.exe\nfor bad_name"); n != c.notes {
					t.Errorf("%s: %d notes, not %d:\n%s", c.name, n, c.notes, got)
				}
				if c.notes > 0 {
					c.not = append(c.not, "MZ the program")
				} else if got != c.mail {
					t.Errorf("%s: changed:\n%s", c.name, got)
				}
				for _, s := range c.has {
					if !strings.Contains(got, s) {
						t.Errorf("%s: no %q in:\n%s", c.name, s, got)
					}
				}
				for _, s := range c.not {
					if strings.Contains(got, s) {
						t.Errorf("%s: %q in:\n%s", c.name, s, got)
					}
				}
				if defects := message.Parse([]byte(got)).Defects(); len(defects) > len(message.Parse(raw).Defects()) {
					t.Errorf("%s: %v in:\n%s", c.name, defects, got)
				}
			}
		})
	}
}
