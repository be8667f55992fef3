package config

import (
	"os"
	"strings"
	"testing"
)

// TestManual: asterism.cf(5) has every option that has an effect, with its default.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../docs/asterism.cf.5")
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]string{}
	for _, entry := range strings.Split(string(page), "\n.It Ic ")[1:] {
		head, text, _ := strings.Cut(entry, "\n")
		entries[strings.Fields(head)[0]] = text
	}
	for _, o := range options() {
		text, found := entries[o.name]
		switch {
		case !found:
			t.Errorf("%s is missing from docs/asterism.cf.5", o.name)
		case o.def != "" && !strings.Contains(text, "Default: "+o.def+"."):
			t.Errorf("the manual does not have the default of %s, %s:\n%s", o.name, o.def, text)
		}
		delete(entries, o.name)
	}
	for prefix := range families {
		if name := prefix + "NAME"; entries[name] == "" {
			t.Errorf("%s is missing from docs/asterism.cf.5", name)
		} else {
			delete(entries, name)
		}
	}
	delete(entries, "score") // of the rule language
	delete(entries, "score_limit")
	for name := range entries {
		t.Errorf("%s is in the manual, and no option", name)
	}
}
