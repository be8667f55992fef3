package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/config"
	"asterism/message"
)

// tagRules are rules with tags of templates in their expressions. Those whose names end in _NO must not hit.
const tagRules = `body ALWAYS /./
body     ADDR        /\b%{HEADER(From:addr)}\b/
body     NAME        /%{HEADER(From:name)}/
body     BOTH        /%{HEADER(From:name)}.*%{HEADER(From:addr)}/
body     ADDR_NO     /%{HEADER(From:addr)}x/
body     NONE_NO     /%{HEADER(X-None)}|e/
body     ARG_NO      /%{HEADER(To:addr)}/
header   REPLY       To =~ /%{HEADER(Reply-To:addr:domain)}/
header   OTHER       To !~ /%{HEADER(From:addr)}/
header   OTHER_NO    To !~ /%{HEADER(X-None)}/
body     SENDER      /from %{SENDERDOMAIN}/
body     AUTHOR      /@%{AUTHORDOMAIN}/
uri      LINK        m{//%{HEADER(From:addr:domain)}/}
rawbody  RAW         /<%{HEADER(From:addr)}>/
`

const tagMail = "From b@sender.example Fri Nov 20 10:00:00 2026\n" + `Return-Path: <b@sender.example>
From: Joe Doe <joe@author.example>
To: sue@reply.example
Reply-To: <r@mail.reply.example>
Subject: hello there
X-Number: 1
Message-ID: <1@author.example>
Date: Fri, 20 Nov 2026 21:00:37 -0700

Dear Sue, Joe Doe joe@author.example from sender.example wrote
Joe Doe <joe@author.example> http://author.example/x

`

// TestTagsInExpressions: tags of templates, such as HEADER(From:addr), stand in expressions for what they are in the
// message, and a rule whose tag is empty does not run. SpamAssassin, in a process of its own, says the same.
func TestTagsInExpressions(t *testing.T) {
	site, dir := t.TempDir(), t.TempDir()
	pre, err := os.ReadFile("testdata/language/init.pre")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{filepath.Join(site, "init.pre"): pre,
		filepath.Join(dir, "t.cf"): []byte(tagRules +
			"util_rb_tld example\nreport_safe 0\nfold_headers 0\nuse_bayes 0\nclear_headers\n" +
			"add_header all Tests _TESTS(,)_\n")} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, problems := config.Load(config.Sources{RulesPath: dir, SitePath: site, LocalOnly: true})
	set, more := Compile(cfg, nil)
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	sc := set.Begin(message.Parse([]byte(tagMail)), &Envelope{})
	sc.RunLocal()
	var got, want []string
	for _, h := range sc.Finish() {
		got = append(got, h.Name)
	}
	for line := range strings.Lines(tagRules) {
		if name := strings.Fields(line)[1]; !strings.HasSuffix(name, "_NO") {
			want = append(want, name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("hits %q, want %q", got, want)
	}
	want = slices.DeleteFunc(want, func(name string) bool { return name == "BOTH" }) // it fills in the last tag only
	if theirs := spamassassin(t, dir, site, []byte(tagMail))["1"].names; !slices.Equal(theirs, want) {
		t.Errorf("in SpamAssassin hits %q, want %q", theirs, want)
	}
}
