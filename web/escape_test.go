package web

import (
	"net/url"
	"strings"
	"testing"
)

// evil is a text that is none in HTML, on a terminal, or in a line of text.
const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>'` + "\x1b[31m\x00\u202e\u009b2J{}&amp;%s"

// TestNothingOfAMailIsMarkup: whatever senders write is text on every page.
func TestNothingOfAMailIsMarkup(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org").String(), s.put(t, "carol@example.org")
	if _, err := s.remedies.Add("score TEST 1", "admin", id); err != nil {
		t.Fatal(err)
	}
	c := s.browser(t, "admin")
	for _, path := range []string{"/", "/?q=" + url.QueryEscape(evil), "/?what=spam", "/mail/" + id, "/quarantine",
		"/quarantine/" + item, "/suspects", "/figures",
		"/remedies", "/try", "/mail/" + url.PathEscape(evil), "/login?to=" + url.QueryEscape(evil)} {
		code, page := s.get(t, c, path)
		if code >= 500 {
			t.Errorf("%s: %d", path, code)
		}
		harmless(t, path, page)
		if strings.HasPrefix(path, "/mail/"+id) && (!strings.Contains(page, "&lt;script&gt;alert(1)") ||
			!strings.Contains(page, "Without TEST it had 0.0")) {
			t.Errorf("%s does not show the subject as text, or not why:\n%s", path, page)
		}
	}
	if _, page := s.get(t, c, "/figures"); !strings.Contains(page, "Hosts") || !strings.Contains(page,
		"1 mail, the last") {
		t.Errorf("the figures have no hosts:\n%s", page)
	}
	_, page := s.post(t, c, "/try", url.Values{"mail": {evil}, "sender": {evil}}, "")
	harmless(t, "/try", page)
}

func harmless(t *testing.T, path, page string) {
	t.Helper()
	low := strings.ToLower(page)
	for _, bad := range []string{"<script", "<img src=x", "onerror=alert(2)>'\x1b", "tracker.example/x.png\"",
		"<b>bold", "<iframe", "style=\"", "javascript:"} {
		if strings.Contains(low, bad) {
			t.Errorf("%s has %s", path, bad)
		}
	}
	if strings.ContainsAny(page, "\x1b\x00\u202e\u009b") {
		t.Errorf("%s has control characters", path)
	}
}
