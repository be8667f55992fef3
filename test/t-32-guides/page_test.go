package guides_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// page is a guide's commands: its indented blocks, by the heading above them.
type page struct {
	name     string
	sections map[string][]string
}

// readPage reads a guide of docs. What stands above its first heading of level two is the section "".
func readPage(t *testing.T, name string) *page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e2e.Root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{name: name, sections: map[string][]string{}}
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

// typed returns the commands that a section shows behind a prompt, between what they print.
func (p *page) typed(t *testing.T, section string) (commands []string) {
	t.Helper()
	for line := range strings.Lines(strings.Join(p.commands(t, section), "")) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// commands returns the blocks of a section, which has some.
func (p *page) commands(t *testing.T, section string) []string {
	t.Helper()
	if len(p.sections[section]) == 0 {
		t.Fatalf("docs/%s has no commands below the heading %q", p.name, section)
	}
	return p.sections[section]
}
