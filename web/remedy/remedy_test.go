package remedy

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	f := At(filepath.Join(t.TempDir(), "web", "remedies.cf"))
	if all, broken, err := f.All(); len(all)+len(broken) != 0 || err != nil {
		t.Fatal(all, broken, err)
	}
	first, err := f.Add("score BAYES_99 2.5", "admin", "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Add("welcomelist_auth joe@example.org", "bob@example.org", "0abcdefghjkmn")
	if err != nil {
		t.Fatal(err)
	}
	third, err := f.Add("score BAYES_99 1", "bob@example.org", "")
	if err != nil {
		t.Fatal(err)
	}
	all, broken, err := At(f.Path()).All()
	if err != nil || broken != nil || !reflect.DeepEqual(all, []Remedy{second, third}) {
		t.Errorf("read %+v, %v, %v\nmade %+v", all, broken, err, []Remedy{second, third})
	}
	if Text(all) != "welcomelist_auth joe@example.org\nscore BAYES_99 1\n" {
		t.Errorf("text %q", Text(all))
	}
	if _, err := f.Remove(first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the replaced one: %v", err)
	}
	if r, err := f.Remove(second.ID); err != nil || r != second {
		t.Error(r, err)
	}
}

// TestOnlyRemedies: no line that does more than remedies do gets in by a page, nor counts in the file.
func TestOnlyRemedies(t *testing.T) {
	f := At(filepath.Join(t.TempDir(), "remedies.cf"))
	for _, line := range []string{
		"", "score", "score A", "score A 1 2", "score A 1e9", "score A 12345", "score A 1\ninclude /etc/passwd",
		"score A 1 # x", "include /etc/passwd",
		"pyzor_path /bin/sh", "welcomelist_auth *@example.org", "welcomelist_from joe@example.org",
		"welcomelist_auth joe@example.org other@example.org",
		"welcomelist_auth *", "welcomelist_auth joe@*.org", "bayes_path /tmp/x", "score A 1\r\nscore B 2",
		"quarantine_submit /bin/sh", "welcomelist_auth a@b.example\nreport_safe 0", "welcomelist_auth a\u00a0b@c.example",
		"welcomelist_auth a\u2028report_safe@b.example", "welcomelist_auth a\u0085b@c.example",
		"welcomelist_auth a\vb@c.example", "welcomelist_auth a\x00b@c.example", "welcomelist_auth a\xffb@c.example",
		"welcomelist_auth a\u202eb@c.example", "welcomelist_auth a#b@c.example", "score A 1\n",
		"welcomelist_auth a@b.example\n",
	} {
		if _, err := f.Add(line, "admin", ""); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	text := head + "score A 1 # aaaaaaaa by admin at 2026-01-01T00:00:00Z\npyzor_path /bin/sh # aaaaaaaa by admin " +
		"at 2026-01-01T00:00:00Z\nscore B 2\n"
	if err := os.WriteFile(f.Path(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all, broken, err := f.All()
	if err != nil || Text(all) != "score A 1\n" || !reflect.DeepEqual(broken, []int{4, 5}) {
		t.Errorf("%q, %v, %v", Text(all), broken, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("score A 1 # aaaaaaaa by admin at 2026-01-01T00:00:00Z")
	f.Add("welcomelist_auth a@b # aaaaaaaa by admin at 2026-01-01T00:00:00Z for mail 0123456789abc")
	f.Fuzz(func(t *testing.T, line string) {
		if r, ok := parse(line); ok && (!Valid(r.Line) || strings.ContainsAny(r.Line, "\r\n#")) {
			t.Errorf("%q is the remedy %q", line, r.Line)
		}
	})
}
