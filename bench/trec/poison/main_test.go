package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun: an attack on mail that is easily told apart runs to its end, and finds its targets.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	var index strings.Builder
	text := map[string]string{"ham": "minutes of the meeting and the agenda of the next one",
		"spam": "you have won a casino bonus, click now to claim it"}
	for i := range 40 {
		for class, words := range text {
			name := fmt.Sprintf("%s-%d", class, i)
			raw := fmt.Sprintf("From: %s%d <%s@%s.example>\nTo: me@here.example\nSubject: number %d\nMessage-ID: "+
				"<%d@%s.example>\n\n%s\n",
				class, i, class, class, i, i, class, strings.Repeat(words+"\n", 3))
			if err := os.WriteFile(filepath.Join(dir, name), []byte(raw), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&index, "ham ham-%d\nspam spam-%d\n", i, i)
	}
	name := filepath.Join(dir, "index")
	if err := os.WriteFile(name, []byte(index.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(name, 60, 0); err != nil {
		t.Fatal(err)
	}
}

func TestWords(t *testing.T) {
	words := wordsOf([]byte("Subject: x\n\none two\nthree\n"))
	if got := strings.Join(words, " "); got != "one two three" {
		t.Errorf("got %q", got)
	}
	if got := fold(strings.Fields("1 2 3 4 5 6 7 8 9 10 11")); got != "1 2 3 4 5 6 7 8 9 10\n11 \n" {
		t.Errorf("got %q", got)
	}
}
