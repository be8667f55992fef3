package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/engine"
	"asterism/history"
	"asterism/metrics"
	"asterism/quarantine"
	"asterism/store"
	"asterism/web/accounts"
	"asterism/web/remedy"
)

// backend is a daemon with a real history and a learner that only notes what it is taught.
type backend struct {
	log   *history.Log
	class map[history.ID]store.Class
	raws  []classifier.Lesson
}

func (b *backend) Check(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	return &classifier.Verdict{Score: 7, Required: 5,
		Hits: []classifier.Hit{{Name: "TEST", Score: 7, Description: evil, Detail: evil}}}, nil
}

func (b *backend) Learn(_ context.Context, _ string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	b.raws = append(b.raws, lessons...)
	return []classifier.Learned{classifier.LearnedNew}, nil
}

func (b *backend) Words(string, []byte) ([]bayes.TokenPull, error) {
	return []bayes.TokenPull{{Text: evil, Ham: 1, Spam: 2, Pull: 1.5}}, nil
}
func (b *backend) Describe(string) string { return evil }
func (b *backend) History() *history.Log  { return b.log }

func (b *backend) TeachRecord(ctx context.Context, id history.ID, class store.Class, by string) (*engine.Taught,
	error) {
	r, err := b.log.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	b.class[id] = class
	return &engine.Taught{Result: classifier.LearnedNew, Before: engine.Rescored{Score: 7},
		After: engine.Rescored{Score: 2}, Record: r}, nil
}

func (b *backend) UndoRecord(ctx context.Context, id history.ID, by string) (*engine.Taught, error) {
	return b.TeachRecord(ctx, id, 0, by)
}
func (b *backend) Rescore(*history.Record) (engine.Rescored, error) {
	return engine.Rescored{Score: 2}, nil
}

// evil is a text that is none in HTML, on a terminal, or in a line of text.
const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>'` + "\x1b[31m\x00\u202e\u009b2J{}&amp;%s"

// site is a server with its parts and clients.
type site struct {
	*httptest.Server
	back     *backend
	remedies *remedy.File
	dir      *quarantine.Dir
	reload   error
	released []string
	now      time.Time // of the log-in, which no slow machine changes
}

const password = "open sesame"

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	log := openHistory(t, dir)
	s := &site{now: time.Now(), back: &backend{log: log, class: map[history.ID]store.Class{}},
		remedies: remedy.At(filepath.Join(dir, "remedies.cf")),
		dir:      quarantine.At(filepath.Join(dir, "quarantine"))}
	file := accounts.At(filepath.Join(dir, "accounts"))
	file.Cost = bcrypt.MinCost
	for name, domains := range map[string][]string{"admin": nil, "bob": {"example.org"}} {
		if err := file.Set(name, password, domains); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.dir.Create(); err != nil {
		t.Fatal(err)
	}
	server := New(Options{Backend: s.back, Status: func() *metrics.Status { return &metrics.Status{} },
		Remedies: s.remedies,
		Reload:   func() error { return s.reload }, Door: accounts.NewDoor(file, func() time.Time { return s.now }),
		Host:    "mx.example.org",
		Version: "1",
		Settings: Settings{Quarantine: s.dir, Release: func(_ context.Context, id, to string) error {
			s.released = append(s.released, id+to)
			return nil
		}}})
	s.Server = httptest.NewServer(server)
	t.Cleanup(s.Close)
	return s
}

// record adds a mail to the history and returns its ID.
func (s *site) record(t *testing.T, recipient string) history.ID {
	t.Helper()
	in := &classifier.Input{Raw: []byte("x"), Client: netip.MustParseAddr("192.0.2.1"), ClientName: evil, Helo: evil,
		Sender:     evil + "@example.net",
		Recipients: []string{recipient}, AuthUser: evil, QueueID: evil}
	v := &classifier.Verdict{Score: 7, Required: 5,
		Hits: []classifier.Hit{{Name: "TEST", Score: 7, Description: evil, Detail: evil}}, Notes: []string{evil},
		Sum:         &classifier.Sum{Learner: 5, Tests: -2},
		AuthResults: &classifier.AuthResults{Authserv: "mx", Value: "mx; spf=pass " + evil + "; " + evil + "=" + evil},
		Kept: &classifier.Kept{Subject: evil, From: evil, MessageID: evil,
			Lesson: &bayes.Lesson{Tokens: emptyTokens}}}
	s.back.log.Append(history.NewRecord(in, v, &history.Outcome{Front: "milter", Action: "tag"}))
	var id history.ID
	wait(t, func() bool {
		found, _, err := s.back.log.Find(t.Context(), &history.Query{Recipient: recipient})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			id = found[0].ID
		}
		return len(found) > 0
	})
	return id
}

func wait(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 30 s")
		}
	}
}

// put puts a mail into the quarantine.
func (s *site) put(t *testing.T, recipients ...string) string {
	t.Helper()
	raw := "From: <a@example.net>\r\nSubject: " + strings.ReplaceAll(evil, "\x00", "") +
		"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/html\r\n\r\n<script>alert(3)</script><b>bold</b><img " +
		"src=http://tracker.example/x.png>\r\n" +
		"--b\r\nContent-Type: application/x-<script>; " +
		"name=\"<script>alert(4)</script>.exe\"\r\nContent-Disposition: attachment\r\n\r\nMZ\r\n--b--\r\n"
	v := &classifier.Verdict{Score: 9, Required: 5,
		Hits: []classifier.Hit{{Name: "TEST", Score: 9, Description: evil, Detail: evil}}}
	id, err := s.dir.Put([]byte(raw), &quarantine.Envelope{Received: time.Now(), Client: evil, Helo: evil, Sender: evil,
		Recipients: recipients}, v)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// browser is a client with cookies that follows no redirect.
func (s *site) browser(t *testing.T, name string) *http.Client {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if name != "" {
		if code, _ := s.post(t, c, "/login", url.Values{"name": {name}, "password": {password}},
			""); code != http.StatusSeeOther {
			t.Fatalf("%s cannot log in: %d", name, code)
		}
	}
	return c
}

func (s *site) post(t *testing.T, c *http.Client, path string, form url.Values, origin string) (int, string) {
	t.Helper()
	r, _ := http.NewRequest("POST", s.URL+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	return s.do(t, c, r)
}

func (s *site) get(t *testing.T, c *http.Client, path string) (int, string) {
	t.Helper()
	r, _ := http.NewRequest("GET", s.URL+path, nil)
	return s.do(t, c, r)
}

func (s *site) do(t *testing.T, c *http.Client, r *http.Request) (int, string) {
	t.Helper()
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp,
		"default-src 'none'; style-src 'self'") {
		t.Errorf("%s: CSP %q", r.URL.Path, csp)
	}
	return res.StatusCode, string(body) + "\n" + res.Header.Get("Location")
}

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

// TestStrangers: without a session there is nothing to be seen, and nothing to be done.
func TestStrangers(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org"), s.put(t, "carol@example.org")
	c := s.browser(t, "")
	for _, path := range []string{"/", "/mail/" + id.String(), "/quarantine", "/quarantine/" + item, "/suspects",
		"/figures", "/remedies", "/try"} {
		if code, page := s.get(t, c, path); code != http.StatusSeeOther || !strings.Contains(page, "/login") ||
			strings.Contains(page, "carol") {
			t.Errorf("%s: %d %s", path, code, page)
		}
	}
	for _, path := range []string{"/mail/" + id.String() + "/teach", "/quarantine/" + item + "/release",
		"/quarantine/" + item + "/delete", "/remedies"} {
		if code, _ := s.post(t, c, path, url.Values{"class": {"ham"}, "kind": {"score"}, "test": {"A"},
			"points": {"1"}}, ""); code != http.StatusSeeOther {
			t.Errorf("%s: %d", path, code)
		}
	}
	if all, _, _ := s.remedies.All(); len(s.back.class) != 0 || len(s.released) != 0 || len(all) != 0 {
		t.Error("a stranger has changed something")
	}
	for _, e := range endpoints {
		r, _ := http.NewRequest(e.method, s.URL+strings.ReplaceAll(e.path, "{id}", id.String()),
			strings.NewReader("{}"))
		if code, text := s.do(t, c, r); code != http.StatusUnauthorized {
			t.Errorf("%s %s: %d %s", e.method, e.path, code, text)
		}
	}
}

// TestLogIn: the cookie is for this site and no script, what follows stays on it, and wrong passwords have to wait.
func TestLogIn(t *testing.T) {
	s := newSite(t)
	c := s.browser(t, "")
	form := func(password, to string) url.Values {
		return url.Values{"name": {"admin"}, "password": {password}, "to": {to}}
	}
	for to, want := range map[string]string{"/figures?x=1": "/figures?x=1", "//evil.example/": "/",
		"https://evil.example/": "/", "/\\evil.example": "/", "": "/",
		"javascript:alert(1)": "/"} {
		if _, page := s.post(t, c, "/login", form(password, to), ""); !strings.HasSuffix(page, "\n"+want) {
			t.Errorf("to %q: %q", to, page)
		}
	}
	res, err := c.PostForm(s.URL+"/login", form(password, ""))
	if err != nil || len(res.Cookies()) != 1 {
		t.Fatal(res, err)
	}
	if k := res.Cookies()[0]; !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || len(k.Value) < 40 || k.Secure {
		t.Errorf("cookie %+v", k)
	}
	if code, _ := s.post(t, c, "/logout", nil, ""); code != http.StatusSeeOther {
		t.Errorf("log out: %d", code)
	}
	if _, page := s.get(t, c, "/"); !strings.Contains(page, "/login") {
		t.Error("still in after the log-out")
	}
	last := 0
	for range 6 {
		last, _ = s.post(t, c, "/login", form("guess", ""), "")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after six wrong passwords: %d", last)
	}
	if code, _ := s.post(t, c, "/login", form(password, ""), ""); code != http.StatusTooManyRequests {
		t.Errorf("the right one at once after them: %d", code)
	}
}

// TestOtherOrigins: a form of another site does nothing, whoever is logged in.
func TestOtherOrigins(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org"), s.put(t, "carol@example.org")
	c := s.browser(t, "admin")
	for _, path := range []string{"/mail/" + id.String() + "/teach", "/quarantine/" + item + "/release",
		"/quarantine/" + item + "/delete", "/remedies", "/login",
		"/logout", "/try", "/api/v1/history/" + id.String() + "/teach"} {
		if code, _ := s.post(t, c, path, url.Values{"class": {"ham"}},
			"https://evil.example"); code != http.StatusForbidden {
			t.Errorf("%s: %d", path, code)
		}
	}
	if len(s.back.class) != 0 || len(s.released) != 0 {
		t.Error("another site has changed something")
	}
	if code, _ := s.post(t, c, "/mail/"+id.String()+"/teach", url.Values{"class": {"ham"}},
		s.URL); code != http.StatusSeeOther || s.back.class[id] != store.Ham {
		t.Errorf("our own form: %d", code)
	}
}

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

// TestClient: behind a proxy wrong passwords are counted by the address that the proxy saw, not by what a client says.
func TestClient(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("X-Forwarded-For", "192.0.2.66, 198.51.100.7")
	for proxy, want := range map[bool]string{true: "198.51.100.7", false: "127.0.0.1"} {
		if got := (&Server{opt: Options{Proxy: proxy}}).client(r); got != want {
			t.Errorf("proxy %v: %s, want %s", proxy, got, want)
		}
	}
	r.Header["X-Forwarded-For"] = []string{"192.0.2.66", "198.51.100.7"} // a field of the proxy's own, HAProxy's way
	if got := (&Server{opt: Options{Proxy: true}}).client(r); got != "198.51.100.7" {
		t.Errorf("two fields: %s", got)
	}
	r.Header["X-Forwarded-For"] = []string{", unknown\" who=admin"}
	if got := (&Server{opt: Options{Proxy: true}}).client(r); got != "127.0.0.1" {
		t.Errorf("no address: %s", got)
	}
	r.RemoteAddr = "@"
	if got := (&Server{}).client(r); got != "unix" {
		t.Errorf("by a unix socket: %s", got)
	}
}

// TestBodies: without a session no more of a body is read than a form has, whatever the method and the path. A form of
// files would be written to disk.
func TestBodies(t *testing.T) {
	s := newSite(t)
	t.Setenv("TMPDIR", t.TempDir())
	const head = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"
	for _, path := range []string{"/login", "/logout", "/", "/release/x", "/static/style.css", "/api/v1/openapi.json",
		"/api/v1/history", "/quarantine", "/no-such-page"} {
		for _, method := range []string{"GET", "POST"} {
			body := &counted{Reader: io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, 64<<20))}
			r := httptest.NewRequest(method, s.URL+path, body)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
			s.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
			if body.n > 2*maxForm {
				t.Errorf("%s %s reads %d bytes", method, path, body.n)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// counted counts what is read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// TestLog: what strangers send makes one short line of the log.
func TestLog(t *testing.T) {
	var log strings.Builder
	s := &Server{opt: Options{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	r := httptest.NewRequest("POST", "/login", nil)
	s.audit(r, "x\nact=release who=admin"+strings.Repeat("n", 60<<10),
		"log in refused", "path", strings.Repeat("p", 60<<10))
	if text := log.String(); strings.Count(text, "\n") != 1 || len(text) > 2000 {
		t.Errorf("%d bytes: %.300s", len(text), text)
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

// TestCookie: by TLS the cookie is sent by TLS and to this host only.
func TestCookie(t *testing.T) {
	w := httptest.NewRecorder()
	(&Server{opt: Options{Secure: true}}).setCookie(w, "secret")
	if k := w.Result().Cookies()[0]; !k.Secure || !k.HttpOnly || k.Name != "__Host-asterism" || k.Path != "/" ||
		k.Domain != "" || k.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %+v", k)
	}
}

// TestMethods: what a page is asked for by changes nothing unless that is POST.
func TestMethods(t *testing.T) {
	s := newSite(t)
	id, item := s.record(t, "carol@example.org").String(), s.put(t, "carol@example.org")
	c := s.browser(t, "admin")
	for _, path := range []string{"/mail/" + id + "/teach?class=ham", "/mail/" + id + "/undo",
		"/quarantine/" + item + "/release", "/quarantine/" + item + "/delete", "/quarantine/" + item + "/teach?class=ham",
		"/logout", "/remedies?kind=score&test=A&points=1", "/api/v1/history/" + id + "/teach", "/try?mail=x",
		"/api/v1/quarantine/" + item + "/release"} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "X"} {
			for _, as := range []string{path, "/." + path, "//" + path[1:], strings.Replace(path, "a", "%61", 1)} {
				r, _ := http.NewRequest(method, s.URL+as, nil)
				if res, err := c.Do(r); err != nil {
					t.Error(err)
				} else if res.Body.Close(); res.StatusCode >= 500 {
					t.Errorf("%s %s: %d", method, as, res.StatusCode)
				}
			}
		}
	}
	all, _, _ := s.remedies.All()
	if _, err := s.dir.Get(item); err != nil || len(s.back.class)+len(s.back.raws)+len(s.released)+len(all) > 0 {
		t.Errorf("something was changed: %v, %v, %v, %v, %v", err, s.back.class, s.back.raws, s.released, all)
	}
	if code, _ := s.get(t, c, "/figures"); code != http.StatusOK {
		t.Errorf("the session has ended: %d", code)
	}
}
