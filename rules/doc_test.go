package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoc: the comment of the package tells where each file belongs.
func TestDoc(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if name == "doc.go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "eval_") {
			continue
		}
		if !strings.Contains(string(doc), name) {
			t.Errorf("doc.go has no %s", name)
		}
	}
}
