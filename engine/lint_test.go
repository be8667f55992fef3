package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/test/tool"
)

// lint returns the problems of a configuration, a line each, the file's name left out.
func lint(t *testing.T, from config.Sources, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "t.cf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	from.Files = append(from.Files, file)
	cfg, problems := config.Load(from)
	var out strings.Builder
	for _, p := range engine.Lint(cfg, problems) {
		out.WriteString(strings.TrimPrefix(p.String(), file+":") + "\n")
	}
	return out.String()
}

// TestLint: what has no effect is a warning with file and line, and nothing else is.
func TestLint(t *testing.T) {
	const none = "there is no such rule"
	for text, want := range map[string]string{
		"":                              "",
		"score NOSUCHRULE 1":            "1: warning: score of NOSUCHRULE: " + none,
		"tflags NOSUCH nice":            "1: warning: tflags of NOSUCH: " + none,
		"describe NOSUCH x":             "1: warning: describe of NOSUCH: " + none,
		"priority NOSUCH 3":             "1: warning: priority of NOSUCH: " + none,
		"shortcircuit NO on":            "1: warning: shortcircuit of NO: " + none,
		"subjprefix NO [x]":             "1: warning: subjprefix of NO: " + none,
		"score LATER 2\nbody LATER /x/": "",
		"ifplugin Foo\nbody ELSE /x/\nendif\nscore ELSE 1": "",
		"score USER_IN_WHITELIST -50":                      "",
		"loadplugin Foo::Bar": "1: warning: loadplugin Foo::Bar: nothing here does " +
			"what that plug-in does",
		"loadplugin Mail::SpamAssassin::Plugin::TextCat":          "",
		"tryplugin Foo::Bar":                                      "1: warning: tryplugin Foo::Bar: nothing",
		"loadplugin Mail::SpamAssassin::Plugin::WhiteListSubject": "",
		"use_txrep 1":                       "",
		"use_txrep 1\nuse_auto_whitelist 1": "1: warning: use_txrep 1 has no effect beside AWL",
		"auto_welcomelist_path /x":          "1: warning: auto_welcomelist_path has no effect here: the record",
		"txrep_user2global_ratio 2":         "1: warning: txrep_user2global_ratio has no effect here: all users",
		"meta REP TXREP > 2":                "1: warning: meta REP: TXREP counts as 0 there",
		"use_txrep 0":                       "",
		"ok_languages en de":                "",
		"ok_languages all":                  "",
		"user_scores_dsn DBI:mysql:sa":      "1: warning: user_scores_dsn has no effect here",
		"bayes_store_module X::MySQL":       "1: warning: bayes_store_module has no effect here",
		"allow_user_rules 1": "1: warning: allow_user_rules has no effect " +
			"here, only 0",
		"extracttext_use pdftotext .pdf": "1: warning: extracttext_use pdftotext has no " +
			"effect: no extracttext_external names",
		"asn_lookup asn.example _ASN_": "1: error: asn_lookup: takes a zone",
		"uri_block_cc URI_CN CN": "1: warning: body URI_CN: no database of " +
			"countries: set geodb_options",
		"url_shortener_get bit.ly": "",
		"util_rb_tld de ck nosuchtld": "1: warning: util_rb_tld has no effect here on " +
			"top-level domains that the public suffix list does not have: nosuchtld",
		"reuse NOSUCH":         "1: warning: reuse has no effect here: it is for SpamAssassin's own test suite",
		"test A ok x":          "1: warning: test has no effect here: it is for SpamAssassin's own test suite",
		"replace_rules NOSUCH": "1: warning: replace_rules: there is no rule NOSUCH",
		"body A eval:check_language()\nreplace_rules A": "2: warning: replace_rules has no effect on A: it has no " +
			"expression",
		"header A exists:X\nreplace_rules A":               "2: warning: replace_rules has no effect on A",
		"body A /<V>/\nreplace_tag V v\nreplace_rules A":   "",
		"ifplugin Foo\nbody A /x/\nendif\nreplace_rules A": "",
		"body A /x/\ntflags A mutliple": "2: warning: tflags A: unknown flag " +
			"\"mutliple\", did you mean multiple?",
		"body A /x/\ntflags A multiple maxhits=3 publish noawl nolog": "",
		"body A /x/\ntflags A multiple maxhits=x": "2: warning: tflags A: " +
			"maxhits=x is not a number of hits",
		"body A /x/\ntflags A maxhits=3": "2: warning: tflags A: maxhits=3 " +
			"has no effect: it needs multiple",
		"body A /x/\ntflags A multiple\ntflags A maxhits=3": "3: warning: tflags A: maxhits=3 " +
			"has no effect: it needs multiple",
		"meta A 1\ntflags A multiple": "2: warning: tflags A: multiple " +
			"has no effect: only expressions",
		"body A /x/\ntflags A range=1-2": "2: warning: tflags A: range=1-2 " +
			"has no effect: it is for mimeheader",
		"mimeheader A X =~ /x/\ntflags A range=a": "2: warning: tflags A: " +
			"range=a is not a range of parts",
		"mimeheader A X =~ /x/\ntflags A range=2- concat": "",
		"body A /x/\ntflags A nosubject":                  "",
		"uri A /x/\ntflags A nosubject": "2: warning: tflags A: " +
			"nosubject has no effect: it is for body",
		"meta A rules_matching(NOSUCH_*) > 1": "1: warning: meta A: " +
			"rules_matching(NOSUCH_*) matches no rule",
		"body A_1 /x/\nmeta A_2 rules_matching(A_*)": "",
		"dns_options edns=1220, rotate": "1: warning: dns_options: rotate has no effect " +
			"here",
		"rbl_timeout 5 2": "1: warning: rbl_timeout: a least time has no " +
			"effect here",
		"rewrite_header From x": "1: warning: rewrite_header: only Subject is " +
			"rewritten",
		"add_header all Pyz _PYZOR_": "1: warning: add_header: _PYZOR_ is always empty " +
			"here",
		"redirect_score 5": "1: warning: redirect_score has no effect " +
			"without redirect_to",
		"redirect_score none": "",
		"history 1\nhistory_words 3\nhistory_subject hash": "2: warning: history_words has no effect without history 1 " +
			"and history_subject 1",
		"history_words 3":            "1: warning: history_words has no effect without history 1",
		"history 1\nhistory_words 3": "",
		"redirect_to a@example.org": "1: warning: redirect_to has no effect without " +
			"redirect_score",
		"add_recipient_score 9": "1: warning: add_recipient_score has no effect " +
			"without add_recipient_to",
		"reject_reply 550 5.7.1 No": "1: warning: reject_reply has no effect without " +
			"reject_score",
		"quarantine_to directory": "1: warning: quarantine_to has no effect without " +
			"quarantine_score",
		"for rcpt a@b\nredirect_score 5\nend": "2: warning: redirect_score has no effect " +
			"without redirect_to",
		"redirect_score 5\nfor rcpt a@b\nredirect_to c@d\nend": "",
		"body A eval:check_language()":                         "",
		"full A eval:check_arc_valid()":                        "",
		"body A eval:short_url_404()": "1: warning: A: short_url_404() asks nobody: set " +
			"max_short_urls and url_shortener",
		"body A eval:redir_url_404()": "1: warning: A: redir_url_404() asks nobody: set " +
			"max_redir_urls and url_redirector",
		"body A eval:redir_url()":                                    "",
		"url_redirector a.example/x .b.example":                      "",
		"body A eval:check_hashbl_bodyre('x.example/A','raw','x')":   "",
		"full A eval:check_hashbl_attachments('x.example/A','sha1')": "",
		"full A eval:check_razor2_range('','50','100')":              "",
		"full A eval:check_nothing()\nscore A 0": "1: warning: full A: no function " +
			"check_nothing()",
		"header A eval:check_access_database('/etc/mail/access.db')": "1: warning: header A: no function " +
			"check_access_database(): the rule never hits; name the senders",
		"body A eval:short_url_tests()":  "1: warning: body A: short_url_tests() never hits; use short_url()",
		"body A eval:check_uri_detail()": "",
		"header A X-Relay-Countries =~ /\bCN\b/": "1: warning: header A: no database of countries: " +
			"set geodb_options",
		"header A X-ASN =~ /4134/": "1: warning: header A: nothing " +
			"here provides X-Asn",
		"header A exists:X-Languages": "",
		"header BAD eval:check_rbl('x')\nscore BAD 1": "1: warning: BAD: check_rbl " +
			"takes a set, a zone",
		"use_dcc 1\ndcc_path /nonexistent/dccproc":                                       "",
		"use_pyzor 1\npyzor_path /nonexistent/pyzor\nlocal_tests_only 1":                 "",
		"if can(Mail::SpamAssassin::Plugin::DKIM::has_no_such)\nrequired_score x\nendif": "",
		"if can(Mail::SpamAssassin::Plugin::HashBL::has_hashbl_bodyre)\nfoo 1\nendif": "2: warning: unknown option " +
			"\"foo\"",
		"if can(Mail::SpamAssassin::Plugin::HashBL::has_hashbl_emails)\nfoo 1\nendif": "2: warning: unknown option " +
			"\"foo\"",
	} {
		got := lint(t, config.Sources{Defaults: data.Default()}, text+"\n")
		if want == "" && got != "" || !strings.HasPrefix(got, want) || strings.Count(got, "\n") > 1 {
			t.Errorf("%q:\n%swant %s", text, got, want)
		}
	}
}

// TestLintStock: of SpamAssassin's own rules and Debian's configuration those that have no effect are named, with
// their places, and there is no error.
func TestLintStock(t *testing.T) {
	const stock, site = "/usr/share/spamassassin", "/etc/spamassassin"
	if _, err := os.Stat(stock); err != nil {
		tool.Missing(t, "%v: install Debian's package spamassassin", err)
	}
	named := map[string]int{}
	for line := range strings.Lines(lint(t, config.Sources{RulesPath: stock, SitePath: site}, "")) {
		place, text, ok := strings.Cut(line, ": warning: ")
		if !ok || !strings.HasPrefix(place, stock+"/") && !strings.HasPrefix(place, site+"/") || !strings.Contains(place,
			".cf:") {
			t.Errorf("no warning with a place: %s", line)
		}
		switch {
		case strings.Contains(text, "no function"):
			named["function"]++
		case strings.Contains(text, "there is no such rule"):
			named["rule"]++
		case strings.HasPrefix(text, "util_rb_tld "):
			named["top-level domain"]++
		default:
			t.Errorf("unexpected: %s", line)
		}
	}
	t.Log(named)
	if named["function"] != 0 || named["rule"] == 0 {
		t.Errorf("found only %v", named)
	}
}

// TestLintRulesPath: a place of rules that has none is an error, whatever else is in it.
func TestLintRulesPath(t *testing.T) {
	dir := t.TempDir()
	from := config.Sources{RulesPath: dir}
	want := dir + ": error: has no rules"
	if got := lint(t, from, ""); !strings.HasPrefix(got, want) {
		t.Errorf("an empty directory: %s", got)
	}
	file := filepath.Join(dir, "local.cf")
	for text, fails := range map[string]bool{"required_score 4\nscore X 1\n": true, "body X /x/\n": false,
		"# body X /x/\n": true} {
		t.Run(text, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{dir, file} {
				got := lint(t, config.Sources{RulesPath: path}, "")
				if strings.HasPrefix(got, path+": error: has no rules") != fails {
					t.Errorf("%s with %q: %s", path, text, got)
				}
			}
		})
	}
	if got := lint(t, config.Sources{RulesPath: dir + "/none"}, ""); !strings.Contains(got, "error: no such file") ||
		strings.Count(got, "\n") != 1 {
		t.Errorf("no directory: %s", got)
	}
}
