package rules

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"asterism/config"
	"asterism/message"
	"asterism/test/tool"
)

// TestAsSpamAssassin gives rules for the features of the language, and mails, to the real spamassassin and to this
// package: the same rules must hit, and add up to the same score.
func TestAsSpamAssassin(t *testing.T) {
	site, rules := t.TempDir(), t.TempDir()
	for pattern, dir := range map[string]string{"*.pre": site, "*.cf": rules} {
		names, err := filepath.Glob(filepath.Join("testdata/language", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	mbox, err := os.ReadFile("testdata/language/mails.mbox")
	if err != nil {
		t.Fatal(err)
	}
	theirs := spamassassin(t, rules, site, mbox)
	cfg, problems := config.Load(config.Sources{RulesPath: rules, SitePath: site, LocalOnly: true})
	set, more := Compile(cfg, nil)
	for _, p := range append(problems, more...) {
		if !strings.Contains(p.Text, "NO_SUCH_RULE") && !strings.Contains(p.Text, "rules_matching(NOPE_*) matches no rule") {
			t.Error(p)
		}
	}
	mails := bytes.Split(bytes.TrimPrefix(mbox, []byte("From ")), []byte("\n\nFrom "))
	if len(mails) != len(theirs) {
		t.Fatalf("%d mails, spamassassin saw %d", len(mails), len(theirs))
	}
	for i, raw := range mails {
		m := message.Parse(slices.Concat([]byte("From "), raw, []byte("\n\n"))) // spamassassin sees the blank line behind it
		want := theirs[m.Header().Get("X-Number")]
		sc := set.Begin(m, &Envelope{})
		sc.RunLocal()
		var ours []string
		score := 0.0
		for _, h := range sc.Finish() {
			ours = append(ours, h.Name)
			score += h.Score
		}
		if got := strconv.FormatFloat(score, 'f', 1, 64); got != want.score {
			t.Errorf("mail %d: score %s here, %s in SpamAssassin", i+1, got, want.score)
		}
		slices.Sort(ours)
		for _, name := range ours {
			if !slices.Contains(want.names, name) {
				t.Errorf("mail %d: %s hits here, not in SpamAssassin", i+1, name)
			}
		}
		for _, name := range want.names {
			if !slices.Contains(ours, name) {
				t.Errorf("mail %d: %s hits in SpamAssassin, not here", i+1, name)
			}
		}
	}
}

// said is what spamassassin says of a mail.
type said struct {
	names []string // of the rules that hit
	score string
}

// spamassassin runs Debian's program on an mbox, and returns what it says of each mail, by its X-Number.
func spamassassin(t *testing.T, rules, site string, mbox []byte) map[string]said {
	t.Helper()
	cmd := exec.Command(tool.Path(t, "spamassassin", "spamassassin"), "-L", "--mbox", "-C", rules,
		"--siteconfigpath="+site, "-p", "/dev/null", "-x")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C")
	cmd.Stdin = bytes.NewReader(mbox)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v\n%s", err, stderr.String())
	}
	all := map[string]said{}
	var this said
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "X-Spam-Tests":
			this.names = strings.Split(value, ",")
			slices.Sort(this.names)
			this.names = slices.Compact(this.names) // rules with the flag multiple are named as often as they hit
		case "X-Spam-Score":
			this.score = value
		case "X-Number":
			all[value] = this
		}
	}
	return all
}
