package prose_test

import (
	"slices"
	"strings"
	"testing"

	"asterism/test/prose"
)

func TestLong(t *testing.T) {
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	for _, c := range []struct {
		name, text string
		long       int
	}{
		{"short", words(35) + ".", 0},
		{"long", words(36) + ".", 1},
		{"two", words(30) + ". " + words(30) + ".", 0},
		{"closed", "(" + words(30) + ".) " + words(30) + ".", 0},
		{"dashes", words(35) + " – — .", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if long := prose.Long(c.text); len(long) != c.long {
				t.Errorf("%d long sentences, want %d: %q", len(long), c.long, long)
			}
		})
	}
}

func TestBlocks(t *testing.T) {
	for _, c := range []struct {
		name string
		got  []string
		want []string
	}{
		{"Markdown", prose.Markdown("# Title\n\nOne\ntwo.\n\n    code\n\n- item `a b`\n- item\n\n| a | b |\n```\nx\n```\n"),
			[]string{"One two. ", "- item code ", "- item ", " a  ", " b  "}},
		{"Manual", prose.Manual(".Sh NAME\nOne\n.Xr two 8 .\n.Pp\nThree\n.Bd -literal\nx\n.Ed\n"),
			[]string{"One code. ", "Three "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("%q, want %q", c.got, c.want)
			}
		})
	}
}

func TestHabits(t *testing.T) {
	for _, c := range []struct {
		text          string
		habits, whats int
	}{
		{"The address of the sender is kept.", 0, 0},
		{"Whoever reads it finds that of the sender and those that were kept.", 3, 0},
		{"It tells whether a mail was read, and what became of it.", 1, 1},
		{"All but\nfor the last one.", 1, 0},
		{"A button tells them apart.", 0, 0},
	} {
		if n, m := len(prose.Habits(c.text)), len(prose.Whats(c.text)); n != c.habits || m != c.whats {
			t.Errorf("%q: %d and %d, want %d and %d", c.text, n, m, c.habits, c.whats)
		}
	}
}
