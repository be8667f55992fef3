package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// parse reads text as the file t.cf.
func parse(t testing.TB, text string) (*Config, []string) {
	t.Helper()
	c, problems := Load(Sources{Defaults: fstest.MapFS{"t.cf": {Data: []byte(text)}}})
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return c, out
}

func TestMIMEDefangFile(t *testing.T) {
	c, problems := Load(Sources{Files: []string{"testdata/mimedefang.cf"}})
	if len(problems) > 0 || len(c.Ignored) > 0 {
		t.Fatal(problems, c.Ignored)
	}
	want := New()
	want.Remote.UseDCC, want.Remote.DCCTimeout, want.Remote.DCCPath = true, 10*time.Second, "/usr/local/bin/dccproc"
	want.Remote.UsePyzor, want.Remote.PyzorTimeout, want.Remote.PyzorPath = true, 10*time.Second, "/usr/local/bin/pyzor"
	want.Bayes.FileMode = 0o700
	want.Bayes.Path = "/var/spool/MD-Quarantine/.spamassassin/bayes"
	want.Bayes.IgnoreHeaders = []string{"X-Scanned-By", "X-Spam-Check", "X-Spam-Score", "X-Probably-Spam-Tag"}
	want.origins = c.origins
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	// The other lines say what the default is; each must be able to say the opposite.
	data, err := os.ReadFile("testdata/mimedefang.cf")
	if err != nil {
		t.Fatal(err)
	}
	c, out := parse(t, strings.ReplaceAll(strings.ReplaceAll(string(data), " 150000", " 150"), " 1\n", " 0\n"))
	b := c.Bayes
	if len(out) > 0 || c.Remote.UseDCC || c.Remote.UsePyzor || b.Use || b.UseLearner || b.UseRules || b.AutoLearn ||
		b.AutoExpire || b.ExpiryMaxTokens != 150 {
		t.Error(out, c.Remote, b)
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"bayes_pth /x", `t.cf:1: warning: unknown option "bayes_pth", did you mean bayes_path?`},
		{"\n\nscroe FOO 1", `t.cf:3: warning: unknown option "scroe", did you mean score?`},
		{"frobnicate 1", `t.cf:1: warning: unknown option "frobnicate"`},
		{"required_score five", `t.cf:1: error: required_score: "five" is not a number`},
		{"use_bayes 2", `t.cf:1: error: use_bayes: "2" is neither 0 nor 1`},
		{"max_size 100X", `t.cf:1: error: max_size: "100X" is not a size in bytes, such as 102400 or 100K`},
		{"dcc_timeout soon", `t.cf:1: error: dcc_timeout: "soon" is not a time, such as 10, 2.5 or 3h`},
		{"bayes_file_mode 0o7", `t.cf:1: error: bayes_file_mode: "0o7" is not a file mode in octal, such as 0700`},
		{"trusted_networks 10.0.0.0/33", `t.cf:1: error: trusted_networks: "10.0.0.0/33" is not an address or network`},
		{"dns_server nohost", `t.cf:1: error: dns_server: "nohost" is not an address with or without a port`},
		{"on_error drop", `t.cf:1: error: on_error: "drop" is none of accept, tempfail`},
		{"if (1 +", `t.cf:1: error: if: operand expected at the end|t.cf:1: warning: if without endif`},
		{"endif", `t.cf:1: warning: endif without if`},
		{"include no-such.cf", `t.cf:1: error: include: no-such.cf: file does not exist`},
		{"include t.cf", `t.cf:1: error: include: not allowed here, or too deep`},
		{"require_version 3.004000\nnonsense",
			`t.cf:1: warning: the rest of the file is for version 3.004000 of the rule language, not 4.000001`},
		{"loadplugin Mail::SpamAssassin::Plugin::TxRep", ``},
		{"version_tag mine", ``},
		{"clear_headers please", `t.cf:1: error: clear_headers: takes no value, but has "please"`},
	} {
		if _, out := parse(t, c.text); strings.Join(out, "|") != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, strings.Join(out, "|"), c.want)
		}
	}
}

func TestSyntax(t *testing.T) {
	c, out := parse(t, "\xef\xbb\xbf# a comment\r\n"+
		"Required-Score\t6.5   # dashes, tabs, case, comment\r\n"+
		`body A /one \# two/i # three`+"\n"+
		"body B /split \\\n over lines/\n"+
		"if (version >= 3.004000)\n body C /c/\nelse\n body NOT /c/\nendif\n"+
		"if version < 3\n if (1)\n body NOT /d/\n else\n body NOT /e/\n endif\nendif\n"+
		"ifplugin Mail::SpamAssassin::Plugin::ReplaceTags\n replace_tag A [a]\nendif # x\n"+
		"if !plugin(Mail::SpamAssassin::Plugin::NoSuch) && can(Mail::SpamAssassin::Conf::feature_bug6558_free)\nbody D "+
		"/d/\nendif\n"+
		"if can(Mail::SpamAssassin::Conf::compat_mine)\nbody NOT /x/\nendif\nenable_compat mine\n"+
		"if can(Mail::SpamAssassin::Conf::compat_mine)\nbody E /x/\nendif\n"+
		"if(has(Mail::SpamAssassin::Plugin::BodyEval::has_check_body_length))\nbody F /x/\nendif\n"+
		"lang de describe A Deutsch\n")
	if len(out) > 0 {
		t.Fatal(out)
	}
	if c.Scoring.Required != 6.5 {
		t.Error("required_score", c.Scoring.Required)
	}
	var got []string
	for _, l := range c.Rules {
		got = append(got, l.Key+" "+l.Value)
	}
	want := []string{"body A /one # two/i", "body B /split  over lines/", "body C /c/", "replace_tag A [a]", "body D /d/",
		"body E /x/", "body F /x/"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestPlugins: with SpamAssassin's rules, the plug-ins are those that *.pre files load; without such files, and with
// the rules that ship, all are there.
func TestPlugins(t *testing.T) {
	const rule = "ifplugin Mail::SpamAssassin::Plugin::Shortcircuit\nbody A /a/\nendif\nifplugin DKIM\nbody B /b/\nendif\n"
	for _, c := range []struct {
		pre   string
		rules bool
		want  int
	}{{"", true, 2}, {"# nothing\n", true, 2}, {"loadplugin Mail::SpamAssassin::Plugin::DKIM\n", true, 1},
		{"loadplugin Mail::SpamAssassin::Plugin::DKIM\n", false, 2}} {
		site, rules := t.TempDir(), t.TempDir()
		for name, text := range map[string]string{filepath.Join(site, "a.pre"): c.pre, filepath.Join(rules, "a.cf"): rule} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		from := Sources{SitePath: site, Defaults: os.DirFS(rules)}
		if c.rules {
			from.RulesPath = rules
		}
		if cfg, problems := Load(from); len(cfg.Rules) != c.want || len(problems) > 0 {
			t.Errorf("%q, rules of their own %v: %d rules, %v", c.pre, c.rules, len(cfg.Rules), problems)
		}
	}
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		locale string
		want   int
	}{{"de_AT.UTF-8", 1}, {"de", 1}, {"pt_BR.UTF-8", 1}, {"pt", 0}, {"en_US", 0}, {"", 0}} {
		cfg, _ := Load(Sources{Locale: c.locale, Defaults: fstest.MapFS{"t.cf": {Data: []byte(
			"lang de describe A eins\nlang pt_BR describe A um\n")}}})
		if len(cfg.Rules) != c.want {
			t.Errorf("%s: %v", c.locale, cfg.Rules)
		}
	}
}

func TestOrderOfFiles(t *testing.T) {
	rules, site := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(rules, "20_b.cf"):       "body B /b/\nrequired_score 1",
		filepath.Join(rules, "10_a.cf"):       "body A /a/",
		filepath.Join(rules, "README"):        "not read",
		filepath.Join(site, "local.cf"):       "include more/x.conf\nrequired_score 2",
		filepath.Join(site, "v1.pre"):         "enable_compat early",
		filepath.Join(site, "more", "x.conf"): "body C /c/",
		filepath.Join(site, "last"):           "required_score 3",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	defaults := fstest.MapFS{"a.cf": {Data: []byte("body DEFAULT /x/\nrequired_score 4")}}
	c, problems := Load(Sources{Defaults: defaults, RulesPath: rules, SitePath: site})
	var got string
	for _, l := range c.Rules {
		got += l.Value[:1]
	}
	if len(problems) > 0 || got != "ABC" || c.Scoring.Required != 2 || !c.compat["early"] {
		t.Error(problems, got, c.Scoring.Required)
	}
	c, problems = Load(Sources{Defaults: defaults, Files: []string{filepath.Join(site, "last"),
		filepath.Join(site, "none")}})
	if len(c.Rules) != 1 || c.Scoring.Required != 3 || len(problems) != 1 || !Failed(problems) ||
		!strings.HasSuffix(problems[0].String(), "none: error: no such file or directory") {
		t.Error(problems, c.Rules, c.Scoring.Required)
	}
}

func TestNetworks(t *testing.T) {
	c, out := parse(t, "trusted_networks 192.168. !10.0.1.5 10.0.1/24, 172.16.0.0/12 1.2.3.4-1.2.4.4\n"+
		"trusted_networks 2001:db8:1::1 !2001:db8:1::/64 [2001:db8::]/32 ::ffff:9.9.9.0/120")
	if len(out) > 0 {
		t.Fatal(out)
	}
	for addr, want := range map[string]bool{"192.168.3.4": true, "10.0.1.5": false, "10.0.1.6": true, "10.0.2.1": false,
		"172.31.255.255": true, "172.32.0.0": false, "1.2.3.255": true, "1.2.4.5": false, "2001:db8:1::1": true,
		"2001:db8:1::2": false, "2001:db8:2::2": true, "::ffff:10.0.1.6": true, "::1": false, "9.9.9.9": true} {
		if got := c.Network.Trusted.Contains(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
		within := false
		for _, p := range c.Network.Trusted.Prefixes() {
			within = within || p.Contains(netip.MustParseAddr(addr).Unmap())
		}
		if within != want {
			t.Errorf("%s in %v: %v", addr, c.Network.Trusted.Prefixes(), within)
		}
	}
}

func TestLists(t *testing.T) {
	c, out := parse(t, `
whitelist_from Joe@Example.com *@b.example
unwelcomelist_from *@B.example
blacklist_to me@example.com
def_whitelist_auth *@auth.example
unwelcomelist_auth *@auth.example
whitelist_from_rcvd a@x.example [192.0.2]
def_welcomelist_from_rcvd *@* relay.example
welcomelist_from_rcvd b@x.example [2001:db8:1234::/48]
welcomelist_from_dkim *@d.example signer.example
enlist_uri_host (MINE) !a.example.com example.com
blacklist_uri_host evil.example
delist_uri_host (MINE) example.com
enlist_addrlist (PAY) *@pay.example
enlist_addrlist (WELCOMELIST_FROM) x@y.example
freemail_domains GMX.* hotmail.co.??
`)
	if len(out) > 0 {
		t.Fatal(out)
	}
	l := c.Lists
	want := New().Lists
	want.Addr = map[string][]string{"welcomelist_from": {"joe@example.com", "x@y.example"},
		"blocklist_to":     {"me@example.com"},
		"welcomelist_auth": nil, "def_welcomelist_auth": {}, "PAY": {"*@pay.example"}}
	want.Rcvd = map[string][]FromRcvd{
		"welcomelist_from_rcvd": {{Addr: "a@x.example", Net: netip.MustParsePrefix("192.0.2.0/24")},
			{Addr: "b@x.example", Net: netip.MustParsePrefix("2001:db8:1234::/48")}},
		"def_welcomelist_from_rcvd": {{Addr: "*@*", Relay: "relay.example"}}}
	want.DKIM = map[string][]FromDKIM{"welcomelist_from_dkim": {{"*@d.example", "signer.example"}}}
	want.URIHost = map[string]map[string]bool{"MINE": {"a.example.com": false}, "BLOCK": {"evil.example": true}}
	want.Freemail = []string{"gmx.*", "hotmail.co.??"}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("got  %+v\nwant %+v", l, want)
	}
}

func TestTemplates(t *testing.T) {
	c, out := parse(t, `
add_header all Status "_YESNO_, score=_SCORE_"
add_header spam Flag _YESNOCAPS_
add_header all Lines one\ntwo\\three
add_header ham Gone x
remove_header all Gone
remove_header ham Status
rewrite_header Subject *****SPAM*****
rewrite_header from (spam)
report one
report  "  two"
report
`)
	if len(out) > 0 {
		t.Fatal(out)
	}
	want := []AddHeader{{"spam", "Status", "_YESNO_, score=_SCORE_"}, {"spam", "Flag", "_YESNOCAPS_"},
		{"all", "Lines", "one\ntwo\\three"}}
	if !reflect.DeepEqual(c.Tagging.Headers, want) {
		t.Errorf("%q", c.Tagging.Headers)
	}
	if c.Tagging.Rewrite["Subject"] != "*****SPAM*****" || len(c.Tagging.Rewrite) != 1 {
		t.Errorf("%q", c.Tagging.Rewrite)
	}
	if !reflect.DeepEqual(c.Tagging.Report, []string{"one", "  two", ""}) {
		t.Errorf("%q", c.Tagging.Report)
	}
}

func TestValues(t *testing.T) {
	c, out := parse(t, "max_size 1M\nrbl_timeout 10 2\nrbl_timeout 3 zone.example\nspf_timeout 2.5\ndns_server "+
		"[::1]:5353\n"+
		"dns_server 127.0.0.1\ndns_query_restriction deny *\ndns_query_restriction allow ok.example\ntime_limit 2m\n")
	if len(out) > 0 {
		t.Fatal(out)
	}
	n := c.Network
	if c.Daemon.MaxSize != 1<<20 || n.DNSTimeout != 10*time.Second ||
		n.ZoneTimeouts["zone.example"] != "3" || c.Auth.SPFTimeout != 2500*time.Millisecond || c.TimeLimit != 2*time.Minute ||
		!reflect.DeepEqual(n.DNSServers, []string{"[::1]:5353", "127.0.0.1:53"}) || !n.DNSDeny["*"] ||
		n.DNSDeny["ok.example"] {
		t.Errorf("%+v", c)
	}
}

func FuzzConfig(f *testing.F) {
	data, err := os.ReadFile("testdata/mimedefang.cf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, s := range []string{"if (version > 3)\nelse\nendif\n", "ifplugin X\n", "body A /x/ \\\n",
		"lang de describe X y",
		"trusted_networks !10. [::1]/128 1.2.3.4-1.2.3.9", "add_header all X \\n\\t\\", "rbl_timeout 1 2 a.b",
		"whitelist_from_rcvd a@b [1.2]", "enlist_uri_host (A) b", "include x", "if plugin(A", "if -(1/0)%0"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := New()
		for _, p := range c.Parse("fuzz.cf", data) {
			if p.Line <= 0 || p.Text == "" {
				t.Errorf("problem without place: %+v", p)
			}
		}
	})
}

// TestSiteLines: lines of the rule language know whether the administrator wrote them, or the rules' authors.
func TestSiteLines(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rules/a.cf": "meta A 1\ninclude more.inc\n", "rules/more.inc": "score B 1\n", "site/b.cf": "score C 1\n",
		"own.cf": "score D 1\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, problems := Load(Sources{RulesPath: filepath.Join(dir, "rules"), SitePath: filepath.Join(dir, "site"),
		Files: []string{filepath.Join(dir, "own.cf")}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for i, want := range []bool{false, false, true, true} {
		if l := c.Rules[i]; l.Site != want {
			t.Errorf("%s: %s %s: site is %v", l.File, l.Key, l.Value, l.Site)
		}
	}
}

// TestNewestRules: of the versions that sa-update keeps, the newest is read.
func TestNewestRules(t *testing.T) {
	dir := t.TempDir()
	for version, rule := range map[string]string{"3.004006": "OLD", "4.000001": "NEW", "4.000000": "OLDER"} {
		at := filepath.Join(dir, version, "updates_spamassassin_org")
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			filepath.Join(at, "10_a.cf"):     "body " + rule + " /x/\n",
			at + ".cf":                       "include updates_spamassassin_org/10_a.cf\n",
			filepath.Join(dir, version, "u"): "",
		} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sa-update-keys"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg, problems := Load(Sources{RulesPath: dir})
	if len(problems) > 0 || len(cfg.Rules) != 1 || cfg.Rules[0].Value != "NEW /x/" {
		t.Errorf("%v %v", cfg.Rules, problems)
	}
}
