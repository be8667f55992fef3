package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

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
