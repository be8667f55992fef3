package data_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/test/tool"
)

// listed is a mail that every list of TestLists has an entry for.
const listed = "Received: from mx.bank.example (mx.bank.example [192.0.2.25]) by mx.our.example with ESMTP id 1\n" +
	"\tfor <user@our.example>; Sun, 29 Nov 2026 07:00:01 +0000\n" +
	"From: Bank <service@bank.example>\nTo: user@our.example\nSubject: Your Monthly statement\n" +
	"Date: Sun, 29 Nov 2026 07:00:00 +0000\nMessage-ID: <abc123@bank.example>\n\n" +
	"Your statement is at https://www.bank.example/statement now.\n"

// listTests are the options that need no network: a line, the rule that it makes hit, and its score in SpamAssassin.
var listTests = []struct {
	line, rule string
	score      float64
	own        bool // SpamAssassin has no such option, or no rule that asks
}{
	{"welcomelist_from *@bank.example", "USER_IN_WELCOMELIST", -100, false},
	{"welcomelist_from_rcvd *@bank.example bank.example", "USER_IN_WELCOMELIST", -100, false},
	{"welcomelist_from_rcvd *@bank.example [192.0.2.0/24]", "USER_IN_WELCOMELIST", -100, false},
	{"welcomelist_from_rcvd *@bank.example other.example", "FORGED_IN_WELCOMELIST", 1, true},
	{"def_welcomelist_from *@bank.example", "USER_IN_DEF_WELCOMELIST", -15, false},
	{"def_welcomelist_from_rcvd *@bank.example bank.example", "USER_IN_DEF_WELCOMELIST", -15, false},
	{"def_welcomelist_from_rcvd *@bank.example other.example", "FORGED_IN_DEF_WELCOMELIST", 0.5, true},
	{"blocklist_from service@bank.example", "USER_IN_BLOCKLIST", 100, false},
	{"def_blocklist_from service@bank.example", "USER_IN_DEF_BLOCKLIST", 15, true},
	{"welcomelist_to user@our.example", "USER_IN_WELCOMELIST_TO", -6, false},
	{"more_spam_to user@our.example", "USER_IN_MORE_SPAM_TO", -20, false},
	{"all_spam_to *@our.example", "USER_IN_ALL_SPAM_TO", -100, false},
	{"blocklist_to user@our.example", "USER_IN_BLOCKLIST_TO", 10, false},
	{"welcomelist_subject monthly", "SUBJECT_IN_WELCOMELIST", -100, false},
	{"blocklist_subject your*statement", "SUBJECT_IN_BLOCKLIST", 100, false},
	{"welcomelist_uri_host bank.example", "URI_HOST_IN_WELCOMELIST", -100, false},
	{"blocklist_uri_host bank.example", "URI_HOST_IN_BLOCKLIST", 100, false},
}

// older makes an option's older name of its newer one.
var older = strings.NewReplacer("welcomelist", "whitelist", "blocklist", "blacklist")

// TestLists: each list has its effect with the rules as shipped, under both of its names, and its "un" takes it back.
func TestLists(t *testing.T) {
	before, _ := verdict(t, config.Sources{Defaults: data.Default()}, "")
	for _, tt := range listTests {
		lines := []string{tt.line, older.Replace(tt.line)}
		if testing.Short() {
			lines = lines[:1]
		}
		for _, line := range lines {
			after, hits := verdict(t, config.Sources{Defaults: data.Default()}, line)
			if d := after - before; !slices.Contains(hits, tt.rule) || d < tt.score-0.001 || d > tt.score+0.001 {
				t.Errorf("%s: %v, the score changes by %.2f, not by %.2f", line, hits, d, tt.score)
			}
			option, value, _ := strings.Cut(line, " ")
			switch tt.rule {
			case "USER_IN_WELCOMELIST", "USER_IN_BLOCKLIST", "USER_IN_WELCOMELIST_TO", "USER_IN_BLOCKLIST_TO":
				addr, _, _ := strings.Cut(value, " ")
				if _, hits := verdict(t, config.Sources{Defaults: data.Default()},
					line+"\nun"+option+" "+addr); slices.Contains(hits, tt.rule) {
					t.Errorf("%s is not taken back: %v", line, hits)
				}
			}
		}
	}
	_, hits := verdict(t, config.Sources{Defaults: data.Default()}, "welcomelist_from_rcvd *@bank.example other.example\n"+
		"welcomelist_allows_relays service@bank.example")
	if slices.Contains(hits, "FORGED_IN_WELCOMELIST") {
		t.Error("welcomelist_allows_relays has no effect")
	}
}

// TestListsStock: beside SpamAssassin's own rules no list counts twice.
func TestListsStock(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles SpamAssassin's rules for each list")
	}
	const stock = "/usr/share/spamassassin"
	if _, err := os.Stat(stock); err != nil {
		tool.Missing(t, "%v: install Debian's package spamassassin", err)
	}
	from := config.Sources{RulesPath: stock, SitePath: "/etc/spamassassin"}
	before, _ := verdict(t, from, "")
	for _, tt := range listTests {
		if tt.own {
			continue
		}
		after, hits := verdict(t, from, tt.line)
		if d := after - before; !slices.Contains(hits, tt.rule) || d < tt.score-0.001 || d > tt.score+0.001 {
			t.Errorf("%s: %v, the score changes by %.2f, not by %.2f", tt.line, hits, d, tt.score)
		}
	}
}

// TestOlderNames: lines of an administrator's that name rules as SpamAssassin 3 did mean those of today.
func TestOlderNames(t *testing.T) {
	before, _ := verdict(t, config.Sources{Defaults: data.Default()}, "")
	for lines, want := range map[string]float64{
		"blacklist_from *@bank.example\nscore USER_IN_BLACKLIST 7":                                             7,
		"whitelist_from *@bank.example\nscore USER_IN_WHITELIST (90)":                                          -10,
		"whitelist_from *@bank.example\nheader USER_IN_WHITELIST eval:check_from_in_whitelist()":               -100,
		"whitelist_to user@our.example\nmeta OWN USER_IN_WHITELIST_TO\nscore OWN 2":                            -4,
		"blacklist_from *@bank.example\nmeta USER_IN_BLACKLIST (USER_IN_BLOCKLIST)\nscore USER_IN_BLACKLIST 1": 101,
	} {
		after, hits := verdict(t, config.Sources{Defaults: data.Default()}, lines)
		if d := after - before; d < want-0.001 || d > want+0.001 {
			t.Errorf("%q: the score changes by %.2f, not by %.2f: %v", lines, d, want, hits)
		}
	}
}

// verdict returns what the rules say of the mail that is listed, with more lines of configuration.
func verdict(t *testing.T, from config.Sources, lines string) (score float64, names []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "site.cf")
	if err := os.WriteFile(file, []byte(lines+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from.Files = []string{file}
	cfg, problems := config.Load(from)
	set, more := rules.Compile(cfg, network.Functions())
	for _, p := range append(problems, more...) {
		if p.File == file {
			t.Error(p)
		}
	}
	scan := set.Begin(message.Parse([]byte(listed)), &rules.Envelope{})
	scan.RunLocal()
	for _, h := range scan.Finish() {
		score += h.Score
		names = append(names, h.Name)
	}
	return score, names
}
