// Package parity_test shows that with SpamAssassin's own rule files `spamd check` says what `spamassassin` says of
// mail of today: that of data/testdata. (docs/parity.md has the figures of a large old corpus.)
package parity_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"asterism/message"
	"asterism/test/e2e"
)

const (
	stockRules = "/usr/share/spamassassin"
	siteFiles  = "/etc/spamassassin"

	// localCF leaves out Bayes, and makes a top-level domain of the one that the mails' invented names are in.
	localCF = "use_bayes 0\nreport_safe 0\nfold_headers 0\nutil_rb_tld example\nclear_headers\n" +
		"add_header all Said _SCORE_ _TESTS_\n"

	// statefulRule is missed by SpamAssassin in all messages but the first of a process (docs/parity.md).
	statefulRule = "GB_CUSTOM_HTM_URI"
)

// wellFormed are the classes of mails that both programs read alike. Broken MIME is read here as mail programs show it.
var wellFormed = []string{"ham", "open", "spam"}

// mostDifferent is how many of a hundred mails may differ in any test.
const mostDifferent = 3

func TestParity(t *testing.T) {
	e2e.Tool(t, "spamassassin", "spamassassin")
	var mails []string
	for _, class := range wellFormed {
		some, err := filepath.Glob(filepath.Join(e2e.Root(t), "data/testdata", class, "*.eml"))
		if err != nil || len(some) == 0 {
			t.Fatalf("no mails of class %s: %v", class, err)
		}
		mails = append(mails, some...)
	}
	site := t.TempDir()
	pre, err := filepath.Glob(siteFiles + "/*.pre")
	if err != nil || len(pre) == 0 {
		t.Fatalf("no plug-ins: Debian's package spamassassin has them in %s", siteFiles)
	}
	for _, name := range pre {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		e2e.Write(t, site, filepath.Base(name), string(data), 0o644)
	}
	e2e.Write(t, site, "local.cf", localCF, 0o644)
	theirs, ours := askSpamAssassin(t, site, mails), askSpamd(t, site, mails)
	different := 0
	for i, name := range mails {
		if theirs[i] != ours[i] {
			different++
			t.Logf("%s:\n\tspamassassin: %s\n\tspamd:        %s", filepath.Base(name), theirs[i], ours[i])
		}
	}
	t.Logf("%d of %d mails differ", different, len(mails))
	if different*100 > mostDifferent*len(mails) {
		t.Errorf("%d of %d mails differ", different, len(mails))
	}
}

// verdict writes names in their order, without the one that cannot be compared.
func verdict(names []string) string {
	names = slices.DeleteFunc(names, func(n string) bool { return n == "none" || n == "" || n == statefulRule })
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

// askSpamAssassin has one process scan all mails.
func askSpamAssassin(t *testing.T, site string, mails []string) []string {
	t.Helper()
	var mbox bytes.Buffer
	for i, name := range mails {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\nFrom "), []byte("\n>From "))
		mbox.WriteString("From a@b Sat Nov 21 10:00:00 2026\nX-Number: " + strconv.Itoa(i) + "\n")
		mbox.Write(bytes.TrimRight(raw, "\n"))
		mbox.WriteString("\n\n")
	}
	cmd := exec.Command("spamassassin", "-L", "-x", "--mbox", "-C", stockRules, "--siteconfigpath="+site, "-p",
		"/dev/null")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C", "TZ=UTC")
	cmd.Stdin = &mbox
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v\n%s", err, stderr.String())
	}
	said := make([]string, len(mails))
	for raw := range bytes.SplitSeq(bytes.TrimPrefix(out, []byte("From ")), []byte("\n\nFrom ")) {
		h := message.Parse(append([]byte("From "), raw...)).Header()
		if i, err := strconv.Atoi(h.Get("X-Number")); err == nil && i < len(said) {
			_, names, _ := strings.Cut(h.Get("X-Spam-Said"), " ")
			said[i] = verdict(strings.Split(names, ","))
		}
	}
	return said
}

// askSpamd has one process check all files.
func askSpamd(t *testing.T, site string, mails []string) []string {
	t.Helper()
	args := append([]string{"check", "-L", "--configpath", stockRules, "--siteconfigpath", site, "--bayes-path",
		t.TempDir()}, mails...)
	cmd := exec.Command(e2e.Binary(t, "spamd"), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("spamd check: %v", err)
	}
	var said []string
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) < 6 {
			t.Fatalf("spamd check printed %q", line)
		}
		said = append(said, verdict(strings.Split(columns[5], ",")))
	}
	if len(said) != len(mails) {
		t.Fatalf("%d verdicts on %d mails", len(said), len(mails))
	}
	return said
}
