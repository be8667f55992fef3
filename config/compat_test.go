package config

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestCompatWelcomelist: the flag is set with our rules; with others it is set only by enable_compat.
func TestCompatWelcomelist(t *testing.T) {
	const flag = "Mail::SpamAssassin::Conf::compat_welcomelist_blocklist"
	rule := []byte("if can(" + flag + ")\nbody NEW /x/\nelse\nbody OLD /x/\nendif\nwhitelist_from a@b.example\n")
	for _, c := range []struct {
		pre, want string
		ours      bool
	}{
		{"", "NEW /x/", true},
		{"", "OLD /x/", false},
		{"enable_compat other", "OLD /x/", false},
		{"enable_compat welcomelist_blocklist", "NEW /x/", false},
	} {
		site, rules := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(site, "init.pre"), []byte(c.pre), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(rules, "a.cf"), rule, 0o600); err != nil {
			t.Fatal(err)
		}
		from := Sources{Defaults: fstest.MapFS{"a.cf": {Data: rule}}, SitePath: site, RulesPath: rules}
		if c.ours {
			from.RulesPath = ""
		}
		got, problems := Load(from)
		if len(problems) > 0 || len(got.Rules) != 1 || got.Rules[0].Value != c.want ||
			len(got.Lists.Addr["welcomelist_from"]) != 1 {
			t.Errorf("%+v: %v %v", c, problems, got.Rules)
		}
	}
}
