package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/store"
	"asterism/store/redis/redistest"
)

// teach teaches a user n mails of each class, or the other way round.
func teach(t *testing.T, e *engine.Engine, user string, n int, otherWayRound bool) {
	t.Helper()
	for _, c := range []store.Class{store.Ham, store.Spam} {
		var lessons []classifier.Lesson
		as := c
		if otherWayRound {
			as = c.Other()
		}
		for i := range n {
			lessons = append(lessons, classifier.Lesson{Raw: mail(c, i), Class: as})
		}
		if _, err := e.Learn(context.Background(), user, lessons); err != nil {
			t.Fatal(err)
		}
	}
}

// bayes returns the probability of spam that a user is told of a mail, -1 for none.
func bayes(t *testing.T, e *engine.Engine, user string, c store.Class) float64 {
	t.Helper()
	v, err := e.Check(context.Background(), &classifier.Input{Raw: mail(c, 1000), User: user})
	if err != nil {
		t.Fatal(err)
	}
	if !v.BayesReady {
		return -1
	}
	return v.Bayes
}

func wantTotals(t *testing.T, e *engine.Engine, ham, spam uint32) {
	t.Helper()
	if got, err := e.Totals(); err != nil || got.Ham != ham || got.Spam != spam {
		t.Errorf("the site's store has learned %d ham and %d spam, %v; want %d, %d", got.Ham, got.Spam, err, ham, spam)
	}
}

// What a user teaches counts for that user alone, and the site's store for all who have not taught enough.
func TestUsers(t *testing.T) {
	for _, kind := range []string{"file", "redis"} {
		t.Run(kind, func(t *testing.T) {
			lines := "bayes_auto_learn 0\nbayes_per_user 1\n"
			if kind == "redis" {
				lines += fmt.Sprintf("bayes_path %s\nbayes_redis_journal %s/journal\n", redistest.Start(t).URL("users"),
					t.TempDir())
			}
			cfg := load(t, lines)
			e := open(t, cfg)
			if p := bayes(t, e, "bob@example.org", store.Spam); p >= 0 {
				t.Errorf("Bayes says %v before anything was learned", p)
			}
			teach(t, e, "", 60, false)
			teach(t, e, "bob@example.org", 60, true)
			teach(t, e, "carol@example.org", 3, true)
			for user, spam := range map[string]bool{"": true, "bob@example.org": false, "Bob@Example.ORG": false,
				"carol@example.org": true,
				"dave":              true, "../bob@example.org": true} {
				if p := bayes(t, e, user, store.Spam); p < 0 || p > 0.5 != spam {
					t.Errorf("%q: Bayes says %v of what the site calls spam", user, p)
				}
			}
			wantTotals(t, e, 60, 60)
			if _, err := e.Forget(context.Background(), "bob@example.org", [][]byte{mail(store.Ham, 1)}); err != nil {
				t.Fatal(err)
			}
			wantTotals(t, e, 60, 60)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			own := *cfg
			var err error
			if own.Bayes, err = engine.ForUser(cfg.Bayes, "BOB@example.org"); err != nil {
				t.Fatal(err)
			}
			wantTotals(t, open(t, &own), 60, 59)
		})
	}
}

// What users teach while Redis is away waits in journals of their own, also for a later start.
func TestUsersWhileRedisIsAway(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes")
	cfg := load(t, fmt.Sprintf("bayes_auto_learn 0\nbayes_per_user 1\nbayes_path %s\nbayes_redis_journal %s/journal\n",
		server.URL("away"), t.TempDir()))
	e := open(t, cfg)
	teach(t, e, "", 1, false)
	for _, user := range []string{"bob", "carol"} {
		teach(t, e, user, 1, false)
	}
	server.Stop()
	for _, user := range []string{"bob", "carol"} {
		learned, err := e.Learn(context.Background(), user, []classifier.Lesson{{Raw: mail(store.Spam, 7),
			Class: store.Spam}})
		if err != nil || learned[0] != classifier.LearnedLater {
			t.Fatalf("%s: %v, %v", user, learned, err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	server.Start()
	e = open(t, cfg)
	for _, user := range []string{"bob", "carol"} {
		redistest.Await(t, "the journal of "+user+" to be learned", func() bool {
			own := *cfg
			own.Bayes, _ = engine.ForUser(cfg.Bayes, user)
			own.Bayes.RedisJournal = t.TempDir() + "/journal" // not to drain it here
			o, err := engine.Open(&own, engine.Options{StoreOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			got, err := o.Totals()
			return err == nil && got.Ham == 1 && got.Spam == 2
		})
	}
	wantTotals(t, e, 1, 1)
}

// There are more users than are held in memory at a time.
func TestManyUsers(t *testing.T) {
	e := open(t, load(t, "bayes_auto_learn 0\nbayes_per_user 1\n"))
	const many = 40
	for i := range many {
		teach(t, e, fmt.Sprintf("user%d", i), 50, i%2 == 0)
	}
	var wg sync.WaitGroup // stores are closed for others while they are wanted again
	for k := range 4 {
		wg.Go(func() {
			for i := range many {
				user := fmt.Sprintf("user%d", (i+k*many/4)%many)
				if _, err := e.Learn(context.Background(), user, []classifier.Lesson{{Raw: mail(store.Ham, 500+k),
					Class: store.Ham}}); err != nil {
					t.Errorf("%s: %v", user, err)
				}
			}
		})
	}
	wg.Wait()
	for i := range many {
		if p := bayes(t, e, fmt.Sprintf("user%d", i), store.Spam); p < 0 || p > 0.5 != (i%2 == 1) {
			t.Errorf("user %d: Bayes says %v", i, p)
		}
	}
}

// A name from outside leads nowhere but to a store of that name.
func TestNamesOfUsers(t *testing.T) {
	cfg := load(t, "bayes_per_user 1\nbayes_auto_learn 0\n")
	e := open(t, cfg)
	for _, name := range []string{"..", "../x", "a/../../x", "a@..", "a@.b", "/etc/passwd", "a/b", ".hidden", "-rf", "a b",
		"a\x00b", "a\nb", "a%2fb", "{a}", "a*",
		"b\xc3\xb6b", strings.Repeat("a", 201)} {
		if _, err := e.Learn(context.Background(), name,
			[]classifier.Lesson{{Raw: mail(store.Ham, 1), Class: store.Ham}}); err == nil {
			t.Errorf("%q could learn", name)
		}
		if _, err := engine.ForUser(cfg.Bayes, name); err == nil {
			t.Errorf("%q has a store", name)
		}
		if _, err := e.Check(context.Background(), &classifier.Input{Raw: mail(store.Ham, 1), User: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	wantTotals(t, e, 0, 0)
	if made, err := filepath.Glob(cfg.Bayes.Path + ".users*"); err != nil || len(made) > 0 {
		t.Errorf("there are %q, %v", made, err)
	}
}

func TestUsersWithoutLearner(t *testing.T) {
	e := open(t, load(t, "bayes_per_user 1\nuse_bayes 0\n"))
	if _, err := e.Learn(context.Background(), "bob",
		[]classifier.Lesson{{Raw: mail(store.Ham, 1), Class: store.Ham}}); !errors.Is(err, classifier.ErrNoLearner) {
		t.Errorf("learning with use_bayes 0: %v", err)
	}
	if p := bayes(t, e, "bob", store.Ham); p >= 0 {
		t.Errorf("Bayes says %v", p)
	}
}

// Preferences count for their user, from the next mail on.
func TestPreferences(t *testing.T) {
	dir := t.TempDir()
	cfg := load(t, "user_prefs_path "+dir+"/%d/%l\nuse_bayes 0\n"+
		"body CASINO /casino/\nscore CASINO 2\nbody OFF /hello/i\nscore OFF 0\n"+
		"header WELCOME eval:check_from_in_welcomelist()\nscore WELCOME -100\nwelcomelist_from boss@example.com\n"+
		"header TO_BLOCK eval:check_to_in_blocklist()\nscore TO_BLOCK 10\n")
	e := open(t, cfg)
	raw := func(from string) []byte {
		return fmt.Appendf(nil, "From: %s\r\nTo: me@example.org\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\n"+
			"Message-ID: <1@example.com>\r\n\r\nHello casino\r\n", from)
	}
	check := func(user, from string) *classifier.Verdict {
		t.Helper()
		v, err := e.Check(context.Background(), &classifier.Input{Raw: raw(from), User: user})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	score := func(v *classifier.Verdict, name string) float64 {
		for _, h := range v.Hits {
			if h.Name == name {
				return h.Score
			}
		}
		return 0
	}
	const bob = "bob@example.org"
	file := filepath.Join(dir, "example.org", "bob")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v := check(bob, "ann@example.com"); score(v, "CASINO") != 2 || v.Required != 5 {
		t.Errorf("without preferences: %v of %v", v.HeaderValue(), v.Required)
	}
	write("required_score 3\nscore CASINO (1.5)\nscore OFF 4\nwelcomelist_from ann@*\n" +
		"unwelcomelist_from boss@example.com\n" +
		"blocklist_to me@example.org\nbayes_path /tmp/elsewhere\nbody OWN /casino/\nscore OWN 50\n")
	v := check(bob, "ann@example.com")
	if v.Required != 3 || score(v, "CASINO") != 3.5 || score(v, "OFF") != 0 || score(v, "WELCOME") != -100 ||
		score(v, "TO_BLOCK") != 10 ||
		score(v, "OWN") != 0 {
		t.Errorf("with preferences: %v of %v", v.HeaderValue(), v.Required)
	}
	if v := check(bob, "boss@example.com"); score(v, "WELCOME") != 0 {
		t.Errorf("a sender that the user has taken from the list: %v", v.HeaderValue())
	}
	for _, other := range []string{"", "carol@example.org", "example.org", "../bob@example.org"} {
		if v := check(other, "ann@example.com"); v.Required != 5 || score(v, "WELCOME") != 0 || score(v, "CASINO") != 2 {
			t.Errorf("%q has another's preferences: %v", other, v.HeaderValue())
		}
	}
	if v := check("", "boss@example.com"); score(v, "WELCOME") != -100 {
		t.Errorf("the site's list has changed: %v", v.HeaderValue())
	}
	write("score CASINO 0\n")
	if v := check(bob, "ann@example.com"); score(v, "CASINO") != 0 || len(v.Hits) > 0 && v.Names()[0] == "CASINO" ||
		v.Required != 5 {
		t.Errorf("preferences that have changed: %v of %v", v.HeaderValue(), v.Required)
	}
	write(strings.Repeat("score CASINO 9\n", 20_000)) // too long
	if v := check(bob, "ann@example.com"); score(v, "CASINO") != 2 {
		t.Errorf("a file too long: %v", v.HeaderValue())
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if v := check(bob, "ann@example.com"); score(v, "CASINO") != 2 {
		t.Errorf("a pipe: %v", v.HeaderValue())
	}
	// A new configuration counts below the preferences.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	write("required_score 3\n")
	changed, problems := config.Load(config.Sources{})
	problems = append(problems, changed.Parse("test",
		[]byte("local_tests_only 1\nuse_bayes 0\nuser_prefs_path "+dir+"/%d/%l\nbody CASINO /casino/\nscore CASINO 7\n"))...)
	if config.Failed(problems) {
		t.Fatal(problems)
	}
	if err := e.Reload(changed); err != nil {
		t.Fatal(err)
	}
	if v := check(bob, "ann@example.com"); score(v, "CASINO") != 7 || v.Required != 3 {
		t.Errorf("after a reload: %v of %v", v.HeaderValue(), v.Required)
	}
}
