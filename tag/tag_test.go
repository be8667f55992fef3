package tag

import (
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
		{"behind a broken line", "Subject: hi\nnonsense\nX-Spam-Score: 0\n\n", "X-Spam-Score: 5.0 (*****) A\nSubject: hi\nnonsense\n\n"},
		{"mbox", "From a Sat\nSubject: hi\n\n", "From a Sat\nX-Spam-Score: 5.0 (*****) A\nSubject: hi\n\n"},
		{"no header", "\nbody", "X-Spam-Score: 5.0 (*****) A\n\nbody"},
		{"nothing", "", "X-Spam-Score: 5.0 (*****) A\n"},
	} {
		if got := string(Rewrite([]byte(c.in), v)); got != c.want {
			t.Errorf("%s: got %q\nwant %q", c.name, got, c.want)
		}
	}
	if got := string(Rewrite([]byte("X-Spam-Score: 0\nA: b\n\n"), nil)); got != "A: b\n\n" {
		t.Errorf("without a verdict: %q", got)
	}
}

func TestHeader(t *testing.T) {
	for in, want := range map[string]string{"A: b\n\nc": "A: b\n\n", "A: b\r\n\r\nc": "A: b\r\n\r\n", "A: b": "A: b", "": "", "\nc": "\n"} {
		if got := string(Header([]byte(in))); got != want {
			t.Errorf("Header(%q) = %q, want %q", in, got, want)
		}
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
-0.1 MINUS                  No description available.
`
	if got := Report(v); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
