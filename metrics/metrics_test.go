package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/dnsbl/resolver"
	"asterism/engine"
	"asterism/metrics"
	"asterism/network"
	"asterism/store"
	"asterism/store/redis"
)

// script is a Classifier that answers by the message's text.
type script struct{}

func (script) Check(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	v := &classifier.Verdict{Required: 5, Autolearn: "no", Took: 30 * time.Millisecond,
		Phases: classifier.Phases{Rules: 20 * time.Millisecond}}
	switch text := string(in.Raw); {
	case text == "error":
		return nil, errors.New("no")
	case text == "spam":
		v.Score, v.Autolearn, v.Hits = 7, "spam", []classifier.Hit{{Name: "PILLS", Score: 7}}
	case strings.HasPrefix(text, "NEW_"):
		v.Hits = []classifier.Hit{{Name: text}}
	}
	return v, nil
}

func (script) Learn(_ context.Context, _ string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	return []classifier.Learned{classifier.LearnedNew, classifier.LearnedKnown}[:len(lessons)], nil
}

func (script) Forget(context.Context, string, [][]byte) ([]classifier.Learned, error) {
	return []classifier.Learned{classifier.Forgotten}, nil
}

// serve serves m and returns a function that gets a path.
func serve(t *testing.T, m *metrics.Metrics) func(path string) (int, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := m.Server(slog.New(slog.DiscardHandler))
	go server.Serve(ln)
	t.Cleanup(func() { server.Close() })
	return func(path string) (int, string) {
		res, err := http.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
}

func TestMetrics(t *testing.T) {
	notReady := errors.New("starting")
	stats := engine.Stats{}
	m := metrics.New(metrics.Options{Version: "1.2", Ready: func() error { return notReady },
		Stats: func() engine.Stats { return stats }})
	get := serve(t, m)
	if code, body := get("/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if code, body := get("/readyz"); code != 503 || body != "starting\n" {
		t.Errorf("/readyz at first: %d %q", code, body)
	}
	if _, body := get("/metrics"); strings.Contains(body, "asterism_store_tokens") ||
		strings.Contains(body, "asterism_dns") {
		t.Errorf("metrics of parts that there are not:\n%s", body)
	}
	notReady = nil
	if code, body := get("/readyz"); code != 200 || body != "ready\n" {
		t.Errorf("/readyz: %d %q", code, body)
	}
	stats = engine.Stats{
		Store: &store.Totals{Ham: 3, Spam: 4, Tokens: 99}, StoreBytes: 4096, Redis: &redis.Stats{Away: true, Hits: 300},
		Queued:   7,
		DNS:      &resolver.Stats{Questions: 10, Cached: 6, Shared: 1, Failed: 2},
		Services: []network.ServiceStatus{{Name: "pyzor", Alone: true, Failed: 5}},
	}
	front := m.Front("milter", script{})
	ctx := context.Background()
	for _, text := range []string{"spam", "spam", "ham", "error"} {
		_, err := front.Check(ctx, &classifier.Input{Raw: []byte(text)})
		if (err != nil) != (text == "error") {
			t.Fatal(err)
		}
		m.Mail("milter", "tag", "")
	}
	front.Learn(ctx, "", []classifier.Lesson{{Class: store.Spam}, {Class: store.Ham}})
	front.Forget(ctx, "", [][]byte{nil})
	_, body := get("/metrics")
	for _, line := range []string{
		`asterism_build_info{version="1.2"} 1`,
		`asterism_ready 1`,
		`asterism_mails_total{action="tag",front="milter"} 4`,
		`asterism_scans_total{front="milter",result="spam"} 2`,
		`asterism_scans_total{front="milter",result="ham"} 1`,
		`asterism_scans_total{front="milter",result="error"} 1`,
		`asterism_scans_in_hand{front="milter"} 0`,
		`asterism_scan_duration_seconds_bucket{phase="rules",le="0.025"} 3`,
		`asterism_scan_duration_seconds_count{phase="total"} 3`,
		`asterism_score_bucket{le="5"} 1`,
		`asterism_hits_total{test="PILLS"} 2`,
		`asterism_learned_total{result="spam",source="auto"} 2`,
		`asterism_learned_total{result="spam",source="user"} 1`,
		`asterism_learned_total{result="known",source="user"} 1`,
		`asterism_learned_total{result="forgotten",source="user"} 1`,
		`asterism_store_tokens 99`,
		`asterism_store_messages{class="spam"} 4`,
		`asterism_store_bytes 4096`,
		`asterism_redis_away 1`,
		`asterism_redis_tokens_total{from="cache"} 300`,
		`asterism_journal_messages 7`,
		`asterism_dns_lookups_total{from="cache"} 6`,
		`asterism_dns_lookups_total{from="asked"} 3`,
		`asterism_service_left_alone{service="pyzor"} 1`,
		`asterism_service_failures_total{service="pyzor"} 5`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if !strings.Contains(body, "go_goroutines ") || !strings.Contains(body, "process_resident_memory_bytes ") {
		t.Error("nothing about the process itself")
	}
	if t.Failed() {
		t.Log(body)
	}
}

// TestManyRules: reloads with ever new rules do not fill the memory of whoever keeps the metrics.
func TestManyRules(t *testing.T) {
	m := metrics.New(metrics.Options{Ready: func() error { return nil },
		Stats: func() engine.Stats { return engine.Stats{} }})
	front := m.Front("milter", script{})
	for i := range 10_010 {
		front.Check(context.Background(), &classifier.Input{Raw: fmt.Appendf(nil, "NEW_%d", i)})
	}
	_, body := serve(t, m)("/metrics")
	if n := strings.Count(body, "asterism_hits_total{"); n != 10_001 {
		t.Errorf("%d tests are counted each by itself", n)
	}
	if want := `asterism_hits_total{test="other-tests"} 10`; !strings.Contains(body, want) {
		t.Errorf("missing: %s", want)
	}
}

// TestOneRegistryEach: two daemons in one process do not count for each other.
func TestOneRegistryEach(t *testing.T) {
	opt := metrics.Options{Ready: func() error { return nil }, Stats: func() engine.Stats { return engine.Stats{} }}
	a, b := metrics.New(opt), metrics.New(opt)
	a.Mail("milter", "tag", "")
	if _, body := serve(t, b)("/metrics"); strings.Contains(body, "asterism_mails_total") {
		t.Error("b counts a's mails")
	}
}

// TestStatus: the state for people has the counts of /metrics.
func TestStatus(t *testing.T) {
	m := metrics.New(metrics.Options{Version: "1.2", Ready: func() error { return nil }, Stats: func() engine.Stats {
		return engine.Stats{Store: &store.Totals{Ham: 3, Spam: 30}}
	}})
	front := m.Front("milter", script{})
	for _, raw := range []string{"spam", "ham", "NEW_1", "NEW_1", "error"} {
		_, _ = front.Check(t.Context(), &classifier.Input{Raw: []byte(raw)})
		m.Mail("milter", "tag", "")
	}
	m.Mail("milter", "skip", metrics.TooLarge)
	s := m.Status(metrics.Setup{MinHam: 5, MinSpam: 5, MaxSize: 100, Store: "a.bolt"})
	if s.Mails != 6 || s.Spam != 1 || s.Ham != 3 || s.Errors != 1 || s.Skipped[metrics.TooLarge] != 1 ||
		s.Actions["tag"] != 5 {
		t.Errorf("%+v", s)
	}
	if len(s.Tests) != 2 || s.Tests[0] != (metrics.Test{Name: "NEW_1", Ham: 2}) ||
		s.Tests[1] != (metrics.Test{Name: "PILLS", Spam: 1}) {
		t.Errorf("tests: %+v", s.Tests)
	}
	var out strings.Builder
	if err := s.Write(&out, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"spam       1, 25.0% of 4 with a verdict", "too large  1, 16.7% of all",
		"off until 5 ham and 5 spam are learned: 3 ham, 30 spam",
		"2  0.0%  66.7% NEW_1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "PILLS") {
		t.Errorf("more tests than asked for:\n%s", out.String())
	}
}
