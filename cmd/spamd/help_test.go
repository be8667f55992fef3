package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"asterism/test/prose"
)

// walk calls f with a command and all below it.
func walk(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		walk(c, f)
	}
}

// TestHelp: help has lines of at most 120 columns, sentences of at most prose.MaxWords words, and nouns in place of
// clauses. A flag's help begins with a verb and names its value.
func TestHelp(t *testing.T) {
	walk(newCommand(), func(cmd *cobra.Command) {
		t.Run(cmd.Name(), func(t *testing.T) {
			for line := range strings.Lines(cmd.Long) {
				if utf8.RuneCountInString(strings.TrimSpace(line)) > 120 {
					t.Errorf("long line: %s", line)
				}
			}
			texts := append(strings.Split(cmd.Long, "\n\n"), cmd.Short)
			cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
				texts = append(texts, f.Usage)
				if value, _ := pflag.UnquoteUsage(f); value != strings.ToUpper(value) {
					t.Errorf("--%s: no name of its value in %q", f.Name, f.Usage)
				}
				if f.Usage == "" || f.Usage[0] < 'a' || f.Usage[0] > 'z' {
					t.Errorf("--%s: %q does not begin with a verb", f.Name, f.Usage)
				}
			})
			for _, text := range texts {
				for _, s := range prose.Long(text) {
					t.Errorf("more than %d words: %s", prose.MaxWords, s)
				}
				for _, s := range append(prose.Habits(text), prose.Whats(text)...) {
					t.Errorf("use a noun: … %s …", s)
				}
			}
		})
	})
}

// TestManual: spamd(8) has each command and each of its flags, and no other flag.
func TestManual(t *testing.T) {
	data, err := os.ReadFile("../../docs/spamd.8")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	manual := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)-([a-z][a-z-]+)`).FindAllStringSubmatch(page, -1) {
		manual[m[1]] = true
	}
	flags := map[string]bool{"": true}
	walk(newCommand(), func(cmd *cobra.Command) {
		if !strings.Contains(page, cmd.Name()) {
			t.Errorf("spamd(8) lacks the command %s", cmd.Name())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			flags[f.Name], flags[f.Shorthand] = true, true
			if !manual[f.Name] && !f.Hidden && f.Name != "help" {
				t.Errorf("spamd(8) lacks --%s of %s", f.Name, cmd.CommandPath())
			}
		})
	})
	for _, item := range regexp.MustCompile(`(?m)^\.(?:It|Op) Fl .*`).FindAllString(page, -1) {
		for _, m := range regexp.MustCompile(`(?:Fl|,) -?([A-Za-z][a-z-]*)`).FindAllStringSubmatch(item, -1) {
			if name := m[1]; !flags[name] && name != "Fl" && name != "Ns" {
				t.Errorf("spamd(8) has -%s in %q, which no command has", name, item)
			}
		}
	}
}
