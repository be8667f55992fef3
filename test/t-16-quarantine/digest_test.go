package quarantine_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// TestDigest: the administrator is told once of what is new, by cron's command or by the daemon, in a mail that
// passes although it quotes spam.
func TestDigest(t *testing.T) {
	s := start(t, "admin_address admin@example.org\nrequired_score 1\nquarantine_score 1\nquarantine_to directory\n")
	submitter := s.Submitter(t)
	e2e.MustSend(t, s.Addr, "alice@example.net", "bob@example.org", e2e.Letter("This is certainly spam.",
		"This is certainly spam."))
	id := s.items(t)[0].ID
	if out := s.must(t, submitter, "notify"); out != "1 new\n" {
		t.Errorf("notify prints %q", out)
	}
	digest := unquote(s.Mail(t, "admin"))
	for _, want := range []string{"\nSubject: 1 new in the quarantine of ", "\nAuto-Submitted: auto-generated\n",
		"\nX-Spam-Quarantine: digest; ", "  from     <alice@example.net>",
		"  subject  This is certainly spam.", "spamd quarantine -c " + s.spamd.Config, " release " + id + "\n"} {
		if !strings.Contains(digest, want) {
			t.Errorf("the digest lacks %q:\n%s", want, digest)
		}
	}
	if strings.Contains(digest, "key=") {
		t.Errorf("the digest has a code:\n%s", digest)
	}
	if out := s.must(t, submitter, "notify"); out != "0 new\n" {
		t.Errorf("a second notify prints %q", out)
	}

	command := strings.TrimSpace(digest[strings.Index(digest, "  spamd quarantine"):strings.Index(digest, id+"\n\n")]) +
		" " + id
	if fields := strings.Fields(command); fields[0] != "spamd" || fields[len(fields)-2] != "release" {
		t.Fatalf("the digest's command is %q", command)
	}
	out, err := exec.Command("sh", "-c", "PATH="+filepath.Dir(e2e.Binary(t, "spamd"))+":$PATH; "+command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	s.Mail(t, "bob")
}

// unquote undoes the quoted-printable lines of a digest.
func unquote(mail string) string {
	return strings.NewReplacer("=\n", "", "=3D", "=").Replace(mail)
}

// TestDailyDigest: the daemon sends one by itself.
func TestDailyDigest(t *testing.T) {
	s := start(t, "admin_address admin@example.org\n")
	e2e.MustSend(t, s.Addr, "alice@example.net", "caught@example.org", e2e.Letter("an offer", "This is certainly spam."))
	extra := e2e.Write(t, filepath.Dir(s.spamd.Config), "daily.cf", "quarantine_submit smtp:"+socket(s.Addr)+"\n", 0o644)
	s.spamd.Signal(syscall.SIGTERM)
	s.spamd.Wait(t, 30*time.Second)
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(s.dir+"/.digest", yesterday, yesterday); err != nil { // of when it looked at an empty quarantine
		t.Fatal(err)
	}
	s.spamd.Restart(t, "-c", extra)
	if digest := s.Mail(t, "admin"); !strings.Contains(digest, "an offer") {
		t.Errorf("the digest is\n%s", digest)
	}
	s.spamd.WaitOutput(t, `msg="quarantine: digest" to=admin@example.org mails=1`, 10*time.Second)
}

// TestWhatCannotBeKept: a mail that does not fit into the quarantine is delivered with its verdict, or its sender has
// to come again.
func TestWhatCannotBeKept(t *testing.T) {
	mount, umount := e2e.Tool(t, "mount", "mount"), e2e.Tool(t, "umount", "mount")
	for onError, want := range map[string]string{"accept": "", "tempfail": "451"} {
		t.Run(onError, func(t *testing.T) {
			s := start(t, "on_error "+onError+"\n")
			e2e.Run(t, mount, "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", s.dir)
			t.Cleanup(func() { e2e.Run(t, umount, s.dir) })
			letter := func(lines int) string {
				return e2e.Letter("an offer", "This is certainly spam.\n"+strings.Repeat("0123456789 0123456789 0123456789\n",
					lines))
			}
			if err := e2e.Send(s.Addr, "alice@example.net", []string{"caught@example.org"}, letter(100)); err != nil {
				t.Fatalf("a mail that fits: %v", err)
			}
			err := e2e.Send(s.Addr, "alice@example.net", []string{"caught@example.org"}, letter(2900))
			if fmt.Sprint(err)[:min(3, len(want))] != want && (want != "" || err != nil) {
				t.Errorf("one that does not fit: %v, want %q", err, want)
			}
			if !strings.Contains(s.spamd.Output(), "no space left on device") {
				t.Errorf("the log does not say why:\n%s", s.spamd.Output())
			}
			if onError == "accept" {
				if fields := e2e.HeaderFields(s.Mail(t, "caught"), "X-Spam-Score"); len(fields) != 1 {
					t.Errorf("delivered with %q", fields)
				}
			} else if len(s.Mails(t, "caught")) != 0 {
				t.Error("refused for now, and delivered")
			}
			if items := s.items(t); len(items) != 1 || items[0].Size > 20_000 {
				t.Errorf("the quarantine has %+v", items)
			}
			if err := e2e.Send(s.Addr, "alice@example.net", []string{"caught@example.org"}, letter(100)); err != nil {
				t.Errorf("what was left half has not made room again: %v", err)
			}
		})
	}
}

// TestUnwritableQuarantine: the daemon does not start with a quarantine that it cannot use, and says which.
func TestUnwritableQuarantine(t *testing.T) {
	dir := e2e.Dir(t)
	file := e2e.Write(t, dir, "file", "", 0o644)
	cf := e2e.Write(t, dir, "x.cf", "quarantine_dir "+file+"/q\nquarantine_to directory\n", 0o644)
	out, err := exec.Command(e2e.Binary(t, "spamd"), "-c", cf, "-L", "--milter", "none", "--bayes-path",
		dir+"/store").CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 69 || !strings.Contains(string(out), file+"/q") &&
		!strings.Contains(string(out), file) {
		t.Errorf("%v\n%s", err, out)
	}
}
