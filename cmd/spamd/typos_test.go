package main

import (
	"strings"
	"testing"
)

// TestTypos: what is no command and no flag names the one that may have been meant.
func TestTypos(t *testing.T) {
	for args, want := range map[string]string{
		"--milterr none":             "did you mean --milter?",
		"check --jsno":               "did you mean --json?",
		"chekc":                      "did you mean check?",
		"quarantine lst":             `unknown command "quarantine lst", did you mean list?`,
		"quarantine foo":             `unknown command "quarantine foo"`,
		"quarantine list --jsom":     "did you mean --json?",
		"mda --sendr a -- cat":       "did you mean --sender?",
		"doctor --quite":             "did you mean --quiet?",
		"--nothing-like-this":        "unknown flag --nothing-like-this",
		"quarantine release --foo-1": "unknown flag --foo-1",
	} {
		cmd := newCommand()
		cmd.SetArgs(strings.Fields(args))
		if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("spamd %s: %v, want %q", args, err, want)
		}
	}
}
