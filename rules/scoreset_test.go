package rules

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/config"
	"asterism/message"
	"asterism/test/tool"
)

const scoreSetRules = `
add_header all Sets score=_SCORE_ tests=_TESTS_
report_safe 0
fold_headers 0
dns_available no
bayes_min_ham_num 1
bayes_min_spam_num 1
bayes_auto_learn 0
body   FOUR      /foo/
score  FOUR      1 2 3 4
body   ONE       /foo/
score  ONE       10
body   OFFLINE   /foo/
score  OFFLINE   0.5 0 0.5 0
body   FLAGGED   /foo/
tflags FLAGGED   net
score  FLAGGED   20
body   ADDED     /foo/
score  ADDED     100
score  ADDED     (100) (200) (300) (400)
`

// TestScoreSetsAsSpamAssassin compares the four sets of scores: without and with the network, without and with Bayes.
func TestScoreSetsAsSpamAssassin(t *testing.T) {
	const mail = "From: a@b.example\nSubject: words\n\nfoo bar\n"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/init.pre": "loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::Bayes\n",
		"rules/t.cf":    scoreSetRules, "ham": "From: a@b.example\nSubject: meeting\n\nlunch on monday\n",
		"spam": "From: c@d.example\nSubject: pills\n\ncheap pills\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(program string, args ...string) string {
		args = append(args, "-C", filepath.Join(dir, "rules"), "--siteconfigpath="+filepath.Join(dir, "site"), "-p",
			"/dev/null")
		cmd := exec.Command(tool.Path(t, program, "spamassassin"), args...)
		cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C")
		cmd.Stdin = strings.NewReader(mail)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v", program, args, err)
		}
		return string(out)
	}
	cfg, problems := config.Load(config.Sources{RulesPath: filepath.Join(dir, "rules"), SitePath: filepath.Join(dir,
		"site")})
	set, more := Compile(cfg, nil)
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	for _, bayes := range []bool{false, true} {
		if bayes {
			run("sa-learn", "--ham", filepath.Join(dir, "ham"))
			run("sa-learn", "--spam", filepath.Join(dir, "spam"))
		}
		for _, network := range []bool{false, true} {
			args := []string{"-x"}
			if !network {
				args = append(args, "-L")
			}
			theirs := message.Parse([]byte(run("spamassassin", args...))).Header().Get("X-Spam-Sets")
			sc := set.Begin(message.Parse([]byte(mail)), &Envelope{Network: network, Bayes: bayes})
			sc.RunLocal()
			score, names := 0.0, ""
			for _, name := range []string{"ADDED", "FLAGGED", "FOUR", "OFFLINE", "ONE"} {
				for _, h := range sc.Finish() {
					if h.Name == name {
						score += h.Score
						names += "," + name
					}
				}
			}
			if ours := fmt.Sprintf("score=%.1f tests=%s", score, strings.TrimPrefix(names, ",")); ours != theirs {
				t.Errorf("network %v, Bayes %v: %q here, %q in SpamAssassin", network, bayes, ours, theirs)
			}
			sc.Close()
		}
	}
}
