package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestStandard: what every program reads without -c.
func TestStandard(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"asterism/spamd.cf", "mail/spamassassin/local.cf", "sa/local.cf", "other.cf"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	ours, theirs := in("asterism/spamd.cf"), []string{in("none"), in("mail/spamassassin"), in("sa")}
	for _, c := range []struct {
		name   string
		places locations
		given  Sources
		named  string
		want   []string
	}{
		{"ours before SpamAssassin's", locations{ours, theirs}, Sources{}, "", []string{ours}},
		{"SpamAssassin's first directory that is there", locations{in("none"), theirs}, Sources{}, "",
			[]string{in("mail/spamassassin")}},
		{"none", locations{in("none"), []string{in("none")}}, Sources{}, "", nil},
		{"-c", locations{ours, theirs}, Sources{Files: []string{in("other.cf")}}, "", []string{in("other.cf")}},
		{"-c and the environment", locations{ours, theirs}, Sources{Files: []string{in("other.cf")}}, ours,
			[]string{in("other.cf")}},
		{"--siteconfigpath", locations{ours, theirs}, Sources{SitePath: in("sa")}, "", []string{in("sa")}},
		{"-C alone", locations{ours, theirs}, Sources{RulesPath: in("sa")}, "", []string{ours}},
		{"the environment's file", locations{ours, theirs}, Sources{}, in("other.cf"), []string{in("other.cf")}},
		{"the environment's none", locations{ours, theirs}, Sources{}, NoFile, nil},
	} {
		if got := c.places.of(c.given, c.named).Names(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if _, problems := Load(locations{ours, theirs}.of(Sources{}, in("gone.cf"))); !Failed(problems) {
		t.Error("a file that the environment names and is not there is no error")
	}
}

// TestOverride: an option of the command line that a file sets to something else says so in one line.
func TestOverride(t *testing.T) {
	shipped := fstest.MapFS{"rules.cf": {Data: []byte("max_size 50K\n")}}
	site := filepath.Join(t.TempDir(), "spamd.cf")
	if err := os.WriteFile(site, []byte("\nbayes_path redis://user:secret@host/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, problems := Load(Sources{Defaults: shipped, Files: []string{site}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if p := cfg.Override("bayes_path", "redis://user:secret@host/"); len(p) > 0 {
		t.Errorf("the same: %v", p)
	}
	cfg, _ = Load(Sources{Defaults: shipped, Files: []string{site}})
	p := cfg.Override("bayes_path", "/var/lib/spamd/bayes")
	if len(p) != 1 || p[0].Severity != Warning || !strings.Contains(p[0].Text, site+", line 2") ||
		strings.Contains(p[0].Text, "secret") {
		t.Errorf("another: %v", p)
	}
	if cfg.Bayes.Path != "/var/lib/spamd/bayes" {
		t.Errorf("the command line does not win: %s", cfg.Bayes.Path)
	}
	if p := cfg.Override("max_size", "1M"); len(p) > 0 {
		t.Errorf("a default of the shipped rules is no administrator's word: %v", p)
	}
	if p := cfg.Override("max_size", "many"); !Failed(p) {
		t.Errorf("a bad value: %v", p)
	}
}
