package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/history"
	"asterism/store"
)

// TestAPI: programs find, teach, release and erase.
func TestAPI(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org"), s.put(t, "carol@example.org")
	ask := func(name, method, path, body string) (int, map[string]any) {
		r, _ := http.NewRequest(method, s.URL+path, strings.NewReader(body))
		r.SetBasicAuth(name, password)
		code, text := s.do(t, http.DefaultClient, r)
		var v map[string]any
		_ = json.Unmarshal([]byte(text), &v)
		return code, v
	}
	if code, v := ask("bob", "GET", "/api/v1/history?recipient=example.org&min_score=5&spam=true&limit=10",
		""); code != 200 || len(v["records"].([]any)) != 1 {
		t.Errorf("%d %v", code, v)
	}
	for _, query := range []string{"limit=0", "limit=x", "since=yesterday", "spam=maybe", "taught=eggs", "recipent=x",
		"before=1"} {
		if code, v := ask("admin", "GET", "/api/v1/history?"+query, ""); code != 400 && code != 404 ||
			v["error"] == "" {
			t.Errorf("%s: %d %v", query, code, v)
		}
	}
	if code, v := ask("bob", "POST", "/api/v1/history/"+id.String()+"/teach", `{"class":"spam"}`); code != 200 ||
		v["result"] != "learned" || s.back.class[id] != store.Spam {
		t.Errorf("%d %v", code, v)
	}
	if code, v := ask("bob", "POST", "/api/v1/history/"+id.String()+"/teach",
		`{"class":"spam","who":"me"}`); code != 400 {
		t.Errorf("%d %v", code, v)
	}
	if code, v := ask("admin", "POST", "/api/v1/quarantine/"+item+"/teach", `{"class":"ham"}`); code != 200 ||
		v["done"] != "taught as ham" || len(s.back.raws) != 1 {
		t.Errorf("%d %v", code, v)
	}
	if code, v := ask("admin", "POST", "/api/v1/quarantine/"+item+"/release", ""); code != 200 || len(s.released) != 1 {
		t.Errorf("%d %v", code, v)
	}
	if code, v := ask("bob", "DELETE", "/api/v1/history?recipient=carol@example.org", ""); code != 403 {
		t.Errorf("%d %v", code, v)
	}
	if code, v := ask("admin", "DELETE", "/api/v1/history?recipient=carol@example.org", ""); code != 200 ||
		v["records"] != 1.0 {
		t.Errorf("%d %v", code, v)
	}
}

// TestAPIFindIsBounded: a page of records with many recipients each ends early, says so, and goes on where it ended.
func TestAPIFindIsBounded(t *testing.T) {
	s := newSite(t)
	const records, recipients = 24, 1000
	to := make([]string, recipients)
	for i := range to {
		to[i] = fmt.Sprintf("user%d@%s.example", i, strings.Repeat("<&>", 80))
	}
	for n := range records {
		in := &classifier.Input{Raw: []byte("x"), Recipients: to}
		s.back.log.Append(history.NewRecord(in, &classifier.Verdict{}, &history.Outcome{Front: "milter", Action: "tag"}))
		wait(t, func() bool { // the queue has no room for all of them
			found, _, err := s.back.log.Find(t.Context(), &history.Query{Limit: records})
			return err == nil && len(found) == n+1
		})
	}
	seen, before := 0, ""
	for more := true; more; {
		r, _ := http.NewRequest("GET", s.URL+"/api/v1/history?limit=1000"+before, nil)
		r.SetBasicAuth("admin", password)
		code, text := s.do(t, http.DefaultClient, r)
		var l RecordList
		if err := json.Unmarshal([]byte(text), &l); code != 200 || err != nil || len(l.Records) == 0 {
			t.Fatal(code, err, len(l.Records))
		}
		if most := 6 * (maxFound + recipients*500); len(text) > most {
			t.Fatalf("%d octets, more than %d", len(text), most)
		}
		seen, more = seen+len(l.Records), l.More
		before = "&before=" + l.Records[len(l.Records)-1].ID.String()
		if more == (seen == records) {
			t.Errorf("more %v with %d of %d", more, seen, records)
		}
	}
	if seen != records {
		t.Errorf("%d records, want %d", seen, records)
	}
}

// TestWords: the page of a mail shows the words that its record has, and an account only those that name no stranger.
func TestWords(t *testing.T) {
	s := newSite(t)
	in := &classifier.Input{Raw: []byte("x"), Recipients: []string{"bob@example.org", "eve@example.com"}}
	v := &classifier.Verdict{BayesReady: true, Bayes: 0.9, Kept: &classifier.Kept{Words: []classifier.Word{
		{Text: "word:viagra", Pull: 1.25}, {Text: "address:to:eve@example.com", Pull: -0.5}}}}
	s.back.log.Append(history.NewRecord(in, v, &history.Outcome{Front: "milter", Action: "tag"}))
	var id string
	wait(t, func() bool {
		found, _, err := s.back.log.Find(t.Context(), &history.Query{})
		if err == nil && len(found) > 0 {
			id = found[0].ID.String()
		}
		return id != ""
	})
	for name, stranger := range map[string]bool{"admin": true, "bob": false} {
		code, page := s.get(t, s.browser(t, name), "/mail/"+id)
		if code != 200 || !strings.Contains(page, "word:viagra") || strings.Contains(page, "eve@example.com") != stranger {
			t.Errorf("%s: %d, viagra %v, eve %v", name, code, strings.Contains(page, "word:viagra"),
				strings.Contains(page, "eve@example.com"))
		}
	}
}
