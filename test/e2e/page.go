package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Page is a guide's commands: its indented blocks, by the heading above them.
type Page struct {
	Name     string
	sections map[string][]string
}

// ReadPage reads a guide of docs. What stands above its first heading of level two is the section "".
func ReadPage(t testing.TB, name string) *Page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Name: name, sections: map[string][]string{}}
	section, block := "", ""
	end := func() {
		if block != "" {
			p.sections[section] = append(p.sections[section], block)
		}
		block = ""
	}
	for line := range strings.Lines(string(text)) {
		switch heading, ok := strings.CutPrefix(line, "## "); {
		case ok:
			end()
			section = strings.TrimSpace(heading)
		case strings.HasPrefix(line, "    "):
			block += strings.TrimLeft(line, " ")
		default:
			end()
		}
	}
	end()
	return p
}

// Typed returns the commands that a section shows behind a prompt, between what they print.
func (p *Page) Typed(t testing.TB, section string) (commands []string) {
	t.Helper()
	for line := range strings.Lines(strings.Join(p.Commands(t, section), "")) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// Commands returns the blocks of a section, which has some.
func (p *Page) Commands(t testing.TB, section string) []string {
	t.Helper()
	if len(p.sections[section]) == 0 {
		t.Fatalf("docs/%s has no commands below the heading %q", p.Name, section)
	}
	return p.sections[section]
}
