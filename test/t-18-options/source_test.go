package options_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exercises fails unless a test "folder TestName" exists and names an option, itself or in what it uses of its package.
func exercises(t *testing.T, test, option string) {
	t.Helper()
	folder, name, _ := strings.Cut(test, " ")
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no tests: %v", folder, err)
	}
	declared := map[string]string{} // source of what a package's tests declare
	for _, file := range files {
		declare(t, file, declared)
	}
	if declared[name] == "" || !strings.HasPrefix(name, "Test") {
		t.Fatalf("%s has no test %s", folder, name)
	}
	seen := map[string]bool{}
	var uses func(name string) bool
	uses = func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		text := declared[name]
		if containsWord(text, option) {
			return true
		}
		for other := range declared {
			if containsWord(text, other) && uses(other) {
				return true
			}
		}
		return false
	}
	if !uses(name) {
		t.Errorf("%s does not name %s", test, option)
	}
}

// declare notes the source of each function, variable and constant of a file.
func declare(t *testing.T, file string, declared map[string]string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	source := func(n ast.Node) string {
		return string(text[set.Position(n.Pos()).Offset:set.Position(n.End()).Offset])
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			declared[d.Name.Name] += source(d) // methods of one name count as one
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok {
					for _, n := range v.Names {
						declared[n.Name] = source(v)
					}
				}
			}
		}
	}
}

// containsWord reports whether a text has a word that is not part of a longer one.
func containsWord(text, word string) bool {
	part := func(c byte) bool { return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }
	for i := 0; ; i++ {
		j := strings.Index(text[i:], word)
		if j < 0 {
			return false
		}
		i += j
		escape := i > 1 && text[i-2] == '\\' // as in "\nword"
		if end := i + len(word); (i == 0 || escape || !part(text[i-1])) && (end == len(text) || !part(text[end])) {
			return true
		}
	}
}
