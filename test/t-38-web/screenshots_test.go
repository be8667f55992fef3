package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/history"
	"asterism/message"
	"asterism/store"
	"asterism/test/e2e"
)

// screenshots is the directory for the pictures; without it they are taken and thrown away.
var screenshots = flag.String("screenshots", "", "write the pictures of the pages into this directory")

// TestScreenshots takes the pictures of docs/web.md and README: of the mails that the rules' tests have made up, and of
// what a newcomer sees after make run and make sample.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("make screenshots takes them")
	}
	dir := e2e.Dir(t)
	fill(t, dir)
	port := e2e.FreePort(t)
	s := &site{url: fmt.Sprintf("http://127.0.0.1:%d", port), browser: e2e.StartBrowser(t)}
	s.spamd = e2e.StartSpamd(t, "history 1\nweb_dir "+dir+"/web\nbayes_auto_learn 0\n", "-L", "--bayes-path",
		dir+"/bayes",
		"--web", fmt.Sprintf("inet:%d@127.0.0.1", port))
	e2e.SetPassword(t, s.spamd, password)
	for _, subject := range []string{"portfolio", "appointment", "reservation"} {
		s.teachByAPI(t, subject, "ham")
	}
	for _, subject := range []string{"remittance", "benefits"} {
		s.teachByAPI(t, subject, "spam")
	}
	p := s.logIn(t, false)
	p.Size(t, 1180, 800)
	p.Open(t, s.url+"/")
	picture(t, p, "web-find")
	p.Size(t, 1180, 980)
	s.find(t, p, "confirm appointment taught:ham")
	picture(t, p, "web-mail")
	p.Size(t, 1180, 1180)
	p.Open(t, s.url+"/figures?by=hour")
	picture(t, p, "web-figures")
	newcomer(t, s.browser)
}

// picture writes a picture of a page.
func picture(t *testing.T, p *e2e.Page, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), p.Screenshot(t), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newcomer takes the picture of make run and make sample.
func newcomer(t *testing.T, browser *e2e.Browser) {
	root := e2e.Root(t)
	port := e2e.FreePort(t)
	s := &site{url: fmt.Sprintf("http://127.0.0.1:%d", port), browser: browser}
	s.spamd = e2e.StartSpamd(t, "history 1\n", "-L", "--web", fmt.Sprintf("inet:%d@127.0.0.1", port))
	e2e.SetPassword(t, s.spamd, password)
	sample, err := os.Open(filepath.Join(root, "contrib", "sample.eml"))
	if err != nil {
		t.Fatal(err)
	}
	defer sample.Close()
	cmd := exec.Command(e2e.Binary(t, "spamd"), "mda", "-L", "-c", s.spamd.Config, "--bayes-path", s.spamd.Store,
		"--sender", "tracking@parcel-notice.example",
		"--recipient", "you@example.org", "--", "cat")
	cmd.Stdin = sample
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := s.logIn(t, false)
	p.Size(t, 1180, 860)
	s.find(t, p, "parcel")
	picture(t, p, "web-sample")
}

// teachByAPI teaches the first mail with a word in its subject.
func (s *site) teachByAPI(t *testing.T, subject, class string) {
	t.Helper()
	var found struct {
		Records []struct{ ID string }
	}
	s.ask(t, "GET", "/api/v1/history?"+url.Values{"subject": {subject}}.Encode(), "", &found)
	if len(found.Records) == 0 {
		t.Fatalf("no mail has %s in its subject", subject)
	}
	s.ask(t, "POST", "/api/v1/history/"+found.Records[0].ID+"/teach", `{"class":"`+class+`"}`, nil)
}

// ask uses the API.
func (s *site) ask(t *testing.T, method, path, body string, into any) {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("admin", password)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// fixture is one of the mails that the rules' tests have made up.
type fixture struct {
	raw  []byte
	spam bool
}

// fixtures reads them all.
func fixtures(t *testing.T) (all []fixture) {
	t.Helper()
	for _, kind := range []string{"ham", "spam"} {
		files, err := filepath.Glob(filepath.Join(e2e.Root(t), "data", "testdata", kind, "*.eml"))
		if err != nil || len(files) < 50 {
			t.Fatal(files, err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fixture{raw, kind == "spam"})
		}
	}
	return all
}

// fill makes a learner that knows half of the fixtures, and a history in which each came some times in two days.
func fill(t *testing.T, dir string) {
	t.Helper()
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	cfg.Parse("test", []byte("bayes_path "+dir+"/bayes\nlocal_tests_only 1\nhistory 1\nbayes_auto_learn 0\n"))
	e, err := engine.Open(cfg, engine.Options{History: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	random := rand.New(rand.NewPCG(1, 2))
	all := fixtures(t)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var lessons []classifier.Lesson
	for _, f := range all[:len(all)/2] {
		class := store.Ham
		if f.spam {
			class = store.Spam
		}
		lessons = append(lessons, classifier.Lesson{Raw: f.raw, Class: class})
	}
	reminder, err := os.ReadFile(filepath.Join(e2e.Root(t), "data", "testdata", "ham", "dental-reminder.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 { // somebody has taught such mails as spam
		lessons = append(lessons, classifier.Lesson{Raw: fmt.Appendf(bytes.Clone(reminder), "\n<p>Number %d</p>\n", i),
			Class: store.Spam})
	}
	if _, err := e.Learn(t.Context(), "", lessons); err != nil {
		t.Fatal(err)
	}
	var records []*history.Record
	now := time.Now()
	for range 4 {
		for _, f := range all {
			at := now.Add(-time.Duration(random.Float64() * random.Float64() * float64(46*time.Hour)))
			if f.spam && random.IntN(5) < 2 || !f.spam && (at.Hour() < 7 || at.Hour() > 19) && random.IntN(5) > 0 {
				continue // ham comes by day
			}
			records = append(records, record(t, e, f, at))
		}
	}
	slices.SortFunc(records, func(a, b *history.Record) int { return a.Time.Compare(b.Time) })
	for _, r := range records {
		e.History().Append(r)
	}
}

// record returns the record of a fixture that came at a time.
func record(t *testing.T, e *engine.Engine, f fixture, at time.Time) *history.Record {
	t.Helper()
	in := &classifier.Input{Raw: bytes.Clone(f.raw)}
	v, err := e.Check(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	o := &history.Outcome{Front: "milter", Action: "tag", Took: v.Took}
	if v.Score >= 15 {
		o.Action = "reject"
	}
	if len(f.raw) > 20_000 {
		v, o.Action, o.Reason = nil, "skip", "too large"
	}
	r := history.NewRecord(in, v, o)
	r.Time = at
	header := message.Parse(f.raw).Header()
	r.AuthResults = strings.Join(strings.Fields(header.Get("Authentication-Results")), " ")
	if len(r.Recipients) == 0 {
		r.Recipients = []string{"sue@example.org"}
	}
	if r.QueueID == "" {
		r.QueueID = fmt.Sprintf("%010X", at.UnixNano()/1e6&0xffffffffff)
	}
	return r
}
