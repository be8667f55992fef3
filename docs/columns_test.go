package docs_test

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestGoColumns: lines of Go have at most maxColumns characters, except those of raw strings of several lines, such as
// a message that a test sends.
func TestGoColumns(t *testing.T) {
	err := filepath.WalkDir("..", func(name string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "var" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(name) == ".go":
			goColumns(t, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func goColumns(t *testing.T, name string) {
	t.Helper()
	text := read(t, name)
	var raw map[int]bool
	for n, line := range strings.Split(text, "\n") {
		if utf8.RuneCountInString(line) <= maxColumns {
			continue
		}
		if raw == nil {
			raw = rawLines(text)
		}
		if !raw[n+1] {
			t.Errorf("%s:%d: more than %d columns", name, n+1, maxColumns)
		}
	}
}

// rawLines returns the numbers of the lines that raw strings of several lines are in.
func rawLines(text string) map[int]bool {
	lines := map[int]bool{}
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return lines
		}
		if count := strings.Count(literal, "\n"); tok == token.STRING && count > 0 {
			for n := range count + 1 {
				lines[file.Line(pos)+n] = true
			}
		}
	}
}
