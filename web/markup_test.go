package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMarkup: values stand in text or in quoted attributes, addresses in markup lead to this server, nothing runs or
// has a style of its own, and no text made at run time becomes markup.
func TestMarkup(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	charts, _ := filepath.Glob("chart/*.go")
	pieces := 0
	for _, name := range append(sources, charts...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Markup" {
				t.Errorf("%s makes html.Markup of something", name)
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || !strings.Contains(lit.Value, "<") {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			pieces++
			checkMarkup(t, name, text)
			return true
		})
	}
	if pieces < 100 {
		t.Errorf("only %d pieces of markup are found", pieces)
	}
}

var (
	tags       = regexp.MustCompile(`<[a-zA-Z/!][^<>]*>`)
	attributes = regexp.MustCompile(`[a-z-]+="[^"]*"`)
	addresses  = regexp.MustCompile(`\b(href|src|action|formaction)="([^"]*)"`)
	forbidden  = regexp.MustCompile(`(?i)<(script|style|iframe|object|embed|base)\b|\son[a-z]+=|\sstyle=|javascript:`)
)

func checkMarkup(t *testing.T, name, text string) {
	for _, tag := range tags.FindAllString(text, -1) {
		if strings.Contains(attributes.ReplaceAllString(tag, ""), "{}") {
			t.Errorf("%s: a value outside of quotes in %s", name, tag)
		}
		for _, m := range addresses.FindAllStringSubmatch(tag, -1) {
			if !strings.HasPrefix(m[2], "/") && !strings.HasPrefix(m[2], "#") {
				t.Errorf("%s: an address that may lead elsewhere in %s", name, tag)
			}
		}
	}
	if bad := forbidden.FindString(text); bad != "" {
		t.Errorf("%s: %s in %s", name, bad, text)
	}
}
