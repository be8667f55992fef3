// Package docs_test holds the project's texts to their form, and docs/flow.md to the tree.
package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"asterism/test/prose"
)

// maxColumns is how long a line may be.
const maxColumns = 120

// TestSentences: no sentence of guides and manual pages is longer than prose.MaxWords words.
func TestSentences(t *testing.T) {
	for _, c := range []struct {
		patterns []string
		read     func(string) []string
	}{
		{[]string{"../*.md", "*.md"}, prose.Markdown},
		{[]string{"*.[1-8]"}, prose.Manual},
	} {
		for _, name := range files(t, c.patterns...) {
			t.Run(filepath.Base(name), func(t *testing.T) {
				for _, paragraph := range c.read(read(t, name)) {
					for _, s := range prose.Long(paragraph) {
						t.Errorf("more than %d words: %s", prose.MaxWords, s)
					}
				}
			})
		}
	}
}

// TestClauses: guides and manual pages have nouns in place of clauses with "what", "those that" and their like.
func TestClauses(t *testing.T) {
	for _, name := range files(t, "../CONTRIBUTING.md", "../README.md", "*.md", "*.[1-8]") {
		paragraphs := prose.Markdown
		if filepath.Ext(name) != ".md" {
			paragraphs = prose.Manual
		}
		for _, p := range paragraphs(read(t, name)) {
			for _, s := range append(prose.Habits(p), prose.Whats(p)...) {
				t.Errorf("%s: use a noun: … %s …", name, s)
			}
		}
	}
}

// TestColumns: lines of guides and manual pages have at most maxColumns characters. Rows of tables and
// lines of examples may be longer.
func TestColumns(t *testing.T) {
	for _, name := range files(t, "../CONTRIBUTING.md", "../README.md", "../SECURITY.md", "*.md", "*.[1-8]") {
		for n, line := range strings.Split(read(t, name), "\n") {
			rigid := strings.HasPrefix(line, "|") || strings.HasPrefix(line, "    ") && strings.HasSuffix(name, ".md")
			if utf8.RuneCountInString(line) > maxColumns && !rigid {
				t.Errorf("%s:%d: more than %d columns", name, n+1, maxColumns)
			}
		}
	}
}

func files(t *testing.T, patterns ...string) (names []string) {
	t.Helper()
	for _, p := range patterns {
		some, err := filepath.Glob(p)
		if err != nil || len(some) == 0 {
			t.Fatalf("%s: no files: %v", p, err)
		}
		names = append(names, some...)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
