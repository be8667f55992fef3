package tag

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"asterism/classifier"
)

// spellings are fields that some program takes for X-Spam-Score.
var spellings = map[string]string{
	"plain":                 "X-Spam-Score: -9\r\n",
	"other case":            "x-SPAM-sCoRe: -9\r\n",
	"blank":                 "X-Spam-Score : -9\r\n",
	"blanks and tabs":       "X-Spam-Score \t : -9\r\n",
	"VT":                    "X-Spam-Score\v: -9\r\n",
	"FF":                    "X-Spam-Score\f: -9\r\n",
	"NUL":                   "X-Spam-Score\x00: -9\r\n",
	"NUL inside":            "X-Spam\x00-Score: -9\r\n",
	"VT inside":             "X-Spam-\vScore: -9\r\n",
	"VT before":             "\vX-Spam-Score: -9\r\n",
	"CR before":             "\rX-Spam-Score: -9\r\n",
	"CR":                    "X-Spam-Score\r: -9\r\n",
	"NBSP of Latin-1":       "X-Spam-Score\xa0: -9\r\n",
	"NBSP of UTF-8":         "X-Spam-Score\u00a0: -9\r\n",
	"NBSP before":           "\u00a0X-Spam-Score: -9\r\n",
	"zero-width space":      "X-Spam\u200b-Score: -9\r\n",
	"byte order mark":       "\ufeffX-Spam-Score: -9\r\n",
	"DEL":                   "X-Spam-Score\x7f: -9\r\n",
	"ESC":                   "X-Spam-Score\x1b: -9\r\n",
	"NEL":                   "X-Spam-Score\u0085: -9\r\n",
	"folded before colon":   "X-Spam-Score\r\n : -9\r\n",
	"folded twice":          "X-Spam-Score\r\n\t\r\n : -9\r\n",
	"folded in the name":    "X-Spam-\r\n Score: -9\r\n",
	"folded value":          "X-Spam-Score:\r\n\t-9\r\n",
	"LF alone":              "A: b\nX-Spam-Score: -9\n",
	"behind CR CR LF":       "\r\r\nX-Spam-Score: -9\r\n",
	"a line end too many":   "A: b\r\r\nX-Spam-Score: -9\r\r\n",
	"behind a blank line":   "A: b\r\n \r\nX-Spam-Score: -9\r\n",
	"behind a broken line":  "no field\r\nX-Spam-Score: -9\r\n",
	"behind dashes":         "--B\r\nX-Spam-Score: -9\r\n",
	"behind a bare CR":      "A: b\rX-Spam-Score: -9\r\n",
	"behind two":            "A: b\rC: d\rX-Spam-Score: -9\rE: f\r\n",
	"behind a VT":           "A: b\vX-Spam-Score: -9\r\n",
	"behind a FF, in folds": "A: b\r\n c\fX-Spam-Score\v: -9\r\n",
	"behind a NUL":          "A: b\x00X-Spam-Score: -9\r\n",
	"no line end":           "X-Spam-Score: -9",
}

// readers take a header for lines in different ways.
var readers = map[string]func(string) []string{
	"LF": func(s string) []string { return strings.Split(s, "\n") },
	"any line end": func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool {
			return r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0 ||
				r == 0x85
		})
	},
}

// fieldOf returns the value of the first line that a reader takes for a field, blanks and control characters in its
// name ignored.
func fieldOf(lines []string, name string) (string, bool) {
	for _, line := range lines {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue // folded
		}
		spelled, value, ok := strings.Cut(line, ":")
		bare := strings.Map(func(r rune) rune {
			if r <= ' ' || r >= 0x7f {
				return -1
			}
			return r
		}, spelled)
		if ok && strings.EqualFold(bare, name) {
			return value, true
		}
	}
	return "", false
}

func TestForgedVerdictsGoHoweverSpelled(t *testing.T) {
	v := &classifier.Verdict{Score: 6.8, Required: 5, Hits: []classifier.Hit{{Name: "A", Score: 6.8}}}
	const body = "X-Spam-Score: of the body\r\n"
	for name, spelled := range spellings {
		for where, raw := range map[string]string{
			"first":  spelled + "Subject: hi\r\n\r\n" + body,
			"last":   "Subject: hi\r\n" + spelled + "\r\n" + body,
			"mbox":   "From x Sat\r\n" + spelled + "Subject: hi\r\n\r\n" + body,
			"header": "Subject: hi\r\n" + spelled,
		} {
			if spelled[len(spelled)-1] != '\n' && where != "header" {
				continue
			}
			for what, o := range map[string]Options{"plain": {}, "marked": {Subject: "[SPAM]"}} {
				for verdict, v := range map[string]*classifier.Verdict{"verdict": v, "none": nil} {
					out := string(o.Rewrite([]byte(raw), v))
					if strings.Contains(out, "-9") {
						t.Errorf("%s, %s, %s, %s: the field stays: %q", name, where, what, verdict, out)
					}
					if strings.HasSuffix(raw, body) && !strings.HasSuffix(out, "\n\r\n"+body) {
						t.Errorf("%s, %s, %s, %s: the body is another: %q", name, where, what, verdict, out)
					}
					if !strings.Contains(out, "hi") {
						t.Errorf("%s, %s, %s, %s: the subject is gone: %q", name, where, what, verdict, out)
					}
				}
			}
		}
	}
}

// Fields of other names stay as they are.
func TestOtherFieldsStay(t *testing.T) {
	const raw = "X-Spam-Scores: 1\r\nX-Spam: 2\r\nNot-X-Spam-Score: 3\r\nSubject: X-Spam-Score: 4\r\nA: b\r\n " +
		"X-Spam-Score: 5\r\nB: c\rd: e\vf\r\n" +
		"Received: from a\r\n\tby b (X-Spam-Score: 6)\r\n\r\n"
	if got := string(Options{}.Rewrite([]byte(raw), nil)); got != raw {
		t.Errorf("got %q\nwant %q", got, raw)
	}
}

// What a mail's own text may bring into a field that is written never becomes a field of its own.
func TestValuesAreOneField(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                       "plain",
		"a\n\tb\n c":                  "a\n\tb\n c",
		"a\rX-Spam-Score: 1":          "aX-Spam-Score: 1",
		"a\nX-Spam-Score: 1":          "a\n\tX-Spam-Score: 1",
		"a\n\nX-Spam-Score: 1":        "a\n\tX-Spam-Score: 1",
		"a\r\n\r\nbody":               "a\n\tbody",
		"a\n \n\t\r\n b":              "a\n b",
		"a\x00b\vc\fd\x1ee":           "abcde",
		"gr\xfc\xdf\r":                "gr\xfc\xdf",
		"\x1b$B%F%9%H\x1b(B":          "\x1b$B%F%9%H\x1b(B",
		" leading\n":                  " leading",
		"\n\tbegins on the next line": "\n\tbegins on the next line",
		"":                            "",
	} {
		t.Run(in, func(t *testing.T) {
			if got := OneField(in); got != want {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		})
	}
}

// No value of a mail that is written anew brings a field along.
func TestMarkingBringsNoField(t *testing.T) {
	v := &classifier.Verdict{Score: 6, Required: 5, Tags: map[string]string{"SUBJPREFIX": "a\rX-Evil: 1\nX-Evil: 2"},
		AuthResults: &classifier.AuthResults{Value: "mx;\n\tspf=pass\rX-Evil: 3"}}
	raw := "Subject: hi\rX-Evil: 4\r\n there\rX-Evil: 5\r\nFrom: a@example.net\rX-Evil: 6\r\nTo: b\x00X-Evil: " +
		"7\r\n\r\nbody\r\n"
	o := Options{Subject: "_SUBJPREFIX_ [SPAM]", Headers: []Header{{"all", "Note", "_SUBJPREFIX_"}}}
	for what, o := range map[string]Options{"marked": o, "attached": {Subject: o.Subject, Headers: o.Headers,
		Safe: SafeMail}} {
		out := string(o.Rewrite([]byte(raw), v))
		head, _, _ := strings.Cut(out, "\r\n\r\n")
		for reader, lines := range readers {
			if what == "marked" {
				head, _, _ = strings.Cut(out, "\r\nFrom:") // the fields behind it are as they came
			}
			if value, found := fieldOf(lines(head), "X-Evil"); found {
				t.Errorf("%s: a reader of %s finds X-Evil:%s in %q", what, reader, value, head)
			}
		}
	}
}

// FuzzRewrite: whatever the mail, no reader finds a verdict in its header but ours, and the body stays.
func FuzzRewrite(f *testing.F) {
	for _, spelled := range spellings {
		f.Add([]byte(spelled + "Subject: hi\r\n\r\nbody"))
		f.Add([]byte("Subject: a\r\n" + spelled + "\r\nbody"))
	}
	v := &classifier.Verdict{Score: 6.8, Required: 5}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, v := range []*classifier.Verdict{v, nil} {
			out := Options{Subject: "*"}.Rewrite(raw, v)
			head := HeaderOf(out)
			if body := raw[len(HeaderOf(raw)):]; !bytes.HasSuffix(out, body) {
				t.Fatalf("the body is another: %q", out)
			}
			want := 0
			if v != nil {
				want = 1
			}
			found := 0
			for lines := bufio.NewScanner(bytes.NewReader(head)); lines.Scan(); {
				if _, ok := fieldOf([]string{lines.Text()}, classifier.HeaderName); ok && lines.Text()[0] != ' ' &&
					lines.Text()[0] != '\t' {
					found++
				}
			}
			if found != want {
				t.Fatalf("%d verdicts, want %d: %q", found, want, head)
			}
		}
	})
}
