package tag

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/test/tool"
)

// templates are tags of SpamAssassin's templates, each of which must become the same here. Those that speak of the
// program, the host and the time are left out, and HEADER(Subject) of encoded words, which stay encoded there.
var templates = strings.Fields(`YESNO YESNOCAPS YESNO(spam_str,ham_str) SCORE SCORE(0) SCORE(00) REQD HOSTNAME BAYES TOKENSUMMARY
	BAYESTC BAYESTCLEARNED HAMMYTOKENS(2,short) SPAMMYTOKENS(2) STARS(*) STARS(=) SENDERDOMAIN AUTHORDOMAIN RELAYSTRUSTED
	RELAYSUNTRUSTED RELAYSINTERNAL RELAYSEXTERNAL FIRSTTRUSTEDIP FIRSTTRUSTEDREVIP LASTEXTERNALIP LASTEXTERNALREVIP
	LASTEXTERNALRDNS LASTEXTERNALHELO AUTOLEARN AUTOLEARNSCORE TESTS(,) TESTS TESTS(|) TESTSSCORES(,) SUBTESTS(,)
	SUBTESTSCOLLAPSED(,) DCCB DCCR PYZOR RBL LANGUAGES CONTACTADDRESS HEADER(From:addr) HEADER(X-None) HEADER(X-Two) DKIMDOMAIN
	OWNER OWNER_2 NOSUCH NO_SUCH`)

const templateRules = `
trusted_networks 10.0.0.0/8
report_contact postmaster@here.example
report_hostname mx.here.example
util_rb_tld example
use_bayes 0
report_safe 0
fold_headers 0
clear_headers
body     OWNER    /account of (?<OWNER>\w+) and (?<OWNER_2>\w+)/
body     __ONCE   /./
body     __TWICE  /account/
tflags   __TWICE  multiple
body     FOO      /foo/
score    FOO      1.25
header   HAS      Subject =~ /./
score    HAS      -0.5
`

const templateMail = `Return-Path: <bounce@sub.sender.example>
Received: from inner.here.example (inner.here.example [10.1.1.1]) by mx.here.example (Postfix) with ESMTP id AAA1; Thu, 19 Nov 2026 10:00:00 +0000
Received: from second.here.example (second.here.example [10.2.2.2]) by inner.here.example (Postfix) with ESMTP id BBB2; Thu, 19 Nov 2026 09:59:59 +0000
Received: from relay (relay.sender.example [192.0.2.7]) by second.here.example (Postfix) with ESMTP id CCC3; Thu, 19 Nov 2026 09:59:58 +0000
Received: from origin (unknown [198.51.100.9]) by relay.sender.example (Postfix) with ESMTP id DDD4; Thu, 19 Nov 2026 09:59:57 +0000
From: "Joe" <joe@mail.author.example>
To: x@here.example
X-Two: one
X-Two: two
Subject: hello
Message-Id: <a@sender.example>

foo account of Joe and Ann; account
`

// TestTagsAsSpamAssassin fills in each tag by SpamAssassin and here.
func TestTagsAsSpamAssassin(t *testing.T) {
	dir := t.TempDir()
	lines := templateRules
	for i, name := range templates {
		lines += fmt.Sprintf("add_header all T%d [_%s_]\n", i, name)
	}
	pre, err := os.ReadFile("../rules/testdata/language/init.pre")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"site/init.pre": pre, "rules/t.cf": []byte(lines)} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ours, theirs := fillIn(t, dir), askSpamAssassin(t, dir)
	for i, name := range templates {
		field := fmt.Sprintf("X-Spam-T%d", i)
		want := strings.TrimSpace(theirs.Get(field))
		if rest, found := strings.CutSuffix(want, " ]"); found { // the fields' last line end
			want = rest + "]"
		}
		if got := strings.TrimSpace(ours.Get(field)); got != want {
			t.Errorf("_%s_: %q here, %q in SpamAssassin", name, got, want)
		}
	}
}

// fillIn returns the header that a mail gets here.
func fillIn(t *testing.T, dir string) *message.Header {
	t.Helper()
	cfg, problems := config.Load(config.Sources{RulesPath: filepath.Join(dir, "rules"), SitePath: filepath.Join(dir,
		"site")})
	set, more := rules.Compile(cfg, network.Functions())
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	o := Options{NoFold: true, Hostname: cfg.Tagging.ReportHost, Contact: cfg.Tagging.ReportContact}
	for _, h := range cfg.Tagging.Headers {
		o.Headers = append(o.Headers, Header(h))
	}
	c := classifier.New(classifier.Options{Required: cfg.Scoring.Required, Rules: set, Tags: o.Placeholders()})
	defer c.Close()
	v, err := c.Check(context.Background(), &classifier.Input{Raw: []byte(templateMail)})
	if err != nil {
		t.Fatal(err)
	}
	return message.Parse(o.Rewrite([]byte(templateMail), v)).Header()
}

// askSpamAssassin returns the header that the mail gets from Debian's program.
func askSpamAssassin(t *testing.T, dir string) *message.Header {
	t.Helper()
	cmd := exec.Command(tool.Path(t, "spamassassin", "spamassassin"), "-L", "-C", filepath.Join(dir, "rules"),
		"--siteconfigpath="+filepath.Join(dir, "site"),
		"-p", "/dev/null", "-x")
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C")
	cmd.Stdin = strings.NewReader(templateMail)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v\n%s", err, stderr.String())
	}
	return message.Parse(out).Header()
}
