package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestLongSearches: a search of thousands of words is refused, and not worked on.
func TestLongSearches(t *testing.T) {
	s := newSite(t)
	s.record(t, "carol@example.org")
	c := s.browser(t, "bob")
	for _, words := range []string{strings.Repeat("script+", 5000), strings.Repeat("script-", 5000)} {
		for _, search := range []string{"/?q=", "/?q=subject:%22", "/api/v1/history?text=", "/api/v1/history?subject="} {
			r, _ := http.NewRequest("GET", s.URL+search+words, nil)
			r.SetBasicAuth("bob", password)
			if code, text := s.do(t, c, r); code != http.StatusBadRequest || !strings.Contains(text, "words") {
				t.Errorf("%s%.20s…: %d %.300s", search, words, code, text)
			}
		}
	}
}
