package web

import (
	"context"
	"io"
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
		Kept: &classifier.Kept{Words: []classifier.Word{{Text: evil, Pull: 1.25}}, Subject: evil, From: evil, MessageID: evil,
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
