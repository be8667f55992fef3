// Package imap_test has Dovecot teach spamd what its users move into Junk and out of it, with the files of
// contrib/dovecot.
package imap_test

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// sieve writes a script of contrib/dovecot for a socket, and compiles it for the configuration.
func sieve(t *testing.T, dir, name, socket, conf string) {
	t.Helper()
	text := e2e.Contrib(t, "dovecot/"+name, map[string]string{"unix:/run/asterism-learn.sock": socket})
	e2e.CompileSieve(t, e2e.Write(t, dir, "sieve/"+name, text+"\n", 0o644), conf)
}

func TestTeachingByFolders(t *testing.T) {
	dir := e2e.Dir(t)
	socket := "unix:" + dir + "/learn.sock"
	port := e2e.FreePort(t)
	spamd := e2e.StartSpamd(t, "bayes_auto_learn 0\n", "-L", "--http", fmt.Sprintf("inet:%d@127.0.0.1", port),
		"--control", socket, "--control-mode", "0660", "--control-group", "nogroup")
	conf := e2e.Contrib(t, "dovecot/90-asterism-imapsieve.conf", map[string]string{
		"file:/etc/dovecot/sieve/learn-spam.sieve": "file:" + dir + "/sieve/learn-spam.sieve",
		"file:/etc/dovecot/sieve/learn-ham.sieve":  "file:" + dir + "/sieve/learn-ham.sieve",
		"sieve_pipe_bin_dir = /usr/bin":            "sieve_pipe_bin_dir = " + filepath.Dir(e2e.PublicBinary(t, "spam-learn")),
	})
	sieve(t, dir, "learn-spam.sieve", socket, conf)
	sieve(t, dir, "learn-ham.sieve", socket, conf)
	dovecot := e2e.StartDovecot(t, []string{"bob"}, conf)
	knows := func(what string, ham, spam int) {
		t.Helper()
		e2e.WaitFor(t, fmt.Sprintf("%s: %d ham, %d spam", what, ham, spam), 20*time.Second, func() bool {
			res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, _ := io.ReadAll(res.Body)
			return strings.Contains(string(text), fmt.Sprintf("asterism_store_messages{class=\"ham\"} %d\n", ham)) &&
				strings.Contains(string(text), fmt.Sprintf("asterism_store_messages{class=\"spam\"} %d\n", spam))
		})
	}
	bob := e2e.LoginIMAP(t, dovecot.IMAP, "bob")
	bob.Save("INBOX", e2e.Letter("offer", "Cheap watches."))
	knows("mail in the inbox", 0, 0)
	bob.Move("INBOX", "Junk")
	knows("moved into Junk", 0, 1)
	bob.Move("Junk", "INBOX")
	knows("moved back", 1, 0)
	bob.Save("Junk", e2e.Letter("another", "Cheap medicine."))
	knows("saved in Junk", 1, 1)
	bob.Move("Junk", "Trash")
	bob.Save("Junk", e2e.Letter("a third", "Cheap loans."))
	knows("thrown away, and another saved in Junk", 1, 2)

	// While no daemon answers the user's folders work all the same.
	spamd.Signal(syscall.SIGTERM)
	spamd.Wait(t, 20*time.Second)
	bob.Move("Junk", "INBOX")
	spamd.Restart(t)
	bob.Move("INBOX", "Junk") // the first mail, which counted as ham
	knows("after a restart", 0, 3)
}

// Whom the socket's mode keeps out is told so, and teaches nothing.
func TestOthersMayNotTeach(t *testing.T) {
	e2e.NeedRoot(t)
	dir := e2e.Dir(t)
	socket := "unix:" + dir + "/learn.sock"
	e2e.StartSpamd(t, "", "-L", "--control", socket, "--control-mode", "0660", "--control-group", "mail")
	learn := e2e.PublicBinary(t, "spam-learn")
	for who, want := range map[*syscall.Credential]int{
		{Uid: 65534, Gid: 65534}: 77,
		{Uid: 65534, Gid: 8}:     0, // group mail
	} {
		cmd := exec.Command(learn, "--control", socket, "--spam")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
		cmd.Env, cmd.Dir = []string{"HOME=/nonexistent"}, "/"
		cmd.Stdin = strings.NewReader(e2e.Letter("offer", "Cheap watches."))
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("group %d: exit %d, want %d: %s", who.Gid, code, want, out)
		}
	}
}
