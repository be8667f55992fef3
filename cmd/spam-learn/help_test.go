package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"asterism/test/prose"
)

// TestHelp: help has sentences of at most prose.MaxWords words and nouns in place of clauses, and spam-learn(1) has
// each flag, and no other.
func TestHelp(t *testing.T) {
	page, err := os.ReadFile("../../docs/spam-learn.1")
	if err != nil {
		t.Fatal(err)
	}
	cmd := newCommand()
	texts := append(strings.Split(cmd.Long, "\n\n"), cmd.Short)
	flags := map[string]bool{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		texts = append(texts, f.Usage)
		flags[f.Name], flags[f.Shorthand] = true, true
		if !strings.Contains(string(page), "-"+f.Name) && f.Name != "help" && f.Name != "version" {
			t.Errorf("spam-learn(1) lacks --%s", f.Name)
		}
	})
	for _, text := range texts {
		for _, s := range append(prose.Long(text), append(prose.Habits(text), prose.Whats(text)...)...) {
			t.Errorf("shorter, or with a noun: %s", s)
		}
	}
	for _, item := range regexp.MustCompile(`(?m)^\.(?:It|Op) Fl .*`).FindAllString(string(page), -1) {
		for _, m := range regexp.MustCompile(`Fl -?([A-Za-z][a-z-]*)`).FindAllStringSubmatch(item, -1) {
			if !flags[m[1]] {
				t.Errorf("spam-learn(1) has -%s in %q, which is no flag", m[1], item)
			}
		}
	}
}
