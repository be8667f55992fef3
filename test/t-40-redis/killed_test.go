package redis_test

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/store"
	"asterism/store/bolt"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
	"asterism/test/e2e"
)

// TestTrainingKilled: spam-learn is killed again and again while it trains, beside another one that is not, and Redis
// once. When both are through, each message counts once, and so does each of its tokens.
func TestTrainingKilled(t *testing.T) {
	const messages, kills = 12_000, 6
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	url, dir := server.URL("killed"), e2e.Dir(t)
	config := func(name, store string) string {
		return e2e.Write(t, dir, name, "bayes_path "+store+"\nbayes_redis_journal "+dir+"/"+name+".journal\n", 0o644)
	}
	var hams, spams strings.Builder
	for i := range messages {
		hams.WriteString("From x Sat Nov 21 12:00:00 2026\n" + ham(i) + "\n")
		spams.WriteString("From x Sat Nov 21 12:00:00 2026\n" + spam(i) + "\n")
	}
	ham, spam := e2e.Write(t, dir, "ham.mbox", hams.String(), 0o644), e2e.Write(t, dir, "spam.mbox", spams.String(), 0o644)
	learn := func(config, class, mbox string) *exec.Cmd {
		return exec.Command(e2e.Binary(t, "spam-learn"), "-c", config, "--"+class, mbox)
	}
	run := func(config, class, mbox string) string {
		t.Helper()
		out, err := learn(config, class, mbox).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	one, two := config("one.cf", url), config("two.cf", url)
	undisturbed := make(chan string)
	go func() {
		out, err := learn(two, "ham", ham).CombinedOutput()
		undisturbed <- fmt.Sprintf("%s%v", out, err)
	}()
	for i := range kills {
		cmd := learn(one, "spam", spam)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait()
		}()
		begun := spamLearned(server)
		e2e.WaitFor(t, "more to be learned", time.Minute, func() bool {
			select {
			case <-ended: // as it knows all by now
				return true
			default:
				return spamLearned(server) > begun
			}
		})
		time.Sleep(time.Duration(i) * 7 * time.Millisecond) // at another point each time
		if i == kills/2 {
			server.Kill()
			server.Start()
		}
		_ = cmd.Process.Kill()
		<-ended
		t.Logf("kill %d: %d of %d learned", i+1, spamLearned(server), messages)
	}
	t.Logf("beside it: %s", <-undisturbed)
	t.Logf("%s", run(one, "spam", spam)+run(two, "ham", ham))

	reference := filepath.Join(dir, "bayes")
	file := config("file.cf", reference)
	run(file, "spam", spam)
	run(file, "ham", ham)
	want, err := bolt.Open(reference, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	got, err := redis.Open(url, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	wantTotals(t, url, messages, messages)
	e2e.WaitFor(t, "what was left half done to be completed", time.Minute, func() bool {
		return maps.Equal(counts(t, got), counts(t, want))
	})
}

// spamLearned returns how much spam a server knows, 0 while it does not answer.
func spamLearned(server *redistest.Server) int {
	out, err := exec.Command("redis-cli", "-p", fmt.Sprint(server.Port), "EVAL", `local n = 0
for _, k in ipairs(redis.call('KEYS', '*:t')) do n = n + (redis.call('HGET', k, 's') or 0) end
return n`, "0").Output()
	n := 0
	if err == nil {
		_, _ = fmt.Sscan(string(out), &n)
	}
	return n
}

// counts returns how many tokens there are of each pair of counts: tokens of two stores have different hashes.
func counts(t *testing.T, st store.Store) map[[2]uint32]int {
	t.Helper()
	all := map[[2]uint32]int{}
	err := st.Each(func(_ store.Token, r store.Record) bool {
		all[[2]uint32{r.Ham, r.Spam}]++
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
