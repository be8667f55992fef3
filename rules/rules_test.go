package rules

import (
	"strings"
	"testing"
	"testing/fstest"

	"asterism/config"
	"asterism/message"
)

// compile compiles the lines of one file, t.cf.
func compile(t testing.TB, text string) (*Set, []string) {
	t.Helper()
	cfg, problems := config.Load(config.Sources{Defaults: fstest.MapFS{"t.cf": {Data: []byte(text)}}})
	s, more := Compile(cfg)
	var out []string
	for _, p := range append(problems, more...) {
		out = append(out, p.String())
	}
	return s, out
}

// hits returns the names of the rules that hit a message, sub-rules too.
func hits(s *Set, mail string) string {
	sc := s.Begin(message.Parse([]byte(mail)), &Envelope{})
	sc.RunLocal()
	var names []string
	for _, h := range sc.Finish() {
		names = append(names, h.Name)
	}
	return strings.Join(append(names, sc.SubHits()...), " ")
}

func TestFirst(t *testing.T) {
	s, problems := compile(t, `
header A Subject =~ /hello/i
header B Subject !~ /hello/i
header C exists:X-Foo
body D /some\s+text/
rawbody E /text$/m
full F /^Subject/m
uri G /example\.com/
meta H A && D && !B
meta I (A + D + G) > 2
score A 1 2 3 4
body J eval:check_bayes('0.99', '1')
body K /(unclosed/
meta L M || NONE
meta M L
header N eval:no_such_function()
`)
	if got := hits(s, "Subject: Hello\nX-Foo: 1\n\nsome\ntext\nhttp://example.com/\n"); got != "A C D E F G H I" {
		t.Error(got)
	}
	want := "t.cf:13: warning: body K: missing ) at byte 9|" +
		"t.cf:14: warning: meta L: rule NONE does not exist|" +
		"t.cf:15: warning: meta M depends on itself, by way of L|" +
		"t.cf:16: warning: header N: function no_such_function is not known"
	if got := strings.Join(problems, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := s.NetRules(); len(n) != 1 || n[0].Name != "J" || n[0].Args[0] != "0.99" {
		t.Error(n)
	}
}
