package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"asterism/config"
	"asterism/message"
)

// compile compiles the lines of one file, t.cf.
func compile(t testing.TB, text string) (*Set, []string) {
	t.Helper()
	cfg, problems := config.Load(config.Sources{Defaults: fstest.MapFS{"t.cf": {Data: []byte(text)}}})
	s, more := Compile(cfg, nil)
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
		"t.cf:16: warning: header N: no function no_such_function(): the rule never hits"
	if got := strings.Join(problems, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := s.NetRules(); len(n) != 1 || n[0].Name != "J" || n[0].Args[0] != "0.99" {
		t.Error(n)
	}
}

func TestRedirector(t *testing.T) {
	s, problems := compile(t,
		"redirector_pattern /^https?:\\/\\/go\\.example\\.com\\/\\?to=(.*)$/i\nuri A /^http:\\/\\/evil\\.example\\.net/\n")
	if got := hits(s, "Subject: x\n\nhttps://go.example.com/?to=http://evil.example.net/x\n"); got != "A" ||
		len(problems) > 0 {
		t.Error(got, problems)
	}
}

// TestHostileExpression gives rules that backtrack without end a mail made for them: they cost their limit, and are
// named.
func TestHostileExpression(t *testing.T) {
	s, _ := compile(t, "body BAD /^(a+)+\\1b\\1$/\nbody GOOD /a/\n")
	var mail strings.Builder
	mail.WriteString("Subject: x\n\n")
	for range 20 {
		mail.WriteString(strings.Repeat("a", 1500) + "b\n\n")
	}
	sc := s.Begin(message.Parse([]byte(mail.String())), &Envelope{})
	begin := time.Now()
	sc.RunLocal()
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if h := sc.Finish(); len(h) != 1 || h[0].Name != "GOOD" {
		t.Error(h)
	}
	if slow := sc.Slow(); len(slow) != 1 || slow[0] != "BAD" {
		t.Errorf("slow: %v", slow)
	}
}

// TestTimeLimit gives so many hostile expressions that all of them together would take longer than time_limit: the
// rest is left out, and what hit before counts.
func TestTimeLimit(t *testing.T) {
	var text strings.Builder
	text.WriteString("time_limit 1\nheader FIRST Subject =~ /x/\n")
	for i := range 60 {
		fmt.Fprintf(&text, "body BAD%d /^(?:x%d)?(a+)+\\1b\\1$/\n", i, i)
	}
	text.WriteString("full NEVER /x/\n")
	s, _ := compile(t, text.String())
	sc := s.Begin(message.Parse([]byte("Subject: x\n\n"+strings.Repeat("a", 1500)+"b\n")), &Envelope{})
	defer sc.Close()
	sc.RunLocal()
	if h := sc.Finish(); len(h) != 1 || h[0].Name != "FIRST" {
		t.Error(h)
	}
	if n := len(sc.Slow()); !sc.Late() || n == 0 || n >= 60 {
		t.Errorf("late %v, %d slow rules", sc.Late(), n)
	}
}

// TestLongFile loads a file of 10,000 lines, of which every tenth is wrong.
func TestLongFile(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		if i%10 == 9 {
			fmt.Fprintf(&b, "body R%d /(/\n", i)
		} else {
			fmt.Fprintf(&b, "body R%d /word%d/\n", i, i)
		}
	}
	s, problems := compile(t, b.String())
	if len(problems) != 1000 || problems[0] != "t.cf:10: warning: body R9: missing ) at byte 1" {
		t.Error(len(problems), problems[:1])
	}
	if got := hits(s, "Subject: x\n\nhere is word1234.\n"); !strings.Contains(got, "R1234") {
		t.Error(got)
	}
}

func FuzzRules(f *testing.F) {
	for _, text := range languageRules(f) {
		for line := range strings.Lines(text) {
			f.Add(line)
		}
	}
	f.Add("mimeheader A exists:Subject\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 || strings.Contains(text, "include") {
			return
		}
		s, _ := compile(t, text)
		hits(s, "Subject: x\nFrom: a@b.example\n\nhttp://example.com/ aaaa\n")
	})
}

func FuzzMatch(f *testing.F) {
	mails, err := os.ReadFile("testdata/language/mails.mbox")
	if err != nil {
		f.Fatal(err)
	}
	for mail := range strings.SplitSeq(string(mails), "\n\nFrom ") {
		f.Add("From " + mail)
	}
	texts := languageRules(f)
	first, _ := compile(f, texts["testdata/language/rules.cf"])
	all, _ := compile(f, strings.Join(slices.Collect(maps.Values(texts)), "\n"))
	f.Fuzz(func(t *testing.T, mail string) {
		if len(mail) < 20_000 {
			hits(first, mail)
			hits(all, mail)
		}
	})
}

// languageRules returns the rules of TestAsSpamAssassin, by file.
func languageRules(f *testing.F) map[string]string {
	names, err := filepath.Glob("testdata/language/*.cf")
	if err != nil || len(names) == 0 {
		f.Fatalf("no rules: %v", err)
	}
	texts := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		texts[name] = string(data)
	}
	return texts
}

// TestIgnoresBayes: the learner leaves alone what bayes_ignore_from and bayes_ignore_to name, and nothing else.
func TestIgnoresBayes(t *testing.T) {
	text := "bayes_ignore_from *@lists.example\nbayes_ignore_to abuse@*\n"
	cfg, problems := config.Load(config.Sources{Defaults: fstest.MapFS{"t.cf": {Data: []byte(text)}}})
	set, more := Compile(cfg, nil)
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	for header, want := range map[string]bool{
		"From: joe@lists.example\nTo: a@b.example":     true,
		"From: joe@other.example\nTo: a@b.example":     false,
		"From: joe@other.example\nCc: Abuse@b.example": true,
	} {
		if got := set.IgnoresBayes(message.Parse([]byte(header+"\n\nhi\n")), &Envelope{}); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	if !set.IgnoresBayes(message.Parse([]byte("Subject: x\n\nhi\n")), &Envelope{Sender: "bounce@lists.example"}) {
		t.Error("the envelope's sender does not count")
	}
}
