package web

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"asterism/web/remedy"
)

// TestRemedies: a line is added and taken back, and is gone again where the daemon does not take it.
func TestRemedies(t *testing.T) {
	s := newSite(t)
	c := s.browser(t, "admin")
	add := func(form url.Values) int {
		code, _ := s.post(t, c, "/remedies", form, "")
		return code
	}
	text := func() string {
		all, _, _ := s.remedies.All()
		return remedy.Text(all)
	}
	if code := add(url.Values{"kind": {"welcome"}, "address": {"Joe@Example.NET"}}); code != 303 ||
		text() != "welcomelist_auth Joe@example.net\n" {
		t.Errorf("%d, %q", code, text())
	}
	for _, form := range []url.Values{{"kind": {"welcome"}, "address": {"*@example.net"}},
		{"kind": {"score"}, "test": {"A\ninclude"}, "points": {"1"}},
		{"kind": {"score"}, "test": {"A"}, "points": {"1 2"}}, {}} {
		if code := add(form); code != 400 {
			t.Errorf("%v: %d", form, code)
		}
	}
	s.reload = errors.New("bad")
	if code := add(url.Values{"kind": {"score"}, "test": {"A"}, "points": {"1"}}); code != 409 ||
		strings.Contains(text(), "score") {
		t.Errorf("the daemon does not take it: %d, %q", code, text())
	}
	s.reload = nil
	all, _, _ := s.remedies.All()
	if code, _ := s.post(t, c, "/remedies/"+all[0].ID+"/remove", nil, ""); code != 303 || text() != "" {
		t.Errorf("taken back: %d, %q", code, text())
	}
}
