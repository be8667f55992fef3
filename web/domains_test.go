package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/history"
)

// TestDomainAdministrators: they see and change what is of their domains, and nothing of the site.
func TestDomainAdministrators(t *testing.T) {
	s := newSite(t)
	own, other := s.record(t, "carol@example.org"), s.record(t, "dave@example.net")
	ownItem, otherItem, both := s.put(t, "carol@example.org"), s.put(t, "dave@example.net"),
		s.put(t, "carol@example.org", "dave@example.net")
	c := s.browser(t, "bob")
	for _, path := range []string{"/", "/quarantine", "/suspects", "/quarantine/" + both, "/?q=dave%40example.net",
		"/quarantine/" + ownItem} {
		if code, page := s.get(t, c, path); code != 200 || strings.Contains(page, ">dave@") ||
			strings.Contains(page, "→ dave") || strings.Contains(page, ", dave") {
			t.Errorf("%s: %d, %s", path, code, page)
		}
	}
	for path, want := range map[string]int{"/mail/" + own.String(): 200, "/mail/" + other.String(): 404,
		"/quarantine/" + otherItem: 404, "/figures": 403,
		"/remedies": 403, "/try": 403} {
		if code, _ := s.get(t, c, path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	for path, want := range map[string]int{"/mail/" + own.String() + "/teach": 303, "/mail/" + other.String() +
		"/teach": 404,
		"/quarantine/" + ownItem + "/release": 303, "/quarantine/" + otherItem + "/release": 404, "/quarantine/" +
			both + "/release": 403,
		"/quarantine/" + both + "/delete": 403, "/remedies": 403} {
		if code, _ := s.post(t, c, path, url.Values{"class": {"ham"}}, ""); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	if len(s.back.class) != 1 || len(s.released) != 1 {
		t.Errorf("taught %v, released %v", s.back.class, s.released)
	}
}

// TestOtherRecipients: who administers a domain learns of no recipient elsewhere: neither from a mail that both got,
// nor by searching for it, nor of whom users elsewhere write to.
func TestOtherRecipients(t *testing.T) {
	s := newSite(t)
	const other = "dave@example.net"
	mail := func(in *classifier.Input, tests ...classifier.Hit) string {
		in.Raw = []byte("x")
		v := &classifier.Verdict{Score: 7, Required: 5, Hits: tests, Notes: []string{"preferences of " + other},
			Kept: &classifier.Kept{Subject: "for both"}}
		r := history.NewRecord(in, v, &history.Outcome{Front: "milter", Action: "tag"})
		s.back.log.Append(r)
		return r.ID.String()
	}
	both := mail(&classifier.Input{Sender: "joe@example.com", Recipients: []string{"carol@example.org", other},
		User: other}, classifier.Hit{Name: "TO", Score: 7, Detail: "to Dave@example.net"},
		classifier.Hit{Name: "FREEMAIL", Score: 1, Detail: "dave(at)example.net"})
	mail(&classifier.Input{Sender: other, Recipients: []string{"joe@example.com"}, AuthUser: other})
	c := s.browser(t, "bob")
	get := func(path string) string {
		r, _ := http.NewRequest("GET", s.URL+path, nil)
		r.SetBasicAuth("bob", password)
		code, text := s.do(t, c, r)
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
		return text
	}
	for _, path := range []string{"/", "/mail/" + both, "/api/v1/history", "/api/v1/history/" + both, "/suspects"} {
		if text := get(path); strings.Contains(strings.ToLower(text), "dave") {
			t.Errorf("%s tells of %s:\n%s", path, other, text)
		}
	}
	for _, search := range []string{"/?q=" + other, "/?q=to:" + other, "/?q=to:example.net",
		"/api/v1/history?text=" + other, "/api/v1/history?recipient=" + other, "/api/v1/history?recipient=example.net"} {
		if text := get(search); strings.Contains(text, both) {
			t.Errorf("%s finds the mail, and so tells that %s got it", search, other)
		}
	}
	if text := get("/suspects"); strings.Contains(text, both) {
		t.Errorf("the suspects tell that %s has written to the sender:\n%s", other, text)
	}
	if text := get("/api/v1/history?recipient=carol@example.org"); !strings.Contains(text, both) {
		t.Errorf("the mail is not found by its own recipient: %s", text)
	}
}
