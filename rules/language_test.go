package rules

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/config"
	"asterism/message"
)

// TestAsSpamAssassin gives rules for the features of the language, and mails, to the real spamassassin and to this package:
// the same rules must hit.
func TestAsSpamAssassin(t *testing.T) {
	site, rules := t.TempDir(), t.TempDir()
	for name, dir := range map[string]string{"init.pre": site, "rules.cf": rules} {
		data, err := os.ReadFile(filepath.Join("testdata/language", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mbox, err := os.ReadFile("testdata/language/mails.mbox")
	if err != nil {
		t.Fatal(err)
	}
	theirs := spamassassin(t, rules, site, mbox)
	cfg, problems := config.Load(config.Sources{RulesPath: rules, SitePath: site})
	set, more := Compile(cfg)
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	mails := bytes.Split(bytes.TrimPrefix(mbox, []byte("From ")), []byte("\n\nFrom "))
	if len(mails) != len(theirs) {
		t.Fatalf("%d mails, spamassassin saw %d", len(mails), len(theirs))
	}
	for i, raw := range mails {
		m := message.Parse(append([]byte("From "), raw...))
		want := theirs[m.Header().Get("X-Number")]
		sc := set.Begin(m, &Envelope{})
		sc.RunLocal()
		var ours []string
		for _, h := range sc.Finish() {
			ours = append(ours, h.Name)
		}
		slices.Sort(ours)
		for _, name := range ours {
			if !slices.Contains(want, name) {
				t.Errorf("mail %d: %s hits here, not in SpamAssassin", i+1, name)
			}
		}
		for _, name := range want {
			if !slices.Contains(ours, name) {
				t.Errorf("mail %d: %s hits in SpamAssassin, not here", i+1, name)
			}
		}
	}
}

// spamassassin runs Debian's program on an mbox, and returns the names of the rules that hit each mail, by its X-Number.
func spamassassin(t *testing.T, rules, site string, mbox []byte) map[string][]string {
	t.Helper()
	cmd := exec.Command("spamassassin", "-L", "--mbox", "-C", rules, "--siteconfigpath="+site, "-p", "/dev/null", "-x")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(mbox)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v\n%s", err, stderr.String())
	}
	all := map[string][]string{}
	var names []string
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "X-Spam-Tests":
			names = strings.Split(value, ",")
			slices.Sort(names)
		case "X-Number":
			all[value] = slices.Compact(names) // rules with the flag multiple are named as often as they hit
		}
	}
	return all
}
