// Package users_test has users of one spamd with tokens and preferences of their own, by every way that names a user.
package users_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

const taught = 60 // mails of each class

// letter makes the i-th mail of one kind; who likes it is up to the user.
func letter(kind string, i int) string {
	text := map[string]string{
		"offers":  "you are a winner of our casino jackpot, pills without prescription",
		"minutes": "agenda and minutes of the meeting, budget of the garden club",
	}[kind]
	return fmt.Sprintf("From: %s@example.net\nTo: list@example.org\nSubject: %s %d\n"+
		"Date: Sat, 21 Nov 2026 12:00:00 +0000\n"+
		"Message-ID: <%d.%s@example.net>\n\nHello,\n\n%s, number %d.\n", kind, kind, i, i, kind, text, i)
}

// spamd is one with two users: Ann, who has no use for minutes, and Bob.
type spamd struct {
	*e2e.Spamd
	port  int
	prefs string
}

func start(t *testing.T) *spamd {
	t.Helper()
	s := &spamd{port: e2e.FreePort(t), prefs: e2e.Dir(t)}
	s.Spamd = e2e.StartSpamd(t,
		e2e.TestRules+"bayes_auto_learn 0\nbayes_min_ham_num 50\nbayes_min_spam_num 50\nbayes_per_user 1\n"+
			"user_prefs_path "+s.prefs+"/%u\n", "-L", "--listen", fmt.Sprintf("inet:%d@127.0.0.1", s.port), "--allow-tell")
	return s
}

// spamc runs SpamAssassin's client for a user.
func (s *spamd) spamc(t *testing.T, user, mail string, options ...string) string {
	t.Helper()
	args := append([]string{"-F", "/dev/null", "-p", strconv.Itoa(s.port)}, options...)
	if user != "" {
		args = append(args, "-u", user)
	}
	return pipe(t, exec.Command(e2e.Tool(t, "spamc", "spamc"), args...), mail)
}

// pipe gives a command its standard input, and returns its output. Exit codes below 64 are verdicts.
func pipe(t *testing.T, cmd *exec.Cmd, in string) string {
	t.Helper()
	cmd.Stdin = strings.NewReader(in)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() >= 64 {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out.String())
	}
	return out.String()
}

// wantBayes checks what Bayes says of offers in a mail with the verdict in its header: that they are spam, that they
// are not, or nothing.
func wantBayes(t *testing.T, how, tagged, want string) {
	t.Helper()
	got := "nothing"
	if _, level, ok := strings.Cut(tagged, "BAYES_"); ok {
		got = "ham"
		if n, _ := strconv.Atoi(strings.TrimRight(level[:2], ",\r\n\t ")); n >= 50 {
			got = "spam"
		}
	}
	if got != want {
		t.Errorf("%s: Bayes says %s, want %s:\n%s", how, got, want, tagged)
	}
}

func TestTokens(t *testing.T) {
	s := start(t)
	offer := letter("offers", 1000)
	wantBayes(t, "before anything was learned", s.spamc(t, "ann@example.org", offer), "nothing")

	// Ann teaches by spamc, Bob by spam-learn: they do not agree.
	for i := range taught {
		s.spamc(t, "ann@example.org", letter("offers", i), "-L", "spam")
		s.spamc(t, "ann@example.org", letter("minutes", i), "-L", "ham")
	}
	dir := e2e.Dir(t)
	for kind, class := range map[string]string{"offers": "--ham", "minutes": "--spam"} {
		for i := range taught {
			e2e.Write(t, dir, fmt.Sprintf("%s/%d", kind, i), letter(kind, i), 0o644)
		}
		out := e2e.Run(t, e2e.Binary(t, "spam-learn"), "--control", s.Control, "-u", "bob@example.org", class,
			filepath.Join(dir, kind))
		if !strings.Contains(out, fmt.Sprintf("learned %d", taught)) {
			t.Errorf("spam-learn -u: %s", out)
		}
	}
	for user, want := range map[string]string{"ann@example.org": "spam", "Ann@Example.Org": "spam",
		"bob@example.org": "ham", "": "nothing",
		"carol@example.org": "nothing", "../ann@example.org": "nothing"} {
		wantBayes(t, "spamc -u "+user, s.spamc(t, user, offer), want)
	}
	mda := exec.Command(e2e.Binary(t, "spamd"), "mda", "-L", "-c", s.Config, "--bayes-path", s.Store, "--recipient",
		"bob@example.org", "--", "cat")
	wantBayes(t, "spamd mda", pipe(t, mda, offer), "ham")

	// An MTA's recipient is the user if there is just one.
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: s.InputMailFilter(t)})
	e2e.MustSend(t, mta.Addr, "x@example.net", "ann@example.org", offer)
	wantBayes(t, "the milter, one recipient", mta.Mail(t, "ann"), "spam")
	client, err := e2e.DialSMTP(mta.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Hello("client.example.net"); err != nil {
		t.Fatal(err)
	}
	if got := e2e.SendRaw(client, "MAIL FROM:<x@example.net>", `RCPT TO:<"ann"@EXAMPLE.org>`,
		letter("offers", 1002)); !strings.HasPrefix(got, "250") {
		t.Fatal(got)
	}
	e2e.WaitFor(t, "a second mail", 30*time.Second, func() bool { return len(mta.Mails(t, "ann")) == 2 })
	for _, mail := range mta.Mails(t, "ann") {
		wantBayes(t, "the milter, the recipient's address in quotes", mail, "spam")
	}
	if err := e2e.Send(mta.Addr, "x@example.net", []string{"ann@example.org", "bob@example.org"},
		letter("offers", 1001)); err != nil {
		t.Fatal(err)
	}
	wantBayes(t, "the milter, two recipients", mta.Mail(t, "bob"), "nothing")

	// All of it is there again after a restart, and can be looked at.
	s.Kill(t)
	out := e2e.Run(t, e2e.Binary(t, "spam-learn"), "-c", s.Config, "--bayes-path", s.Store, "-u", "bob@example.org",
		"--dump", "magic")
	if !strings.Contains(out, strconv.Itoa(taught)) {
		t.Errorf("spam-learn -u --dump magic:\n%s", out)
	}
	s.Restart(t)
	wantBayes(t, "Ann after a restart", s.spamc(t, "ann@example.org", offer), "spam")
	wantBayes(t, "Bob after a restart", s.spamc(t, "bob@example.org", offer), "ham")
}

func TestPreferences(t *testing.T) {
	s := start(t)
	mail := e2e.Letter("hello", "certainly spam")
	want := func(user, verdict string) {
		t.Helper()
		if got := strings.TrimSpace(s.spamc(t, user, mail, "-c")); got != verdict {
			t.Errorf("spamc -c -u %s: %s, want %s", user, got, verdict)
		}
	}
	full := strings.TrimSpace(s.spamc(t, "ann", mail, "-c"))
	e2e.Write(t, s.prefs, "ann", "required_score 15\nscore E2E_SPAM 0\nrewrite_header Subject [mine]\n", 0o644)
	want("bob", full)
	ann := strings.TrimSpace(s.spamc(t, "ann", mail, "-c"))
	if !strings.HasSuffix(ann, "/15.0") || ann[:1] == full[:1] && full[:2] != ann[:2] {
		t.Errorf("with preferences %s, without %s", ann, full)
	}
	if names := s.spamc(t, "ann", mail, "-y"); strings.Contains(names, "E2E_SPAM") {
		t.Errorf("a rule that the user has switched off hits: %s", names)
	}
	if err := os.Remove(filepath.Join(s.prefs, "ann")); err != nil {
		t.Fatal(err)
	}
	want("ann", full)
}
