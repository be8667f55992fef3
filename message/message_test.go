package message

import "testing"

func TestParsePlain(t *testing.T) {
	m := Parse([]byte("From a@b Mon Jan  1 00:00:00 2024\nSubject: =?utf-8?q?h=C3=A9llo?=\n world\nFrom: A <a@b.org>\n\nbody\n"))
	if got := m.Header().Get("subject"); got != "héllo world" {
		t.Errorf("Subject %q", got)
	}
	if got := m.Leaves()[0].Text(); got != "body\n" {
		t.Errorf("text %q", got)
	}
	if got := m.Header().Addresses("From"); len(got) != 1 || got[0] != (Address{"A", "a@b.org"}) {
		t.Errorf("From %q", got)
	}
	if d := m.Defects(); len(d) != 0 {
		t.Errorf("defects %v", d)
	}
}
