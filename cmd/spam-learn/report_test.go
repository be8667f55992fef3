package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReport: --report and --revoke tell the services that are switched on, and learn as well.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, exit := range map[string]string{"pyzor": "0", "dccproc": "0", "razor-check": "0", "razor-report": "0",
		"razor-revoke": "3"} {
		script := "#!/bin/sh\necho \"$(basename $0) $*\" >>" + log +
			"\ncat >/dev/null\necho 'X-DCC-x-Metrics: h 1; Body=many'\nexit " + exit + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mail := filepath.Join(dir, "mail")
	if err := os.WriteFile(mail, []byte("Subject: x\n\nhello, this is a mail of some length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cf := filepath.Join(dir, "cf")
	if err := os.WriteFile(cf,
		[]byte("use_pyzor 1\npyzor_path "+dir+"/pyzor\nuse_dcc 1\ndcc_path "+dir+"/dccproc\nuse_razor2 1\nrazor_path "+
			dir+"/razor-check\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "bayes")
	for _, tc := range []struct{ flag, summary, ran, stderr string }{
		{"--report", "learned 1, already known 0, skipped 0", "dccproc -H -x 0 -t many\npyzor report\nrazor-report -\n", ""},
		{"--revoke", "of the learned 1 were spam before", "pyzor whitelist\nrazor-revoke -\n", "razor2: "},
	} {
		os.Remove(log)
		stdout, stderr, code := learn(t, tc.flag, "-c", cf, "--bayes-path", store, mail)
		if code != 0 || !strings.Contains(stdout, tc.summary) || !strings.Contains(stdout, "reported ") ||
			!strings.Contains(stderr, tc.stderr) {
			t.Errorf("%s: code %d, %q, %q", tc.flag, code, stdout, stderr)
		}
		ran, _ := os.ReadFile(log)
		lines := strings.SplitAfter(strings.TrimSuffix(string(ran), "\n")+"\n", "\n")
		for _, want := range strings.SplitAfter(tc.ran, "\n") {
			if !slices.Contains(lines, want) {
				t.Errorf("%s ran %q, not %q", tc.flag, ran, want)
			}
		}
	}
	if _, stderr, code := learn(t, "--report", "--bayes-path", store, mail); code != exitConfig ||
		!strings.Contains(stderr, "use_pyzor") {
		t.Errorf("with nobody to report to: code %d, %q", code, stderr)
	}
}
