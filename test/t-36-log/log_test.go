// Package log_test reads what spamd logs of mails, on systemd's journal and elsewhere, and what spamd check prints.
package log_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/listen"
	"asterism/spamc"
	"asterism/store"
	"asterism/test/e2e"
)

// few are the least messages that make Bayes count.
const few = "bayes_min_ham_num 2\nbayes_min_spam_num 2\n"

// journaled is a spamd whose standard error is what systemd says is a stream to the journal: here a file.
type journaled struct {
	*e2e.Process
	file, milter, store string
}

func startJournaled(t *testing.T, cf string, args ...string) *journaled {
	t.Helper()
	dir := e2e.Dir(t)
	j := &journaled{file: filepath.Join(dir, "journal"), milter: dir + "/milter.sock", store: filepath.Join(dir, "store",
		"bayes")}
	file, err := os.Create(j.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	at := info.Sys().(*syscall.Stat_t)
	// Start takes standard error for itself: the shell gives it away again.
	line := append([]string{"-c", `exec "$@" 2>>` + j.file, "sh", e2e.Binary(t, "spamd"), "-L", "-c",
		e2e.Write(t, dir, "local.cf", cf, 0o644),
		"--bayes-path", j.store, "--milter", "unix:" + j.milter}, args...)
	cmd := exec.Command(e2e.Tool(t, "sh", "dash"), line...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("JOURNAL_STREAM=%d:%d", at.Dev, at.Ino))
	j.Process = e2e.Start(t, cmd)
	j.wait(t, "msg=listening")
	return j
}

func (j *journaled) text(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(j.file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (j *journaled) wait(t *testing.T, text string) {
	t.Helper()
	e2e.WaitFor(t, "in the journal: "+text, time.Minute, func() bool { return strings.Contains(j.text(t), text) })
}

// field is a header field as an MTA hands it out.
type field struct{ name, value string }

// send hands a mail of these fields over to a milter.
func send(t *testing.T, path, qid string, fields ...field) {
	t.Helper()
	macros := gomilter.NewMacroBag()
	macros.Set("i", qid)
	s, err := gomilter.NewClient("unix", path).Session(macros)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	steps := []func() (*gomilter.Action, error){
		func() (*gomilter.Action, error) {
			return s.Conn("mx.example.net", gomilter.FamilyInet, 25, "192.0.2.1")
		},
		func() (*gomilter.Action, error) { return s.Helo("mx.example.net") },
		func() (*gomilter.Action, error) { return s.Mail("alice@example.net", "") },
		func() (*gomilter.Action, error) { return s.Rcpt("bob@example.org", "") },
		s.DataStart,
	}
	for _, f := range fields {
		steps = append(steps, func() (*gomilter.Action, error) { return s.HeaderField(f.name, f.value, nil) })
	}
	steps = append(steps, s.HeaderEnd, func() (*gomilter.Action, error) {
		_, action, err := s.BodyReadFrom(strings.NewReader("This is certainly spam.\r\n"))
		return action, err
	})
	for _, step := range steps {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJournal: each line has its priority and no time; a mail has one line, whatever its sender writes.
func TestJournal(t *testing.T) {
	j := startJournaled(t, e2e.TestRules+few+"log_subject 1\n")
	addr, err := listen.Parse("unix:" + j.store + ".sock")
	if err != nil {
		t.Fatal(err)
	}
	client := &spamc.Client{Addr: addr}
	for _, class := range []store.Class{store.Ham, store.Spam} {
		for i := range 2 {
			mail := e2e.Letter(fmt.Sprint(class, i), fmt.Sprint("words of ", class, " ", i))
			if _, err := client.Learn(t.Context(), []byte(mail), class); err != nil {
				t.Fatal(err)
			}
		}
	}
	mails := []struct{ id, subject, want string }{
		{"<plain@example.net>", "Offer", `msgid=<plain@example.net> subject=Offer score=`},
		{"<a@b>\n\t<0>time=now level=ERROR msg=forged", "x\n\t<0>msg=mail action=reject",
			`msgid="<a@b> <0>time=now level=ERROR msg=forged" subject="x <0>msg=mail action=reject" score=`},
		{"<a@b>\" action=\"discard", "=?utf-8?q?x=0A<0>msg=3Dforged=1B[2J=E2=80=AE?=",
			`msgid="<a@b>\" action=\"discard" subject="x\n<0>msg=forged\x1b[2J\u202e" score=`},
		{"<" + strings.Repeat("y", 90<<10/2), strings.Repeat("z", 30<<10), `msgid=<` + strings.Repeat("y", 199) +
			`… subject=` + strings.Repeat("z", 200) + "… score="},
		{"", "", `msgid="" subject="" score=`},
	}
	for i, m := range mails {
		send(t, j.milter, fmt.Sprint("QID", i), field{"From", "alice@example.net"}, field{"Message-ID", m.id},
			field{"Subject", m.subject})
		j.wait(t, fmt.Sprintf("qid=QID%d ", i))
	}
	large := strings.Repeat("large ", 20<<10)
	send(t, j.milter, "QIDlarge", field{"Message-ID", "<large@example.net>"}, field{"Subject", "Large"},
		field{"X-Large", large})
	j.wait(t, "qid=QIDlarge ")
	if _, err := client.Check(t.Context(), []byte(e2e.Letter("By spamc", "This is certainly spam."))); err != nil {
		t.Fatal(err)
	}
	j.wait(t, "verb=")
	j.Signal(syscall.SIGTERM)
	j.Wait(t, time.Minute)

	form := regexp.MustCompile(`^<[3467]>msg=`)
	text := j.text(t)
	for line := range strings.Lines(text) {
		if !form.MatchString(line) || strings.Contains(line, " time=2") || strings.Contains(line, " level=INFO") {
			t.Errorf("the journal gets %q", line)
		}
	}
	for i, m := range mails {
		line := oneLine(t, text, fmt.Sprintf("qid=QID%d ", i))
		if !strings.HasPrefix(line, "<6>msg=mail ") || !strings.Contains(line, m.want) {
			t.Errorf("got %s\nwant %s", line, m.want)
		}
		if !regexp.MustCompile(
			` bayes=[01]\.\d{4} tests=".*E2E_SPAM=10\.0.*" autolearn=\S+ action=tag ms=\d+\n$`).MatchString(line) {
			t.Errorf("no points, no probability: %s", line)
		}
	}
	if line := oneLine(t, text, "qid=QIDlarge "); !strings.Contains(line,
		`msgid=<large@example.net> subject=Large action=skip`) {
		t.Errorf("a mail not scanned: %s", line)
	}
	if line := oneLine(t, text, "verb="); !regexp.MustCompile(`^<6>msg=mail .*msgid=<\d+\.letter@example\.net> ` +
		`subject="By spamc" score=.* tests=".*E2E_SPAM=10\.0`).
		MatchString(line) {
		t.Errorf("by the spamd protocol: %s", line)
	}
}

// oneLine returns the one line about a mail.
func oneLine(t *testing.T, text, key string) string {
	t.Helper()
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, key) && strings.Contains(line, "msg=mail ") {
			found = append(found, line)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines with %q:\n%s", len(found), key, text)
	}
	return found[0]
}

// TestPriorities: warnings and errors are that in the journal; the subject is private; what is not counted is said.
func TestPriorities(t *testing.T) {
	j := startJournaled(t, e2e.TestRules+"no_such_option 1\n")
	j.wait(t, "Bayes does not count yet")
	send(t, j.milter, "QID", field{"Message-ID", "<a@b>"}, field{"Subject", "Private"})
	j.wait(t, "qid=QID ")
	text := j.text(t)
	for _, want := range []string{"\n<6>msg=listening", "<4>msg=configuration",
		"\n<4>msg=\"Bayes does not count yet: 0 of 5 ham, 0 of 5 spam learned\"", " bayes=- "} {
		if !strings.Contains("\n"+text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Private") {
		t.Errorf("the subject is logged:\n%s", text)
	}
	// A second one on the same sockets ends with an error.
	cmd := exec.Command("sh", "-c", `exec "$@" 2>>`+j.file, "sh", e2e.Binary(t, "spamd"), "-L", "--bayes-path", j.store,
		"--milter", "unix:"+j.milter)
	info, err := os.Stat(j.file)
	if err != nil {
		t.Fatal(err)
	}
	at := info.Sys().(*syscall.Stat_t)
	cmd.Env = append(os.Environ(), fmt.Sprintf("JOURNAL_STREAM=%d:%d", at.Dev, at.Ino))
	if err := cmd.Run(); err == nil || !strings.Contains(j.text(t), "\n<3>spamd: ") {
		t.Errorf("%v; the journal has no error:\n%s", err, j.text(t))
	}
}

// TestNotOnTheJournal: what was the journal's for another process is not ours.
func TestNotOnTheJournal(t *testing.T) {
	t.Setenv("JOURNAL_STREAM", "1:2")
	s := e2e.StartSpamd(t, "local_tests_only 1\n")
	if out := s.Output(); !strings.Contains(out, "time=") || !strings.Contains(out, "level=INFO msg=listening") ||
		strings.Contains(out, "<6>") {
		t.Errorf("standard error has\n%s", out)
	}
}

// TestCheckSaysWhy: what spamd check prints of a mail, and that Bayes is not counted.
func TestCheckSaysWhy(t *testing.T) {
	dir := e2e.Dir(t)
	mail := e2e.Write(t, dir, "mail.eml", e2e.Letter("=?utf-8?q?Caf=C3=A9?=", "This is certainly spam."), 0o644)
	cf := e2e.Write(t, dir, "local.cf", e2e.TestRules+few+"max_size 2000\n", 0o644)
	path := filepath.Join(dir, "bayes")
	check := func(args ...string) (out, says string) {
		t.Helper()
		cmd := exec.Command(e2e.Binary(t, "spamd"), append([]string{"check", "-L", "-c", cf, "--bayes-path", path},
			args...)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		b, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		return string(b), stderr.String()
	}
	type verdict struct {
		MessageID string `json:"message_id"`
		Subject   string
		Bayes     *float64
		BayesOff  string `json:"bayes_off"`
		Class     string
		Tokens    []struct {
			Token     string
			Ham, Spam int
			Pull      float64
		}
	}
	read := func(out string) (v verdict) {
		t.Helper()
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return v
	}
	const lacks = "0 of 2 ham, 0 of 2 spam learned"
	out, says := check(mail, mail)
	if !strings.Contains(out, "\tspam\t-\t") || !strings.Contains(says, "2 checked: 2 spam, 0 ham; Bayes off: "+lacks) {
		t.Errorf("check prints\n%s%s", out, says)
	}
	out, _ = check("--json", mail)
	if v := read(out); v.Bayes != nil || !strings.Contains(v.BayesOff, lacks) || v.Subject != "Café" ||
		!strings.HasSuffix(v.MessageID, ".letter@example.net>") {
		t.Errorf("--json: %s", out)
	}
	for class, text := range map[string]string{"--ham": "agenda", "--spam": "casino"} {
		for i := range 2 {
			box := e2e.Write(t, dir, "box", e2e.Letter(fmt.Sprint(text, i), fmt.Sprint(text, " ", i)), 0o644)
			e2e.Run(t, e2e.Binary(t, "spam-learn"), "--bayes-path", path, class, box)
		}
	}
	casino := e2e.Write(t, dir, "casino.eml", e2e.Letter("casino", "casino"), 0o644)
	large := e2e.Write(t, dir, "large.eml", e2e.Letter("large", strings.Repeat("large ", 1000)), 0o644)
	out, says = check("--json", casino, large)
	first, second, _ := strings.Cut(out, "\n")
	v := read(first)
	if v.Bayes == nil || v.BayesOff != "" || len(v.Tokens) == 0 || v.Tokens[0].Pull == 0 ||
		v.Tokens[0].Ham+v.Tokens[0].Spam == 0 {
		t.Errorf("--json, taught: %s", first)
	}
	if v := read(second); v.Class != "skipped" {
		t.Errorf("--json of a mail not scanned: %s", second)
	}
	if !strings.Contains(says, "2 checked: ") || !strings.Contains(says, "1 skipped") || !strings.Contains(says,
		": 2 ham, 2 spam") {
		t.Errorf("the last line: %s", says)
	}
}
