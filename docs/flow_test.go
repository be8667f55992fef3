package docs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// row is a line of the table of packages in flow.md.
var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// TestFlow: flow.md has each package once, above all that it imports.
func TestFlow(t *testing.T) {
	order := map[string]int{}
	for i, m := range row.FindAllStringSubmatch(read(t, "flow.md"), -1) {
		if order[m[1]] != 0 {
			t.Errorf("flow.md names %s twice", m[1])
		}
		order[m[1]] = i + 1
	}
	imports := packages(t)
	for name, imported := range imports {
		if order[name] == 0 {
			t.Errorf("flow.md lacks the package %s", name)
			continue
		}
		for _, i := range imported {
			if order[i] != 0 && order[i] < order[name] {
				t.Errorf("%s imports %s, which flow.md has above it", name, i)
			}
		}
	}
	for name := range order {
		if imports[name] == nil {
			t.Errorf("flow.md names %s, which is no package", name)
		}
	}
}

// packages returns what each package of the module imports of it, by the names of directories. Those of tests alone,
// and of the module bench, are left out.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name == "var" || name == "bench" || strings.HasPrefix(name, ".") && name != ".") {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.Dir(name)
		if all[dir] == nil {
			all[dir] = []string{}
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if own, ok := strings.CutPrefix(path, "asterism/"); ok {
				all[dir] = append(all[dir], own)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
