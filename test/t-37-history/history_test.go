// Package history_test follows mails into the history and back out of it, with real sendmail and Redis.
package history_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/history"
	"asterism/spamc"
	"asterism/store"
	"asterism/store/redis/redistest"
	"asterism/test/e2e"
)

// command runs spamd history with a spamd's configuration.
func command(t *testing.T, s *e2e.Spamd, args ...string) (string, error) {
	t.Helper()
	all := append([]string{"history", args[0], "-c", s.Config, "--bayes-path", s.Store}, args[1:]...)
	out, err := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), all...).CombinedOutput()
	return string(out), err
}

func must(t *testing.T, s *e2e.Spamd, args ...string) string {
	t.Helper()
	out, err := command(t, s, args...)
	if err != nil {
		t.Fatalf("spamd history %v: %v\n%s", args, err, out)
	}
	return out
}

// find returns the records of a search.
func find(t *testing.T, s *e2e.Spamd, args ...string) []history.Record {
	t.Helper()
	var found []history.Record
	out := json.NewDecoder(strings.NewReader(must(t, s, append([]string{"find", "--json"}, args...)...)))
	for out.More() {
		var r history.Record
		if err := out.Decode(&r); err != nil {
			t.Fatal(err)
		}
		found = append(found, r)
	}
	return found
}

// one returns the record of a search that finds one.
func one(t *testing.T, s *e2e.Spamd, args ...string) history.Record {
	t.Helper()
	found := find(t, s, args...)
	if len(found) != 1 {
		t.Fatalf("%v finds %d mails: %+v", args, len(found), found)
	}
	return found[0]
}

func code(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// TestMail: a mail that sendmail took is found by what its user can tell, it says why it was tagged, it is taught by
// its
// record, beside the daemon and without one, and erased.
func TestMail(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules+"history 1\nbayes_auto_learn 0\nmax_size 20K\n"+
		"for rcpt refused@example.org\nreject_score 5\nend\n", "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	send := func(to, subject, text string) error {
		return e2e.Send(mta.Addr, "alice@example.net", []string{to}, e2e.Letter(subject, text))
	}
	for _, err := range []error{
		send("bob@example.org", "Lunch on Friday \x1b[31m", "This is certainly spam."),
		send("carol@example.org", "Lunch on Monday", "This is certainly ham."),
		send("carol@example.org", "large", strings.Repeat("0123456789 0123456789\n", 2000)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := send("refused@example.org", "refused", "This is certainly spam."); err == nil {
		t.Error("the mail was not refused")
	}
	r := one(t, spamd, "to:bob@example.org", "lunch")
	qid := regexp.MustCompile(`qid=(\S+) .* to=bob@example.org`).FindStringSubmatch(spamd.Output())
	if qid == nil || r.QueueID != qid[1] || r.Action != "tag" || !r.Scanned || r.Score < 9 ||
		r.Sender != "alice@example.net" || r.Front != "milter" ||
		r.Tests[0].Name != "E2E_SPAM" || !r.Teachable {
		t.Errorf("log %q, record %+v", qid, r)
	}
	for _, args := range [][]string{{qid[1]}, {"--message-id", "<" + r.MessageID + ">"}, {"--from", "alice@example.net",
		"--min-score", "5", "--to", "bob@example.org"},
		{"--subject", "friday"}, {"--test", "E2E_SPAM", "--action", "tag"}, {"--since", "1h", "--verdict", "spam", "--to",
			"bob@example.org"}} {
		if got := one(t, spamd, args...); got.ID != r.ID {
			t.Errorf("%v finds %+v", args, got)
		}
	}
	if large := one(t, spamd, "--action", "skip"); large.Reason != "too large" || large.Subject != "large" ||
		large.Scanned {
		t.Errorf("%+v", large)
	}
	if refused := one(t, spamd, "--action", "reject"); refused.Recipients[0] != "refused@example.org" {
		t.Errorf("%+v", refused)
	}
	if out, err := command(t, spamd, "show", "nosuchqueueid"); code(err) != 66 {
		t.Errorf("show of none: %v, %s", err, out)
	}
	for _, out := range []string{must(t, spamd, "find", "bob@example.org"), must(t, spamd, "show", qid[1])} {
		if strings.ContainsAny(out, "\x1b\x00") || !strings.Contains(out, `Lunch on Friday \x1b[31m`) ||
			!strings.Contains(out, qid[1]) {
			t.Errorf("printed\n%s", out)
		}
	}
	if out := must(t, spamd, "show", r.ID.String()); !strings.Contains(out, "10.000  E2E_SPAM") ||
		!strings.Contains(out, "Says that it is spam") {
		t.Errorf("printed\n%s", out)
	}
	must(t, spamd, "teach", "--ham", qid[1])
	if got := one(t, spamd, "taught:ham"); got.ID != r.ID || got.Taught[0].By == "" {
		t.Errorf("taught: %+v", got)
	}
	delivered := mta.Mail(t, "bob")
	if learned, err := spamd.Client(t).Learn(t.Context(), []byte(delivered), store.Ham); err != nil ||
		learned != classifier.LearnedKnown {
		t.Errorf("the delivered mail, learned after its record: %v, %v", learned, err)
	}
	spamd.Signal(syscall.SIGTERM)
	if err := spamd.Wait(t, time.Minute); err != nil {
		t.Fatal(err)
	}
	must(t, spamd, "teach", "--undo", r.ID.String())
	if found := find(t, spamd, "taught:ham"); len(found) != 0 {
		t.Errorf("undone: %+v", found)
	}
	if out := must(t, spamd, "forget", "bob@example.org"); !strings.Contains(out, "from 1 records") {
		t.Error(out)
	}
	content, err := os.ReadFile(spamd.Store + ".history")
	if err != nil || bytes.Contains(content, []byte("bob@")) || !bytes.Contains(content, []byte("carol@")) {
		t.Errorf("the file after forgetting bob: %v", err)
	}
	if found := find(t, spamd); len(found) != 3 {
		t.Errorf("%d records are left", len(found))
	}
}

// TestFronts: the spamd protocol and the delivery agent record, check does not; SIGHUP switches the history.
func TestFronts(t *testing.T) {
	e2e.Tool(t, "cat", "coreutils")
	spamd := e2e.StartSpamd(t, e2e.TestRules+"history 1\n", "-L")
	letter := e2e.Letter("hi", "This is certainly spam.")
	if _, err := spamd.Client(t).Process(t.Context(), []byte(letter)); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), e2e.Binary(t, "spamd"), args...)
		cmd.Stdin = strings.NewReader(letter)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	common := []string{"-L", "-c", spamd.Config, "--bayes-path", spamd.Store}
	run(append(append([]string{"mda"}, common...), "--sender", "joe@example.net", "--recipient", "sue@example.org", "--",
		"cat")...)
	run(append([]string{"check"}, common...)...)
	if r := one(t, spamd, "--to", "sue@example.org"); r.Front != "mda" || r.Sender != "joe@example.net" || r.Score < 9 {
		t.Errorf("%+v", r)
	}
	if found := find(t, spamd); len(found) != 2 || found[1].Front != "spamc" ||
		found[1].Recipients[0] != "bob@example.org" {
		t.Errorf("%+v", found)
	}
	reload := func(cf string) {
		t.Helper()
		n := strings.Count(spamd.Output(), "configuration reloaded")
		e2e.Write(t, filepath.Dir(spamd.Config), filepath.Base(spamd.Config), e2e.TestRules+cf, 0o644)
		spamd.Signal(syscall.SIGHUP)
		e2e.WaitFor(t, "the new configuration", time.Minute, func() bool {
			return strings.Count(spamd.Output(),
				"configuration reloaded") > n
		})
	}
	reload("history 0\n")
	if out, err := command(t, spamd, "find"); err == nil || !strings.Contains(out, "history 1") {
		t.Errorf("without a history: %v, %s", err, out)
	}
	reload("history 1\nhistory_subject 0\n")
	run(append(append([]string{"mda"}, common...), "--recipient", "eve@example.org", "--", "cat")...)
	if r := one(t, spamd, "--to", "eve@example.org"); r.Subject != "" || r.From != "" {
		t.Errorf("%+v", r)
	}
	spamd.Signal(syscall.SIGTERM)
	if err := spamd.Wait(t, time.Minute); err != nil {
		t.Fatal(err)
	}
	run(append(append([]string{"mda"}, common...), "--recipient", "alone@example.org", "--", "cat")...)
	if r := one(t, spamd, "--to", "alone@example.org"); r.Front != "mda" {
		t.Errorf("%+v", r)
	}
}

// metric returns a counter of /metrics.
func metric(t *testing.T, port int, name string) int {
	t.Helper()
	_, text := e2e.Get(t, port, "/metrics")
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// TestDiskFull: mails go on while the history's disk is full; the records lost are counted, and said once; with room
// again the history goes on.
func TestDiskFull(t *testing.T) {
	mount, umount := e2e.Tool(t, "mount", "mount"), e2e.Tool(t, "umount", "mount")
	if os.Geteuid() != 0 {
		e2e.Missing(t, "root, to mount a small disk")
	}
	dir, port := e2e.Dir(t), e2e.FreePort(t)
	e2e.Run(t, mount, "-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs", dir)
	t.Cleanup(func() { e2e.Run(t, umount, "-l", dir) })
	spamd := e2e.StartSpamd(t, e2e.TestRules+"history 1\nhistory_path "+dir+"/mails\n", "-L", "--http",
		fmt.Sprintf("inet:%d@127.0.0.1", port))
	check := func(n int) {
		t.Helper()
		for i := range n {
			if r, err := spamd.Client(t).Check(t.Context(),
				[]byte(e2e.Letter(fmt.Sprint("mail ", i), "This is certainly spam."))); err != nil || !r.Spam {
				t.Fatalf("%+v, %v", r, err)
			}
		}
	}
	check(3)
	if found := find(t, spamd); len(found) != 3 {
		t.Fatalf("%d records", len(found))
	}
	ballast := filepath.Join(dir, "ballast")
	fill, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	fill.Close()
	for metric(t, port, "asterism_history_dropped_total") == 0 {
		check(200)
		find(t, spamd)
	}
	check(50)
	find(t, spamd)
	if n := strings.Count(spamd.Output(), "records are lost"); n != 1 || !strings.Contains(spamd.Output(),
		"no space left on device") {
		t.Errorf("said %d times:\n%s", n, spamd.Output())
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	lost, written := metric(t, port, "asterism_history_dropped_total"), metric(t, port, "asterism_history_records_total")
	check(2)
	find(t, spamd)
	if l, w := metric(t, port, "asterism_history_dropped_total"),
		metric(t, port, "asterism_history_records_total"); l != lost || w != written+2 {
		t.Errorf("with room again: %d lost, %d written; before %d and %d", l, w, lost, written)
	}
	spamd.WaitOutput(t, "writing records works again", time.Minute)
}

// TestKilled: a daemon killed again and again while it records has a whole history each time that it is back.
func TestKilled(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules+"history 1\n", "-L")
	known := 0
	for range 5 {
		for i := range 40 {
			if _, err := spamd.Client(t).Check(t.Context(),
				[]byte(e2e.Letter(fmt.Sprint("mail ", i), "This is certainly spam."))); err != nil {
				t.Fatal(err)
			}
			if i == 20 {
				known = len(find(t, spamd, "--limit", "1000"))
			}
		}
		spamd.Kill(t)
		spamd.Restart(t)
		found := find(t, spamd, "--limit", "1000")
		if len(found) < known {
			t.Errorf("%d records, there were %d", len(found), known)
		}
		for _, r := range found {
			if !r.Teachable || len(r.Tests) == 0 || !strings.HasPrefix(r.Subject, "mail ") {
				t.Errorf("half: %+v", r)
			}
		}
		if strings.Contains(spamd.Output(), "damaged file was renamed") {
			t.Fatal(spamd.Output())
		}
	}
}

// TestDamaged: a damaged history is renamed with a warning, and mails go on, with a new one.
func TestDamaged(t *testing.T) {
	spamd := e2e.StartSpamd(t, e2e.TestRules+"history 1\n", "-L")
	spamd.Kill(t)
	e2e.Write(t, filepath.Dir(spamd.Store), "bayes.history", strings.Repeat("this is no history\n", 5000), 0o600)
	spamd.Restart(t)
	spamd.WaitOutput(t, "damaged file was renamed", time.Minute)
	if _, err := spamd.Client(t).Check(t.Context(), []byte(e2e.Letter("hi", "This is certainly spam."))); err != nil {
		t.Fatal(err)
	}
	one(t, spamd)
	if aside, _ := filepath.Glob(spamd.Store + ".history.damaged-*"); len(aside) != 1 {
		t.Errorf("set aside: %v", aside)
	}
}

// TestTwoHosts: two daemons on one Redis find each other's mails; what is taught on one is known to the other; a host
// that
// forgets an address has the other forget it.
func TestTwoHosts(t *testing.T) {
	server := redistest.Start(t)
	start := func() (*e2e.Spamd, *spamc.Client) {
		dir := e2e.Dir(t)
		s := &e2e.Spamd{Milter: "unix:" + dir + "/milter.sock", Control: "unix:" + dir + "/control.sock",
			Store: server.URL("history"),
			Config: e2e.Write(t, dir, "local.cf",
				e2e.TestRules+"history 1\nbayes_auto_learn 0\nbayes_redis_journal "+dir+"/journal\n", 0o644)}
		s.Restart(t, "-L", "--control", s.Control)
		return s, s.Client(t)
	}
	a, askA := start()
	b, askB := start()
	askA.Sender, askA.Recipients = "joe@example.net", []string{"sue@example.org"}
	askB.Sender, askB.Recipients = "joe@example.net", []string{"bob@example.org"}
	letters := make([]string, 3)
	for i := range letters {
		letters[i] = e2e.Letter(fmt.Sprint("mail ", i), "This is certainly spam.")
		other := e2e.Letter(fmt.Sprint("mail ", i), "This is certainly spam.")
		if _, err := askA.Check(t.Context(), []byte(other)); err != nil {
			t.Fatal(err)
		}
		if _, err := askB.Check(t.Context(), []byte(letters[i])); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*e2e.Spamd{a, b} {
		e2e.WaitFor(t, "both hosts' mails on both", time.Minute,
			func() bool { return len(find(t, s, "--from", "joe@example.net")) == 6 })
	}
	r := one(t, a, "to:bob@example.org", "subject:mail 1", "1")
	must(t, a, "teach", "--spam", r.ID.String())
	e2e.WaitFor(t, "what was taught on the other host", time.Minute,
		func() bool { return len(find(t, b, "taught:spam")) == 1 })
	if got := one(t, b, "taught:spam"); got.ID != r.ID || got.Taught[0].By == "" {
		t.Errorf("%+v", got)
	}
	if known, err := askB.Learn(t.Context(), []byte(letters[1]), store.Spam); err != nil ||
		known != classifier.LearnedKnown {
		t.Errorf("the mail itself, learned on the other host: %v, %v", known, err)
	}
	must(t, b, "teach", "--undo", r.ID.String())
	e2e.WaitFor(t, "what was undone on the other host", time.Minute,
		func() bool { return len(find(t, a, "taught:any")) == 0 })
	must(t, a, "forget", "bob@example.org")
	e2e.WaitFor(t, "the other host to forget", time.Minute, func() bool { return len(find(t, b)) == 3 })
	if keys := server.CLI("--no-raw", "XRANGE", strings.TrimSpace(server.CLI("KEYS", "*history")), "-",
		"+"); strings.Contains(keys, "bob@example.org") {
		t.Error("the server still has the address")
	}
}
