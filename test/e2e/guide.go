package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Guide is a guide's commands: its indented blocks, by the heading above them.
type Guide struct {
	Name     string
	sections map[string][]string
}

// ReadGuide reads a guide of docs. What stands above its first heading of level two is the section "".
func ReadGuide(t testing.TB, name string) *Guide {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	p := &Guide{Name: name, sections: map[string][]string{}}
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
func (p *Guide) Typed(t testing.TB, section string) (commands []string) {
	t.Helper()
	for line := range strings.Lines(strings.Join(p.Commands(t, section), "")) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// Commands returns the blocks of a section, which has some.
func (p *Guide) Commands(t testing.TB, section string) []string {
	t.Helper()
	if len(p.sections[section]) == 0 {
		t.Fatalf("docs/%s has no commands below the heading %q", p.Name, section)
	}
	return p.sections[section]
}
