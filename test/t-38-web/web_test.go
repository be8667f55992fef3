// Package web_test uses the daemon's pages as an administrator does: with real headless Chromium, about mail that a
// real Postfix delivers.
package web_test

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"asterism/test/e2e"
)

// site is Postfix, spamd as its milter, and a browser.
type site struct {
	*e2e.Postfix
	spamd   *e2e.Spamd
	browser *e2e.Browser
	url     string
}

const password = "open sesame"

// start starts a site with a learner that knows some mails, and a quarantine for mail to caught@example.org.
func start(t *testing.T) *site {
	t.Helper()
	port, milter, dir := e2e.FreePort(t), e2e.FreePort(t), e2e.Dir(t)
	s := &site{url: fmt.Sprintf("http://127.0.0.1:%d", port), browser: e2e.StartBrowser(t)}
	s.spamd = e2e.StartSpamd(t,
		e2e.TestRules+"history 1\nbayes_auto_learn 0\nbayes_min_ham_num 1\nbayes_min_spam_num 1\nrequired_score 2\n"+
			"quarantine_dir "+dir+"/quarantine\nfor rcpt caught@example.org\nquarantine_score 5\nquarantine_to "+
			"directory\nend\n",
		"-L", "--web", fmt.Sprintf("inet:%d@127.0.0.1", port), "--milter", fmt.Sprintf("inet:%d@127.0.0.1", milter))
	e2e.SetPassword(t, s.spamd, password)
	s.Postfix = e2e.StartPostfix(t, fmt.Sprintf("smtpd_milters = inet:127.0.0.1:%d\nmilter_default_action = tempfail",
		milter))
	host, smtp, _ := strings.Cut(s.Addr, ":")
	s.configure(t, "quarantine_submit smtp:inet:"+smtp+"@"+host+"\n")
	s.teach(t)
	return s
}

// configure adds lines to spamd's configuration.
func (s *site) configure(t *testing.T, lines string) {
	t.Helper()
	cf, err := os.ReadFile(s.spamd.Config)
	if err != nil {
		t.Fatal(err)
	}
	e2e.Write(t, filepath.Dir(s.spamd.Config), "local.cf", string(cf)+lines, 0o644)
	reloaded := func() int { return strings.Count(s.spamd.Output(), "configuration reloaded") }
	before := reloaded()
	s.spamd.Signal(syscall.SIGHUP)
	e2e.WaitFor(t, "the reload", 60*time.Second, func() bool { return reloaded() > before })
}

// offer is a text that the learner takes for spam, chat one that it takes for ham.
const (
	offer = "Guaranteed returns await investors who join our exclusive bullion fund before Friday midnight."
	chat  = "The committee minutes are attached, please check the paragraph about the playground budget."
)

// teach teaches some mails of both classes.
func (s *site) teach(t *testing.T) {
	t.Helper()
	dir := e2e.Dir(t)
	for class, text := range map[string]string{"--spam": offer, "--ham": chat} {
		var mbox strings.Builder
		for i := range 60 {
			fmt.Fprintf(&mbox, "From x Thu Jan  1 00:00:00 2026\n%s\n",
				e2e.Letter(fmt.Sprintf("Number %d", i), text+fmt.Sprintf(" Our reference is %d.", i)))
		}
		e2e.Run(t, e2e.Binary(t, "spam-learn"), "--bayes-path", s.spamd.Store, class,
			e2e.Write(t, dir, class, mbox.String(), 0o600))
	}
}

// TestPages: what administrators do with the pages, at one site.
func TestPages(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"whyWasItTagged", s.whyWasItTagged},
		{"quarantine", s.quarantine},
		{"digest", s.digest},
		{"remedies", s.remedies},
		{"try", s.try},
		{"mailIsText", s.mailIsText},
		{"otherOrigin", s.otherOrigin},
		{"forEverybody", s.forEverybody},
		{"guessing", s.guessing},
	} {
		t.Run(c.name, c.test)
	}
}

// logIn opens a tab and logs in by the keyboard.
func (s *site) logIn(t *testing.T, scripts bool) *e2e.Page {
	t.Helper()
	p := s.browser.Page(t, scripts)
	p.Open(t, s.url+"/")
	p.Fill(t, "#name", "admin")
	p.Press(t, "Tab")
	if on := p.Focused(t); on != "INPUT password" {
		t.Errorf("Tab leads from the name to %s", on)
	}
	p.Fill(t, "#password", password)
	p.Submit(t)
	if p.Text(t, ".who span") != "admin" {
		t.Fatalf("not logged in:\n%s", p.Text(t, "body"))
	}
	return p
}

// find opens the page of the newest mail that a search finds, once there is one.
func (s *site) find(t *testing.T, p *e2e.Page, what string) {
	t.Helper()
	e2e.WaitFor(t, "a record of "+what, 60*time.Second, func() bool {
		p.Open(t, s.url+"/")
		p.Fill(t, "#q", what)
		p.Submit(t)
		return p.Count(t, "tbody a.subject") > 0
	})
	p.Click(t, "tbody a.subject")
}

// score returns the score that a mail's page tells of.
func score(t *testing.T, p *e2e.Page) float64 {
	t.Helper()
	_, rest, _ := strings.Cut(p.Text(t, ".sentence"), ": ")
	first, _, _ := strings.Cut(rest, " ")
	return number(t, first)
}

// number reads a score as pages show it.
func number(t *testing.T, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.Replace(text, "−", "-", 1), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// has fails the test unless a text has all parts.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// whyWasItTagged: the question of the morning, from the log-in to a copy that scores lower; with and without scripts.
func (s *site) whyWasItTagged(t *testing.T) {
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			to := "bob-" + strings.ReplaceAll(name, " ", "-") + "@example.org"
			send := func(subject string) {
				e2e.MustSend(t, s.Addr, "alice@example.net", to, e2e.Letter(subject, offer))
			}
			send("An offer for " + name)
			p := s.logIn(t, scripts)
			s.find(t, p, to)
			before := score(t, p)
			if before < 2 {
				t.Fatalf("the mail is not tagged: %.1f", before)
			}
			has(t, p.Text(t, "main"), "Tagged: ", "Without BAYES_", "An offer for "+name, "alice@example.net",
				"This was ham")

			p.Click(t, "button.ham")
			has(t, p.Text(t, "#taught"), "Taught as ham by admin", fmt.Sprintf("It had %.1f", before))
			if after := number(t, p.Text(t, "#copy")); after >= before {
				t.Errorf("a copy gets %.1f, before %.1f", after, before)
			}
			send("A copy for " + name)
			s.find(t, p, to+" copy")
			copied := score(t, p)
			if copied >= before {
				t.Errorf("a copy got %.1f, before %.1f", copied, before)
			}
			s.find(t, p, to+" offer")
			p.Click(t, "#taught button")
			if p.Count(t, "#taught") != 0 {
				t.Errorf("still taught after the undo:\n%s", p.Text(t, "main"))
			}
			s.spamd.WaitOutput(t, `act="undo teaching" who=admin`, 30*time.Second)
			send("One more for " + name)
			s.find(t, p, to+" more")
			if got := score(t, p); got < (before+copied)/2 {
				t.Errorf("after the undo a copy got %.1f, at first %.1f, taught %.1f", got, before, copied)
			}
		})
	}
}

// quarantine: a mail is looked at as text, and released to its recipient.
func (s *site) quarantine(t *testing.T) {
	e2e.MustSend(t, s.Addr, "alice@example.net", "caught@example.org",
		e2e.Letter("Held back", "This is certainly spam."))
	p := s.logIn(t, false)
	p.Open(t, s.url+"/quarantine")
	has(t, p.Text(t, "main"), "Held back", "alice@example.net → caught@example.org")
	p.Click(t, "tbody a.subject")
	has(t, p.Text(t, "main"), "Quarantined: ", "This is certainly spam.", "E2E_SPAM", "text/plain")
	p.Click(t, "button[value=ham]")
	has(t, p.Text(t, "main"), "Taught as ham.")
	s.find(t, p, "caught@example.org")
	has(t, p.Text(t, "main"), "Quarantined: ", "Release from quarantine")
	p.Click(t, "form[action$='/release'] button")
	has(t, p.Text(t, "main"), "on its way", "empty")
	has(t, s.Mail(t, "caught"), "Subject: Held back", "X-Spam-Quarantine: released")
}

// digest: a recipient is told of a mail, and releases it by the link, once.
func (s *site) digest(t *testing.T) {
	s.configure(t, "web_url "+s.url+"/\nuser_digest_domains example.org\nfor rcpt "+
		"told@example.org\nquarantine_score 5\nquarantine_to directory\nend\n")
	e2e.MustSend(t, s.Addr, "alice@example.net", "told@example.org",
		e2e.Letter("Held for you", "This is certainly spam."))
	notify := func() string {
		return e2e.Run(t, e2e.Binary(t, "spamd"), "quarantine", "notify", "--users", "-c", s.spamd.Config)
	}
	has(t, notify(), "1 digests")
	has(t, notify(), "0 digests")
	digest := s.Mail(t, "told")
	_, body, _ := strings.Cut(digest, "\n\n")
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(text), "Held for you", "alice@example.net")
	link := regexp.MustCompile(`http://\S+/release/\S+`).FindString(string(text))
	p := s.browser.Page(t, false)
	p.Open(t, link+"x")
	has(t, p.Text(t, "main"), "no longer valid")
	p.Open(t, link)
	has(t, p.Text(t, "main"), "Release this mail?", "Held for you", "told@example.org")
	p.Click(t, "button")
	has(t, p.Text(t, "main"), "on its way to you")
	e2e.WaitFor(t, "the released mail", 60*time.Second, func() bool {
		return strings.Contains(strings.Join(s.Mails(t, "told"), ""), "X-Spam-Quarantine: released")
	})
	p.Open(t, link)
	has(t, p.Text(t, "main"), "no longer valid")
	s.spamd.WaitOutput(t, `act="release by link" who=told@example.org`, 30*time.Second)
}

// remedies: a score set on a mail's page counts for the next mail, until it is taken back.
func (s *site) remedies(t *testing.T) {
	letter := e2e.Letter("hello", "This is certainly spam.")
	mail := func() float64 {
		r, err := s.spamd.Client(t).Check(t.Context(), []byte(letter))
		if err != nil {
			t.Fatal(err)
		}
		return r.Score
	}
	e2e.MustSend(t, s.Addr, "alice@example.net", "remedy@example.org", letter)
	before := mail()
	p := s.logIn(t, false)
	s.find(t, p, "remedy@example.org")
	p.Fill(t, "#points", "1.5")
	p.Click(t, "form:has(#points) button")
	has(t, p.Text(t, "main"), "score E2E_SPAM 1.5", "admin", "the mail")
	if got := mail(); got > before-8 {
		t.Errorf("with the remedy %.1f, before %.1f", got, before)
	}
	p.Click(t, "tbody button")
	has(t, p.Text(t, "main"), "There are none")
	if got := mail(); got != before {
		t.Errorf("without the remedy %.1f, before %.1f", got, before)
	}
	s.find(t, p, "remedy@example.org")
	p.Click(t, "form:has([name=address]) button")
	has(t, p.Text(t, "main"), "welcomelist_auth alice@example.net")
}

// try: a mail is explained without being learned or recorded.
func (s *site) try(t *testing.T) {
	client := s.spamd.Client(t)
	before, err := client.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := s.logIn(t, false)
	p.Open(t, s.url+"/try")
	p.Fill(t, "#mail", e2e.Letter("tried", offer))
	p.Fill(t, "#recipients", "bob@example.org")
	p.Click(t, "form[action='/try'] button")
	has(t, p.Text(t, "main"), "Would be tagged: ", "BAYES_", "bullion", "Nothing was learned")
	p.Open(t, s.url+"/try")
	p.Upload(t, "#file", e2e.Write(t, e2e.Dir(t), "mail.eml", e2e.Letter("tried", "This is certainly ham."), 0o644))
	p.Click(t, "form[action='/try'] button")
	has(t, p.Text(t, "main"), "Would pass: ", "E2E_HAM")
	if after, err := client.Totals(t.Context()); err != nil || after.Ham != before.Ham || after.Spam != before.Spam {
		t.Errorf("learned %+v, before %+v, %v", after, before, err)
	}
	p.Open(t, s.url+"/?q=tried")
	has(t, p.Text(t, "main"), "No mail found")
}

// guessing: after some wrong passwords the next one has to wait.
func (s *site) guessing(t *testing.T) {
	p := s.browser.Page(t, false)
	p.Open(t, s.url+"/")
	const tooMany = "Too many wrong passwords"
	for range 12 { // the wait doubles: on a slow machine it is over before the next attempt at first
		p.Fill(t, "#name", "admin")
		p.Fill(t, "#password", "a guess")
		p.Submit(t)
		if strings.Contains(p.Text(t, "[role=alert]"), tooMany) {
			break
		}
	}
	has(t, p.Text(t, "[role=alert]"), tooMany)
	s.spamd.WaitOutput(t, `act="log in refused" who=admin`, 30*time.Second)
	s.spamd.WaitOutput(t, `act="log in throttled" who=admin`, 30*time.Second)
}

// evil is a mail whose every text is script, markup or a terminal's commands.
const evil = "From: \"<script>alert(1)</script>\" <alice@example.net>\nTo: <img src=x onerror=alert(2)>\n" +
	"Subject: </title><script>alert(3)</script><b onmouseover=alert(4)>bold \x1b[31mred\nMessage-ID: " +
	"<<svg/onload=alert(5)>@example.net>\n" +
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n" +
	"<script>alert(6)</script><p>This is certainly spam.</p><img src=\"http://127.0.0.1:9/pixel.png\"><iframe " +
	"src=\"javascript:alert(7)\"></iframe>\n" +
	"--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; " +
	"filename=\"<script>alert(8)</script>\x1b]0;x\x07.exe\"\n\nMZ\n--b--\n"

// mailIsText: nothing of a mail runs, loads or becomes markup on any page, with scripts allowed.
func (s *site) mailIsText(t *testing.T) {
	s.configure(t, "header E2E_DETAIL Subject =~ /<script>.*/\nscore E2E_DETAIL 1\ndescribe E2E_DETAIL "+
		"<script>alert(9)</script>\n")
	for _, to := range []string{"bob@example.org", "caught@example.org"} {
		e2e.MustSend(t, s.Addr, "alice@example.net", to, evil)
	}
	p := s.logIn(t, true)
	s.find(t, p, "bob@example.org")
	mail := p.URL(t)
	has(t, p.Text(t, "h1"), "<script>alert(3)</script>", "␛[31mred")
	has(t, p.Text(t, "main"), `<script>alert(1)</script>`, "<script>alert(9)</script>", "svg/onload=alert(5)>")
	p.Click(t, "button.ham")
	p.Open(t, s.url+"/quarantine")
	p.Click(t, "tbody a.subject")
	has(t, p.Text(t, "main"), "This is certainly spam.", "script>alert(8)</script>")
	look := p.URL(t)
	for _, page := range []string{"/", "/?what=spam", "/quarantine", "/suspects", "/figures", "/remedies", "/try",
		"/?q=%3Cscript%3Ealert(10)%3C/script%3E"} {
		p.Open(t, s.url+page)
		plain(t, s, p)
	}
	for _, url := range []string{mail, look} {
		p.Open(t, url)
		plain(t, s, p)
	}
	p.Open(t, s.url+"/try")
	p.Upload(t, "#file", e2e.Write(t, e2e.Dir(t), "<b>.eml", evil, 0o644))
	p.Click(t, "form[action='/try'] button")
	plain(t, s, p)
	for _, url := range p.Asked() {
		if !strings.HasPrefix(url, s.url+"/") {
			t.Errorf("a page has asked for %s", url)
		}
	}
}

// plain fails the test if a page has more than pages are made of.
func plain(t *testing.T, s *site, p *e2e.Page) {
	t.Helper()
	for _, bad := range []string{"script", "iframe", "img:not([src='/static/icon.svg'])", "[onmouseover]", "[onerror]",
		"[onload]", "main b b", "style"} {
		if n := p.Count(t, bad); n != 0 {
			t.Errorf("%s has %d of %s", p.URL(t), n, bad)
		}
	}
	if d := p.Dialogs(); len(d) != 0 {
		t.Errorf("%s has run a script: %v", p.URL(t), d)
	}
	if strings.ContainsAny(p.Text(t, "body"), "\x1b\x07") {
		t.Errorf("%s has control characters", p.URL(t))
	}
}

// otherOrigin: a page of another origin that has its visitor send a form changes nothing.
func (s *site) otherOrigin(t *testing.T) {
	e2e.MustSend(t, s.Addr, "alice@example.net", "bob@example.org", e2e.Letter("An offer", offer))
	p := s.logIn(t, true)
	s.find(t, p, "bob@example.org")
	mail := p.URL(t)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w,
			`<form method="post" action="%s/teach"><button name="class" value="ham">A kitten</button></form>`, mail)
	}))
	defer evil.Close()
	p.Open(t, evil.URL)
	p.Click(t, "button")
	has(t, strings.ToLower(p.Text(t, "body")), "cross-origin")
	p.Open(t, mail)
	if p.Count(t, "#taught") != 0 {
		t.Error("another origin has taught a mail")
	}
}

// forEverybody: pages have a language, a title, one main heading and landmarks, each field has a label, a link leads
// past the navigation, and nothing is wider than a phone.
func (s *site) forEverybody(t *testing.T) {
	e2e.MustSend(t, s.Addr, "alice@example.net", "bob@example.org", e2e.Letter("An offer "+strings.Repeat("long", 60),
		offer))
	e2e.MustSend(t, s.Addr, "alice@example.net", "caught@example.org",
		e2e.Letter("Held back", "This is certainly spam."))
	p := s.logIn(t, false)
	s.find(t, p, "bob@example.org")
	urls := []string{p.URL(t)}
	p.Open(t, s.url+"/quarantine")
	p.Click(t, "tbody a.subject")
	urls = append(urls, p.URL(t))
	for _, path := range []string{"/", "/quarantine", "/suspects", "/figures", "/remedies", "/try"} {
		urls = append(urls, s.url+path)
	}
	p.Size(t, 360, 700)
	for _, url := range urls {
		p.Open(t, url)
		for selector, want := range map[string]int{"html[lang=en]": 1, "main h1": 1, "main": 1, "nav[aria-label]": 1,
			"header": 1, "nav [aria-current=page]": 1,
			"img:not([alt])": 0, "svg:not([aria-hidden]):not([role=img])": 0} {
			if n := p.Count(t, selector); n != want {
				t.Errorf("%s has %d of %s, want %d", url, n, selector, want)
			}
		}
		if n := p.Unlabeled(t); n != 0 {
			t.Errorf("%s has %d fields without a label", url, n)
		}
		if w := p.Width(t); w > 360 {
			t.Errorf("%s is %d pixels wide on a phone", url, w)
		}
		p.Press(t, "Tab")
		if on := p.Focused(t); on != "A Skip to content" {
			t.Errorf("%s: the first Tab leads to %s", url, on)
		}
	}
}
