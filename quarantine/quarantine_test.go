package quarantine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/quotedprintable"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/quarantine"
	"asterism/submit"
)

const mail = "Subject: hi\r\n\r\nbody\r\n"

func open(t *testing.T) (*quarantine.Dir, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "var", "quarantine")
	d := quarantine.At(path)
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	return d, path
}

func put(t *testing.T, d *quarantine.Dir, recipients ...string) string {
	t.Helper()
	v := &classifier.Verdict{Score: 17.25, Required: 5, Hits: []classifier.Hit{{Name: "A_TEST", Score: 17.25}}}
	id, err := d.Put([]byte(mail), &quarantine.Envelope{Received: time.Now(), Sender: "a@example.net",
		Recipients: recipients}, v)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// mailer is where mails go: it takes them for the recipients it likes.
type mailer struct {
	mu    sync.Mutex
	takes func(to string) bool
	mails []*submit.Mail
}

func (m *mailer) Submit(_ context.Context, mail *submit.Mail) (taken []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, to := range mail.Recipients {
		if m.takes == nil || m.takes(to) {
			taken = append(taken, to)
		}
	}
	if len(taken) > 0 {
		m.mails = append(m.mails, mail)
	}
	if len(taken) < len(mail.Recipients) {
		err = errors.New("mailbox full")
	}
	return taken, err
}

func asIs(raw []byte) []byte { return raw }

func TestOneOfManyReleasesAMail(t *testing.T) {
	d, path := open(t)
	id := put(t, d, "b@example.org")
	m := &mailer{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			// Each a process of its own, as far as the lock is concerned.
			err := quarantine.At(path).Release(t.Context(), id, m, asIs)
			if err != nil && !errors.Is(err, quarantine.ErrBusy) && !errors.Is(err, quarantine.ErrNotFound) {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := d.List(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(m.mails) != 1 {
		t.Errorf("sent %d times", len(m.mails))
	}
	if left, err := os.ReadDir(path); err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v; want the key alone", left, err)
	}
}

func TestWhoHasGotItDoesNotGetItAgain(t *testing.T) {
	d, _ := open(t)
	id := put(t, d, "b@example.org", "full@example.org", "c@example.org")
	m := &mailer{takes: func(to string) bool { return to != "full@example.org" }}
	if err := d.Release(t.Context(), id, m, asIs); err == nil || !strings.Contains(err.Error(), "mailbox full") {
		t.Errorf("got %v", err)
	}
	item, err := d.Get(id)
	if err != nil || !slices.Equal(item.Envelope.Recipients, []string{"full@example.org"}) {
		t.Fatalf("left: %+v, %v", item, err)
	}
	m.takes = nil
	if err := d.Release(t.Context(), id, m, asIs); err != nil || len(m.mails) != 2 ||
		!slices.Equal(m.mails[1].Recipients,
			[]string{"full@example.org"}) {
		t.Errorf("then: %v", err)
	}
}

func TestPass(t *testing.T) {
	d, _ := open(t)
	other, _ := open(t)
	value, err := d.Pass("released 1", []byte(mail))
	if err != nil {
		t.Fatal(err)
	}
	shown, _, _ := strings.Cut(value, ";\n\tkey=")
	for name, c := range map[string]struct {
		by    *quarantine.Dir
		value string
		raw   string
		want  bool
	}{
		"as it was":         {d, value, mail, true},
		"with other folds":  {d, strings.ReplaceAll(value, " ", "\r\n "), mail, true},
		"with more fields":  {d, value, "Received: from b\r\n" + strings.ReplaceAll(mail, "\r\n", "\n"), true},
		"another body":      {d, value, strings.Replace(mail, "body", "pills", 1), false},
		"another site's":    {other, value, mail, false},
		"another text":      {d, strings.Replace(value, "released 1", "released 2", 1), mail, false},
		"another date":      {d, strings.Replace(value, "20", "21", 1), mail, false},
		"no code":           {d, shown, mail, false},
		"an empty code":     {d, shown + "; key=", mail, false},
		"empty":             {d, "", mail, false},
		"semicolons":        {d, ";;;", mail, false},
		"a code of no text": {d, "; key=" + value[len(value)-43:], mail, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := c.by.Passed(c.value, []byte(c.raw)); ok != c.want || ok && got != shown {
				t.Errorf("%s: %q, %v", name, got, ok)
			}
		})
	}
}

func TestDigestTellsOfEachMailOnce(t *testing.T) {
	d, _ := open(t)
	m := &mailer{}
	o := quarantine.Digest{To: "admin@example.org", From: "MAILER-DAEMON", Host: "mail.example.org",
		Command: "spamd quarantine -c x.cf"}
	notify := func(want int) {
		t.Helper()
		if n, err := d.Notify(t.Context(), m, o); err != nil || n != want {
			t.Errorf("told of %d, %v, want %d", n, err, want)
		}
	}
	if !d.Due(time.Hour) {
		t.Error("the first digest is not due")
	}
	notify(0)
	id := put(t, d, "b@example.org")
	notify(1)
	notify(0)
	put(t, d, "c@example.org")
	m.takes = func(string) bool { return false }
	if _, err := d.Notify(t.Context(), m, o); err == nil {
		t.Error("a digest that was not sent is no error")
	}
	m.takes = nil
	notify(1)
	if len(m.mails) != 2 || !bytes.Contains(m.mails[0].Raw, []byte("spamd quarantine -c x.cf release "+id)) {
		t.Errorf("%d digests, the first:\n%s", len(m.mails), m.mails[0].Raw)
	}
	if _, ok := d.Passed(fieldOf(m.mails[0].Raw), m.mails[0].Raw); !ok {
		t.Error("the digest would not pass")
	}
	if d.Due(time.Hour) {
		t.Error("after a digest the next is due at once")
	}
}

func fieldOf(raw []byte) string {
	_, value, _ := strings.Cut(string(raw), quarantine.FieldName+":")
	value, _, _ = strings.Cut(value, "\r\nFrom:")
	return value
}

func TestExpireLeavesNothingHalf(t *testing.T) {
	d, path := open(t)
	put(t, d, "b@example.org")
	half := filepath.Join(path, ".new-20200101-000000-abcdefgh")
	if err := os.MkdirAll(filepath.Join(half, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(half, long, long); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Expire(time.Hour, 0); n != 0 || err != nil {
		t.Errorf("expired %d, %v", n, err)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("what a killed process left behind stays")
	}
	if n, err := d.Expire(time.Nanosecond, 0); n != 1 || err != nil {
		t.Errorf("expired %d, %v", n, err)
	}
}

func TestABrokenFolderHidesNoOther(t *testing.T) {
	d, path := open(t)
	first, second := put(t, d, "b@example.org"), put(t, d, "c@example.org")
	if err := os.WriteFile(filepath.Join(path, first, "envelope.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	items, err := d.List()
	if err == nil || !strings.Contains(err.Error(), first) || len(items) != 1 || items[0].ID != second {
		t.Errorf("listed %v, %v", items, err)
	}
}

// FuzzPassed: no field that the quarantine has not made passes.
func FuzzPassed(f *testing.F) {
	d := quarantine.At(f.TempDir())
	if err := d.Create(); err != nil {
		f.Fatal(err)
	}
	genuine, err := d.Pass("released 1", []byte(mail))
	if err != nil {
		f.Fatal(err)
	}
	for _, value := range []string{"", ";", "; key=", "x; Tue, 1 Sep 2026 00:00:00 +0000; key=AAAA",
		genuine[:len(genuine)-1], "a; " + genuine} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if _, ok := d.Passed(value, []byte(mail)); ok && strings.Join(strings.Fields(value),
			" ") != strings.Join(strings.Fields(genuine), " ") {
			t.Errorf("%q passes", value)
		}
	})
}

// TestUserDigests: each recipient in our domains is told of their mails once, with a link that releases one mail to
// them
// alone, once, for a while.
func TestUserDigests(t *testing.T) {
	d, _ := open(t)
	id := put(t, d, "bob@example.org", "carol@example.org", "dave@example.net")
	m := &mailer{}
	o := quarantine.UserDigest{From: "MAILER-DAEMON", Host: "mx.example.org", URL: "https://mx.example.org",
		Of: func(to string) bool { return strings.HasSuffix(to, "@example.org") }}
	notify := func(want int) {
		t.Helper()
		if n, err := d.NotifyUsers(t.Context(), m, o); err != nil || n != want {
			t.Fatalf("%d digests, %v, want %d", n, err, want)
		}
	}
	if !d.UsersDue(time.Hour) {
		t.Error("the first digests are not due")
	}
	m.takes = func(to string) bool { return to != "carol@example.org" }
	if n, err := d.NotifyUsers(t.Context(), m, o); err == nil || n != 1 {
		t.Fatalf("%d digests, %v", n, err)
	}
	m.takes = nil
	notify(1) // carol's
	notify(0)
	if d.UsersDue(time.Hour) || len(m.mails) != 2 || m.mails[0].Recipients[0] != "bob@example.org" ||
		m.mails[1].Recipients[0] != "carol@example.org" {
		t.Fatalf("sent %+v", m.mails)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(m.mails[0].Raw)))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`https://mx\.example\.org/release/(\S+)\?(\S+)`).FindStringSubmatch(string(body))
	if link == nil || link[1] != id {
		t.Fatalf("no link in %s", body)
	}
	q, _ := url.ParseQuery(link[2])
	to, until, ticket := q.Get("to"), q.Get("until"), q.Get("ticket")
	if to != "bob@example.org" || !d.Admits(id, to, until, ticket) {
		t.Error("the link admits nobody")
	}
	late := strconv.FormatInt(time.Now().Add(-time.Minute).Unix(), 10)
	other := put(t, d, "bob@example.org")
	for _, bad := range [][4]string{{id, "carol@example.org", until, ticket}, {other, to, until, ticket},
		{id, to, until + "0", ticket}, {id, to, late, ticket},
		{id, to, until, ""}, {id, to, "", ticket}, {id, to, until, ticket + "A"}} {
		if d.Admits(bad[0], bad[1], bad[2], bad[3]) {
			t.Errorf("%v admits somebody", bad)
		}
	}
	same := func(raw []byte) []byte { return raw }
	if err := d.ReleaseTo(t.Context(), id, to, m, same); err != nil {
		t.Fatal(err)
	}
	if got := m.mails[len(m.mails)-1]; !slices.Equal(got.Recipients, []string{to}) ||
		!bytes.HasSuffix(got.Raw, []byte(mail)) {
		t.Errorf("released %+v", got)
	}
	if err := d.ReleaseTo(t.Context(), id, to, m, same); !errors.Is(err, quarantine.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if i, err := d.Get(id); err != nil ||
		!slices.Equal(i.Envelope.Recipients, []string{"carol@example.org", "dave@example.net"}) {
		t.Errorf("left for %v, %v", i, err)
	}
}
