// Package attachments_test shows what becomes of mails by what is attached to them: through sendmail, and through the
// fronts that hand back whole messages.
package attachments_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

const policies = e2e.TestRules + `
attachment_action drop bad_name
attachment_note Removed: _NAME_ for _REASON_.
attachment_action quarantine encrypted kind=zip
attachment_reject_reply "554 5.7.1 No disguises"
attachment_action reject disguised
for rcpt all@example.org
  attachment_action none
end
for rcpt trash@example.org
  attachment_action discard name=/\.txt$/i in=zip
end
`

// program is the beginning of one, and a tail that shows whether it is still there.
var program = "MZ" + strings.Repeat("\x00\x90", 200) + "the program's end"

// letter is a mail with a file attached.
func letter(fields, name, content string) string {
	return fields + "From: Alice <alice@example.net>\r\nTo: bob@example.org\r\nSubject: papers\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nThe papers.\r\n" +
		"--b1\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(content)) + "\r\n--b1--\r\n"
}

// packed returns an archive that a program makes of one file.
func packed(t *testing.T, file, content, archive, program, pack string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(e2e.Tool(t, program, pack), append(args, archive, file)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, archive))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestActions: drop, quarantine, discard and reject, by names in archives, kinds and encryption.
func TestActions(t *testing.T) {
	spamd := e2e.StartSpamd(t, policies, "-L")
	mta := e2e.StartSendmail(t, e2e.SendmailOptions{MC: spamd.InputMailFilter(t)})
	send := func(to, mail string) error {
		return e2e.Send(mta.Addr, "alice@example.net", []string{to + "@example.org"}, mail)
	}
	bare := base64.StdEncoding.EncodeToString([]byte(program))[:60]
	inZip := packed(t, "papers.exe", program, "papers.zip", "zip", "zip", "-q")
	t.Run("drop", func(t *testing.T) {
		for to, mail := range map[string]string{
			"bare": letter("", "papers.exe", program), "zip": letter("", "papers.zip", inZip),
			"seven": letter("", "papers.7z", packed(t, "papers.exe", program, "papers.7z", "7z", "p7zip-full", "a")),
		} {
			if err := send(to, mail); err != nil {
				t.Fatal(err)
			}
			got := mta.Mail(t, to)
			if !strings.Contains(got, "Removed: papers.") || !strings.Contains(got, "for bad_name.") ||
				!strings.Contains(got, "The papers.") ||
				strings.Contains(got, bare) || strings.Count(got, "--b1") != 3 || strings.Contains(got, "filename=") {
				t.Errorf("%s:\n%s", to, got)
			}
		}
	})
	t.Run("drop all", func(t *testing.T) {
		mail := "From: a@example.net\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: application/octet-stream;\r\n" +
			" name=papers.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString([]byte(program)) + "\r\n"
		if err := send("whole", mail); err != nil {
			t.Fatal(err)
		}
		got := mta.Mail(t, "whole")
		if !strings.Contains(got, "Removed: papers.exe") || strings.Contains(got, bare) ||
			len(e2e.HeaderFields(got, "Content-Type")) != 1 ||
			!strings.Contains(got, "\nContent-Type: text/plain; charset=utf-8") {
			t.Errorf("%s", got)
		}
	})
	t.Run("signed", func(t *testing.T) {
		if err := send("signed", letter("DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=s; h=from; bh=x; b=x\r\n",
			"papers.exe", program)); err != nil {
			t.Fatal(err)
		}
		if got := mta.Mail(t, "signed"); !strings.Contains(got, bare) || strings.Contains(got, "Removed:") {
			t.Errorf("%s", got)
		}
		if log := spamd.Output(); !strings.Contains(log, "attachment_drop_signed 0") {
			t.Errorf("the log does not say so:\n%s", log)
		}
	})
	t.Run("exempt", func(t *testing.T) {
		if err := send("all", letter("", "papers.exe", program)); err != nil {
			t.Fatal(err)
		}
		if got := mta.Mail(t, "all"); !strings.Contains(got, bare) {
			t.Errorf("%s", got)
		}
	})
	t.Run("reject", func(t *testing.T) {
		if err := send("bob", letter("", "papers.pdf", program)); err == nil || !strings.HasPrefix(err.Error(), "554") ||
			!strings.Contains(err.Error(), "5.7.1 No disguises") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("quarantine", func(t *testing.T) {
		mail := letter("", "papers.zip", packed(t, "papers.txt", "hello", "papers.zip", "zip", "zip", "-qP", "secret"))
		if err := send("held", mail); err != nil {
			t.Fatal(err)
		}
		spamd.WaitOutput(t, "action=quarantine", time.Minute)
		if len(mta.Mails(t, "held")) != 0 {
			t.Error("a quarantined mail has been delivered")
		}
	})
	t.Run("discard", func(t *testing.T) {
		if err := send("trash", letter("", "papers.zip", packed(t, "papers.txt", "hello", "papers.zip", "zip", "zip",
			"-q"))); err != nil {
			t.Fatal(err)
		}
		spamd.WaitOutput(t, "action=discard", time.Minute)
	})
}

// TestWholeMessages: a front that hands back whole messages drops parts too, by the lines of the site.
func TestWholeMessages(t *testing.T) {
	dir := t.TempDir()
	cf := e2e.Write(t, dir, "site.cf", "use_bayes 0\nbayes_path "+dir+"/bayes\n"+policies, 0o600)
	for name, mail := range map[string]string{
		"bare": letter("", "papers.exe", program),
		"7z":   letter("", "papers.7z", packed(t, "papers.exe", program, "papers.7z", "7z", "p7zip-full", "a")),
	} {
		file := e2e.Write(t, dir, name+".eml", mail, 0o600)
		got := e2e.Run(t, e2e.Binary(t, "spamd"), "check", "-L", "--headers", "-c", cf, file)
		if !strings.Contains(got, "Removed: papers.") || !strings.Contains(got, "The papers.") ||
			strings.Contains(got, "filename=") ||
			!strings.HasPrefix(got, "X-Spam-Score: ") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}
