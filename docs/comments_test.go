package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/test/prose"
)

// TestComments: comments of packages and of exported names have nouns in place of clauses with "those that", "tells
// whether" and their like.
func TestComments(t *testing.T) {
	err := filepath.WalkDir("..", func(name string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "var" || d.Name() == ".git" || d.Name() == "bench"):
			return filepath.SkipDir
		case filepath.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go"):
			exportedComments(t, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exportedComments(t *testing.T, name string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	check := func(comments ...*ast.CommentGroup) {
		for _, c := range comments {
			for _, s := range prose.Habits(c.Text()) {
				t.Errorf("%s: use a noun: … %s …", set.Position(c.Pos()), s)
			}
		}
	}
	check(file.Doc)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.IsExported() {
				check(n.Doc)
			}
			return false
		case *ast.GenDecl:
			if len(n.Specs) == 1 && isExported(n.Specs[0]) {
				check(n.Doc)
			}
		case *ast.TypeSpec:
			if n.Name.IsExported() {
				check(n.Doc, n.Comment)
			}
			return n.Name.IsExported()
		case *ast.ValueSpec:
			if isExported(n) {
				check(n.Doc, n.Comment)
			}
		case *ast.Field:
			if len(n.Names) > 0 && n.Names[0].IsExported() {
				check(n.Doc, n.Comment)
			}
		}
		return true
	})
}

// isExported reports whether a declaration has an exported name.
func isExported(s ast.Spec) bool {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.IsExported()
	case *ast.ValueSpec:
		return s.Names[0].IsExported()
	}
	return false
}
