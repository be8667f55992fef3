package engine

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/store"
	"asterism/store/redis/redistest"
)

// senderRules are two tests with round scores, and the rules of the record.
const senderRules = `
header   BAD Subject =~ /bad/
score    BAD 8
header   GOOD Subject =~ /good/
score    GOOD -2
header   LIST Subject =~ /listed/
score    LIST -50
tflags   LIST userconf noautolearn
header   AWL eval:check_from_in_auto_welcomelist()
tflags   AWL userconf noautolearn
header   TXREP eval:check_senders_reputation()
tflags   TXREP userconf noautolearn
use_bayes_rules 0
local_tests_only 1
`

// openSenders opens an engine with these rules, and more lines.
func openSenders(t *testing.T, dir, lines string) *Engine {
	t.Helper()
	cfg := config.New()
	if p := cfg.Parse("t.cf", []byte(senderRules+"bayes_path "+filepath.Join(dir, "bayes")+"\n"+lines)); len(p) > 0 {
		t.Fatal(p)
	}
	e, err := Open(cfg, Options{Senders: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// from returns a message; no two are alike.
func from(n int, sender, ip, subject string) []byte {
	return fmt.Appendf(nil, "Received: from mail.example.com (mail.example.com [%s])\r\n"+
		"\tby mx.example.org with ESMTP id %d;\r\n"+
		"\tFri, 20 Nov 2026 21:00:38 +0000\r\nFrom: Joe <%s>\r\nTo: <sue@example.org>\r\nSubject: %s\r\n"+
		"Date: Fri, 20 Nov 2026 21:00:37 +0000\r\nMessage-ID: <%d@example.com>\r\n\r\nMessage number %d.\r\n",
		ip, n, sender, subject, n, n)
}

// scored returns the score of a message, and the points of a test.
func scored(t *testing.T, e *Engine, raw []byte, test string) (score, points float64) {
	t.Helper()
	v, err := e.Check(context.Background(), &classifier.Input{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Notes) > 0 {
		t.Error(v.Notes)
	}
	for _, h := range v.Hits {
		if h.Name == test {
			points = h.Score
		}
	}
	return v.Score, points
}

// TestAWL: a score moves half way to the mean of the sender's earlier ones, by address and network.
func TestAWL(t *testing.T) {
	dir := t.TempDir()
	e := openSenders(t, dir, "loadplugin Mail::SpamAssassin::Plugin::AWL\n")
	for i, step := range []struct {
		sender, ip, subject string
		want                float64
	}{
		{"joe@example.com", "8.2.3.4", "good", 0},
		{"joe@example.com", "8.2.9.9", "bad", (-2 - 8) * 0.5},   // the same /16
		{"JOE@example.com", "8.2.3.4", "good", (3 - -2) * 0.5},  // of -2 and 8
		{"joe@example.com", "9.2.3.4", "bad", 0},                // another network
		{"ann@example.com", "8.2.3.4", "bad", 0},                // another address
		{"joe@example.com", "8.2.3.4", "plain", (4. / 3) * 0.5}, // of -2, 8, -2
		{"joe@example.com", "8.2.3.4", "listed", 0.5},           // of -2, 8, -2, 0; lists do not count
		{"ann@example.com", "8.2.3.4", "plain", 4},              //
		{"ann@example.com", "[8.2.3.4", "plain", 0},             // from nowhere
	} {
		_, got := scored(t, e, from(i, step.sender, step.ip, step.subject), "AWL")
		if math.Abs(got-step.want) > 0.001 {
			t.Errorf("%d: %s %s %s: AWL %v, want %v", i, step.sender, step.ip, step.subject, got, step.want)
		}
	}
	e.Close()
	e = openSenders(t, dir, "use_auto_welcomelist 1\nauto_welcomelist_factor 1\n")
	if score, got := scored(t, e, from(20, "joe@example.com", "8.2.3.4", "bad"), "AWL"); got > -7 || score > 1 {
		t.Errorf("after a new start: AWL %v, score %v", got, score)
	}
}

// TestSendersOff: without the plug-in, and in looking at a message, nothing is noted.
func TestSendersOff(t *testing.T) {
	dir := t.TempDir()
	e := openSenders(t, dir, "")
	if e.Senders() != nil {
		t.Error("there is a record of senders")
	}
	e.Close()
	e = openSenders(t, dir, "use_auto_welcomelist 1\n")
	raw := from(1, "joe@example.com", "8.2.3.4", "bad")
	if _, err := e.Check(context.Background(), &classifier.Input{Raw: raw, Look: true}); err != nil {
		t.Fatal(err)
	}
	if found, err := e.Senders().Show(context.Background(), "joe@example.com"); err != nil || len(found) > 0 {
		t.Error(found, err)
	}
}

// TestTxRep: scores move toward the record, and what people teach counts.
func TestTxRep(t *testing.T) {
	e := openSenders(t, t.TempDir(), "use_txrep 1\ntxrep_track_messages 1\n")
	first := from(1, "joe@example.com", "8.2.3.4", "bad")
	if _, got := scored(t, e, first, "TXREP"); got != 0 {
		t.Errorf("the first message: %v", got)
	}
	_, got := scored(t, e, from(2, "joe@example.com", "8.2.3.4", "good"), "TXREP")
	if got < 1 || got > 2.5 { // half way to 3, the mean of 8 and -2
		t.Errorf("the second message: %v", got)
	}
	_, again := scored(t, e, first, "TXREP")
	if _, once := scored(t, e, first, "TXREP"); once != again {
		t.Errorf("a copy counts: %v, %v", again, once)
	}
	_, before := scored(t, e, from(3, "joe@example.com", "8.2.3.4", "plain"), "TXREP")
	lessons := []classifier.Lesson{{Raw: from(4, "joe@example.com", "8.2.3.4", "plain"), Class: store.Ham}}
	if _, err := e.Learn(context.Background(), "", lessons); err != nil {
		t.Fatal(err)
	}
	_, after := scored(t, e, from(5, "joe@example.com", "8.2.3.4", "plain"), "TXREP")
	if after > before-1 {
		t.Errorf("%v before a message was taught as ham, %v after", before, after)
	}
	if _, err := e.Forget(context.Background(), "", [][]byte{lessons[0].Raw}); err != nil {
		t.Fatal(err)
	}
	if _, back := scored(t, e, from(6, "joe@example.com", "8.2.3.4", "plain"), "TXREP"); back < after+1 {
		t.Errorf("%v after it was taken back, %v before", back, after)
	}
}

// TestOutgoing: whom our own users write to is welcome.
func TestOutgoing(t *testing.T) {
	e := openSenders(t, t.TempDir(), "use_txrep 1\ninternal_networks 192.0.2.0/24\ntrusted_networks 192.0.2.0/24\n")
	out := strings.ReplaceAll(string(from(1, "sue@example.org", "192.0.2.7", "plain")), "To: <sue@example.org>",
		"To: <joe@example.com>")
	scored(t, e, []byte(out), "")
	if _, got := scored(t, e, from(2, "joe@example.com", "8.2.3.4", "bad"), "TXREP"); got >= 0 {
		t.Errorf("the answer: %v", got)
	}
}

// TestAskSenders: the record of an address is shown and forgotten.
func TestAskSenders(t *testing.T) {
	e := openSenders(t, t.TempDir(), "use_auto_welcomelist 1\n")
	scored(t, e, from(1, "joe@example.com", "8.2.3.4", "bad"), "")
	scored(t, e, from(2, "joe@example.com", "9.2.3.4", "bad"), "")
	scored(t, e, from(3, "joe@example.com.evil", "9.2.3.4", "bad"), "")
	for _, step := range []struct{ what, request, want string }{
		{"show", `{"name":"Joe@example.com"}`, `"network":"8.2"`},
		{"show", `{"name":"Joe@example.com"}`, `"network":"9.2"`},
		{"forget", `{"name":"joe@example.com"}`, `{"entries":2}`},
		{"show", `{"name":"joe@example.com"}`, `[]`},
		{"show", `{"name":"joe@example.com.evil"}`, `"messages":1`},
	} {
		got, err := e.AskSenders(context.Background(), step.what, []byte(step.request))
		if err != nil || !strings.Contains(string(got), step.want) {
			t.Errorf("%s %s: %s, %v; want %s", step.what, step.request, got, err, step.want)
		}
	}
}

// TestSharedSenders: hosts with a store on Redis have one record of senders.
func TestSharedSenders(t *testing.T) {
	server := redistest.Start(t)
	var hosts [2]*Engine
	for i := range hosts {
		dir := t.TempDir()
		hosts[i] = openSenders(t, dir, "use_auto_welcomelist 1\nbayes_path redis://"+server.Addr()+"/\n"+
			"bayes_redis_journal "+filepath.Join(dir, "journal")+"\n")
	}
	scored(t, hosts[0], from(1, "joe@example.com", "8.2.3.4", "bad"), "")
	if err := hosts[0].Senders().Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, got := scored(t, hosts[1], from(2, "joe@example.com", "8.2.3.4", "good"), "AWL"); got != (8 - -2)*0.5 {
		t.Errorf("on the other host: %v", got)
	}
}
