package tag

import (
	"strings"
	"testing"

	"asterism/classifier"
)

func TestRewrite(t *testing.T) {
	v := &classifier.Verdict{Score: 5, Required: 5, Hits: []classifier.Hit{{Name: "A", Score: 5}}}
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Subject: hi\n\nX-Spam-Score: body\n", "X-Spam-Score: 5.0 (*****) A\nSubject: hi\n\nX-Spam-Score: body\n"},
		{"CRLF", "Subject: hi\r\n\r\nbody\r\n", "X-Spam-Score: 5.0 (*****) A\r\nSubject: hi\r\n\r\nbody\r\n"},
		{"forged", "x-spam-SCORE:\n -1 ()\nSubject: hi\nX-Spam-Score : 0\n\t0\n0: 0\nX-Spam-Scores: 1\n\nbody",
			"X-Spam-Score: 5.0 (*****) A\nSubject: hi\n0: 0\nX-Spam-Scores: 1\n\nbody"},
		{"forged last line", "Subject: hi\nX-Spam-Score: 0", "X-Spam-Score: 5.0 (*****) A\nSubject: hi\n"},
		{"behind a broken line", "Subject: hi\nnonsense\nX-Spam-Score: 0\n\n",
			"X-Spam-Score: 5.0 (*****) A\nSubject: hi\nnonsense\n\n"},
		{"mbox", "From a Sat\nSubject: hi\n\n", "From a Sat\nX-Spam-Score: 5.0 (*****) A\nSubject: hi\n\n"},
		{"no header", "\nbody", "X-Spam-Score: 5.0 (*****) A\n\nbody"},
		{"nothing", "", "X-Spam-Score: 5.0 (*****) A\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Options{}.Rewrite([]byte(c.in), v)); got != c.want {
				t.Errorf("%s: got %q\nwant %q", c.name, got, c.want)
			}
		})
	}
	if got := string(Options{}.Rewrite([]byte("X-Spam-Score: 0\nA: b\n\n"), nil)); got != "A: b\n\n" {
		t.Errorf("without a verdict: %q", got)
	}
}

func TestFurtherFields(t *testing.T) {
	o := Options{
		Headers: []Header{
			{"spam", "Flag", "_YESNOCAPS_"}, {"all", "Level", "_STARS(*)_"},
			{"all", "Status", "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ autolearn=_AUTOLEARN_ version=_VERSION_"},
			{"ham", "Note", "all _UNKNOWN_ (_SCORE(000)_)"},
		},
		Subject: "[SPAM _SCORE_]", Version: "1.0", Hostname: "mx",
	}
	spam := &classifier.Verdict{Score: 6.75, Required: 5, Autolearn: "no"}
	for _, name := range []string{"FIRST_TEST_OF_SOME_LENGTH", "SECOND_TEST", "THIRD", "FOURTH_TEST"} {
		spam.Hits = append(spam.Hits, classifier.Hit{Name: name, Score: 1.5})
	}
	ham := &classifier.Verdict{Score: 1.2, Required: 5, Autolearn: "ham"}
	score := "X-Spam-Score: " + spam.HeaderValue() + "\n"
	status := "X-Spam-Status: Yes, score=6.8 required=5.0 " +
		"tests=FIRST_TEST_OF_SOME_LENGTH,\n\tFOURTH_TEST,SECOND_TEST,THIRD autolearn=no version=1.0\n"
	for _, c := range []struct {
		name, in string
		v        *classifier.Verdict
		o        Options
		want     string
	}{
		{"spam", "X-Spam-Flag: NO\nSubject:  hi\n\tthere\n\n", spam, o,
			score + "X-Spam-Flag: YES\nX-Spam-Level: ******\n" + status +
				"X-Spam-Prev-Subject:  hi\n\tthere\nSubject: [SPAM 6.8] hi\n\tthere\n\n"},
		{"ham", "x-spam-flag: YES\nX-Spam-Level : ***\nSubject: hi\n\n", ham, o, "X-Spam-Score: 1.2 (*)\nX-Spam-Level: *\n" +
			"X-Spam-Status: No, score=1.2 required=5.0 tests=none autolearn=ham version=1.0\nX-Spam-Note: all _UNKNOWN_ " +
			"(0001.2)\nSubject: hi\n\n"},
		{"no subject", "A: b\r\n\r\n", &classifier.Verdict{Score: 5, Required: 5}, Options{Subject: "*SPAM*"},
			"X-Spam-Score: 5.0 (*****)\r\nA: b\r\nX-Spam-Prev-Subject: (nonexistent)\r\nSubject: *SPAM*\r\n\r\n"},
		{"prefix of a rule", "Subject: hi\n\n", &classifier.Verdict{Required: 5,
			Tags: map[string]string{"SUBJPREFIX": "[EXT]"}},
			Options{Subject: "*SPAM*"}, "X-Spam-Score: 0.0 ()\nX-Spam-Prev-Subject: hi\nSubject: [EXT] hi\n\n"},
		{"mark and prefix", "Subject: hi\n\n", &classifier.Verdict{Score: 5, Required: 5,
			Tags: map[string]string{"SUBJPREFIX": "[EXT]"}},
			Options{Subject: "*SPAM*"}, "X-Spam-Score: 5.0 (*****)\nX-Spam-Prev-Subject: hi\nSubject: *SPAM* [EXT] hi\n\n"},
		{"ham, spam only", "A: b\n\n", ham, Options{OnlySpam: true}, "A: b\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(c.o.Rewrite([]byte(c.in), c.v)); got != c.want {
				t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
			}
		})
	}
}

func TestHeaderOf(t *testing.T) {
	for in, want := range map[string]string{"A: b\n\nc": "A: b\n\n", "A: b\r\n\r\nc": "A: b\r\n\r\n", "A: b": "A: b",
		"": "", "\nc": "\n"} {
		t.Run(in, func(t *testing.T) {
			if got := string(HeaderOf([]byte(in))); got != want {
				t.Errorf("HeaderOf(%q) = %q, want %q", in, got, want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	v := &classifier.Verdict{Score: 1004.25, Required: 5, Hits: []classifier.Hit{
		{Name: "GTUBE", Score: 1000, Description: "Test for unsolicited bulk mail"},
		{Name: "URIBL_X", Score: 4.3, Description: "Domain is listed", Detail: "example.com"},
		{Name: "MINUS", Score: -0.05},
	}}
	want := `This message is considered spam.

Content analysis details:   (1004.3 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
1000 GTUBE                  Test for unsolicited bulk mail
 4.3 URIBL_X                Domain is listed
                            [example.com]
 0.0 MINUS                  No description available.
`
	if got := Report(v); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportOn(t *testing.T) {
	v := &classifier.Verdict{Score: 6.1, Required: 5, Hits: []classifier.Hit{{Name: "URIBL_X", Score: 6.1,
		Description: "Domain is listed"}}}
	o := Options{Hostname: "mx.example.com", Contact: "postmaster@example.com", Template: []string{
		"_HOSTNAME_ has_YESNO(, NOT)_ found spam; ask _CONTACTADDRESS_.", "Preview:  _PREVIEW_", " _SCORE_ of _REQD_",
		"_SUMMARY_"}}
	raw := []byte("Subject: x\nContent-Type: text/html\n\n<p>Your   _SCORE_ prize</p><p>waits</p>\n")
	want := `mx.example.com has found spam; ask postmaster@example.com.
Preview:  Your _SCORE_ prize waits
 6.1 of 5.0
 6.1 URIBL_X                Domain is listed

`
	if got := o.ReportOn(raw, v); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := (Options{}).ReportOn(raw, v); got != Report(v) {
		t.Errorf("without a template:\n%s", got)
	}
}

// TestOldFrom: a field "From : x" that a message begins with is no line of an mbox. Our fields stand before it, not
// between its lines.
func TestOldFrom(t *testing.T) {
	v := &classifier.Verdict{Required: 5}
	for _, from := range []string{"From : a\n\t<a@b.example>\n", "From \t: a\n <a@b.example>\n"} {
		if got := string(Options{}.Rewrite([]byte(from+"\nx\n"), v)); !strings.HasSuffix(got, "\n"+from+"\nx\n") {
			t.Errorf("%q became %q", from, got)
		}
	}
	for _, line := range []string{"From a@b.example Thu Aug 22 12:36:23 2002\n", ">From a\n"} {
		if got := string(Options{}.Rewrite([]byte(line+"A: 1\n\nx\n"), v)); !strings.HasPrefix(got, line) {
			t.Errorf("%q became %q", line, got)
		}
	}
}
