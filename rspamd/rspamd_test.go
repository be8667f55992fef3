package rspamd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/policy"
	"asterism/store"
)

// judge is a classifier that gives each mail one verdict and remembers what it was asked.
type judge struct {
	verdict classifier.Verdict
	err     error
	in      *classifier.Input
	taught  []classifier.Lesson
	user    string
	learned classifier.Learned
}

func (j *judge) Check(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	j.in = in
	if j.err != nil {
		return nil, j.err
	}
	v := j.verdict
	return &v, nil
}

func (j *judge) Learn(_ context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	j.taught, j.user = lessons, user
	return []classifier.Learned{j.learned}, j.err
}

const spam = "Message-ID: <a@b.example>\r\nSubject: buy\r\n\r\nnow\r\n"

var verdictOf7 = classifier.Verdict{Score: 7.25, Required: 5, Hits: []classifier.Hit{
	{Name: "BAYES_99", Score: 6.25, Description: "spam by the learner"}, {Name: "URI_BAD", Score: 1,
		Detail: "bad.example"}}}

// ask sends a request to a server of some settings, and returns its status and answer.
func ask(t *testing.T, j *judge, s Settings, method, path, body string, header map[string]string) (int,
	map[string]any) {
	t.Helper()
	server := New(Options{Classifier: j, Settings: s, MaxMessage: 1000, Stat: func() Stat {
		return Stat{Ham: 3, Spam: 2,
			LearnedSpam: 9}
	}})
	mux := http.NewServeMux()
	password := func(r *http.Request) error {
		if r.Header.Get("Password") != "secret" {
			return errors.New("unauthorized")
		}
		return nil
	}
	server.Route(mux, Access{Scan: func(*http.Request) error { return nil }, Learn: password})
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, value := range header {
		for v := range strings.SplitSeq(value, ",") {
			r.Header.Add(name, v)
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	var answer map[string]any
	text, _ := io.ReadAll(w.Body)
	if json.Unmarshal(text, &answer) != nil {
		answer = map[string]any{"text": string(text)}
	}
	return w.Code, answer
}

func TestCheck(t *testing.T) {
	j := &judge{verdict: verdictOf7}
	code, a := ask(t, j, Settings{}, "POST", "/checkv2", spam, map[string]string{"From": "<a@b.example>",
		"Rcpt": "<c@d.example>,e@f.example",
		"Ip":   "192.0.2.7", "Hostname": "mx.b.example", "Helo": "mx", "User": "joe", "Queue-Id": "4ABC",
		"MTA-Name": "mail.d.example"})
	if code != 200 || a["action"] != "add header" || a["score"] != 7.25 || a["required_score"] != 5.0 ||
		a["is_skipped"] != false ||
		a["message-id"] != "a@b.example" {
		t.Errorf("%d %v", code, a)
	}
	symbol := a["symbols"].(map[string]any)["URI_BAD"]
	if !reflect.DeepEqual(symbol, map[string]any{"name": "URI_BAD", "score": 1.0, "metric_score": 1.0,
		"options": []any{"bad.example"}}) {
		t.Errorf("symbol %v", symbol)
	}
	want := &classifier.Input{Raw: []byte(spam), Client: netip.MustParseAddr("192.0.2.7"), ClientName: "mx.b.example",
		Helo:   "mx",
		Sender: "a@b.example", Recipients: []string{"c@d.example", "e@f.example"}, AuthUser: "joe", QueueID: "4ABC",
		Host: "mail.d.example"}
	if !reflect.DeepEqual(j.in, want) {
		t.Errorf("asked  %+v\nwanted %+v", j.in, want)
	}
	if _, a = ask(t, j, Settings{}, "POST", "/check", spam, nil); a["default"].(map[string]any)["is_spam"] != true {
		t.Errorf("/check: %v", a)
	}
}

func TestWhatBecomesOfAMail(t *testing.T) {
	never := policy.Policy{RejectScore: 100, DiscardScore: 100, QuarantineScore: 100, RedirectScore: 100,
		CopyScore: 100}
	with := func(change func(*policy.Policy)) Settings {
		p := never
		change(&p)
		return Settings{Policy: &policy.Set{Site: p}}
	}
	for _, c := range []struct {
		name   string
		judge  judge
		set    Settings
		action string
		skip   bool
	}{
		{"spam", judge{verdict: verdictOf7}, with(func(*policy.Policy) {}), "add header", false},
		{"ham", judge{verdict: classifier.Verdict{Score: 1, Required: 5}}, Settings{}, "no action", false},
		{"reject", judge{verdict: verdictOf7},
			with(func(p *policy.Policy) { p.RejectScore = 7; p.RejectReply = "550 no" }),
			"reject", false},
		{"discard", judge{verdict: verdictOf7}, with(func(p *policy.Policy) { p.DiscardScore = 7 }), "discard", false},
		{"quarantine", judge{verdict: verdictOf7},
			with(func(p *policy.Policy) { p.QuarantineScore = 7; p.QuarantineDir = true }), "quarantine", false},
		{"too large", judge{verdict: verdictOf7}, Settings{MaxSize: 10}, "no action", true},
		{"failed", judge{err: errors.New("broken")}, Settings{}, "no action", true},
		{"failed, tempfail", judge{err: errors.New("broken")}, Settings{OnError: true}, "soft reject", true},
		{"no memory", judge{err: connpool.ErrNoMemory}, Settings{OnError: true}, "no action", true},
		{"no memory, tempfail", judge{err: connpool.ErrNoMemory}, Settings{OnOverload: true}, "soft reject", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, a := ask(t, &c.judge, c.set, "POST", "/checkv2", spam, nil)
			if code != 200 || a["action"] != c.action || a["is_skipped"] != c.skip {
				t.Errorf("%d %v", code, a)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	ok := map[string]string{"Password": "secret"}
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string
		code                     int
		says                     string
	}{
		{"file", "POST", "/checkv2", spam, map[string]string{"File": "/etc/passwd"}, 400,
			"File: messages are read from the request's body only"},
		{"path", "POST", "/checkv2", spam, map[string]string{"Path": "/etc/passwd"}, 400, "Path: messages"},
		{"shm", "GET", "/checkv2", "", map[string]string{"Shm": "x"}, 400, "Shm: messages"},
		{"file by parameter", "POST", "/checkv2?file=/etc/passwd", spam, nil, 400, "File: messages"},
		{"learn a file", "POST", "/learnspam", "", map[string]string{"Password": "secret", "File": "/x"}, 400,
			"File: messages"},
		{"zstd", "POST", "/checkv2", spam, map[string]string{"Compression": "zstd"}, 415, "uncompressed"},
		{"encrypted", "POST", "/checkv2", spam, map[string]string{"Key": "abc"}, 400, "TLS"},
		{"no message", "POST", "/checkv2", "", nil, 400, "no message"},
		{"too long", "POST", "/checkv2", strings.Repeat("x", 1001), nil, 413, "longer than 1000 bytes"},
		{"learn without password", "POST", "/learnham", spam, nil, 401, "unauthorized"},
		{"learn with a wrong one", "POST", "/learnspam", spam, map[string]string{"Password": "guess"}, 401,
			"unauthorized"},
		{"wrong method", "GET", "/learnspam", "", ok, 405, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &judge{verdict: verdictOf7, learned: classifier.LearnedNew}
			code, a := ask(t, j, Settings{}, c.method, c.path, c.body, c.header)
			text, _ := a["error"].(string)
			if code != c.code || !strings.Contains(text, c.says) || j.in != nil || j.taught != nil {
				t.Errorf("%d %v", code, a)
			}
		})
	}
}

// TestTooLargeIsSkipped: a mail that is known to be too large to be checked is no error, however large; one that is to
// be learned is.
func TestTooLargeIsSkipped(t *testing.T) {
	j := &judge{verdict: verdictOf7}
	huge := strings.Repeat("x", 5000) // more than is ever kept
	if code, a := ask(t, j, Settings{MaxSize: 900}, "POST", "/checkv2", huge, nil); code != 200 ||
		a["is_skipped"] != true {
		t.Errorf("%d %v", code, a)
	}
	password := map[string]string{"Password": "secret"}
	if code, a := ask(t, j, Settings{MaxSize: 900}, "POST", "/learnspam", huge, password); code != 413 {
		t.Errorf("%d %v", code, a)
	}
	if j.in != nil || j.taught != nil {
		t.Error("it was checked or learned")
	}
}

func TestLearn(t *testing.T) {
	for _, c := range []struct {
		path    string
		learned classifier.Learned
		class   store.Class
		code    int
	}{
		{"/learnspam", classifier.LearnedNew, store.Spam, 200},
		{"/learnham", classifier.LearnedOther, store.Ham, 200},
		{"/learnham", classifier.LearnedKnown, store.Ham, 208},
		{"/learnham", classifier.LearnedLater, store.Ham, 200},
	} {
		j := &judge{learned: c.learned}
		code, a := ask(t, j, Settings{}, "POST", c.path, spam,
			map[string]string{"Password": "secret", "Deliver-To": "bob"})
		if code != c.code || (a["success"] == true) != (code == 200) || len(j.taught) != 1 ||
			j.taught[0].Class != c.class ||
			j.user != "bob" {
			t.Errorf("%s, %v: %d %v, taught %+v", c.path, c.learned, code, a, j.taught)
		}
	}
}

func TestStatAndPing(t *testing.T) {
	code, a := ask(t, &judge{}, Settings{}, "GET", "/stat", "", nil)
	if code != 200 || a["scanned"] != 5.0 || a["spam_count"] != 2.0 ||
		a["actions"].(map[string]any)["no action"] != 3.0 ||
		a["learned"] != 9.0 {
		t.Errorf("%d %v", code, a)
	}
	if code, a = ask(t, &judge{}, Settings{}, "GET", "/ping", "", nil); code != 200 || a["text"] != "pong\r\n" {
		t.Errorf("%d %q", code, a)
	}
}

// TestBrowsers: a page of a stranger's neither scans nor teaches, whatever it is the same origin as by now.
func TestBrowsers(t *testing.T) {
	for _, path := range []string{"/checkv2", "/check", "/symbols", "/learnspam", "/learnham", "/rspamc"} {
		for name, value := range map[string]string{"Origin": "http://rebound.example:11333",
			"Sec-Fetch-Site": "same-origin"} {
			j := &judge{verdict: verdictOf7, learned: classifier.LearnedNew}
			if code, a := ask(t, j, Settings{}, "POST", path, spam, map[string]string{name: value,
				"Password": "secret"}); code != http.StatusForbidden && path != rspamcPath || j.in != nil || j.taught != nil {
				t.Errorf("%s of %s: %d %v", path, name, code, a)
			}
		}
	}
}
