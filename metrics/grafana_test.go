package metrics_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/engine"
	"asterism/metrics"
	"asterism/network"
	"asterism/store"
)

// TestGrafanaBoard: contrib/grafana.json asks for metrics and labels that there are.
func TestGrafanaBoard(t *testing.T) {
	m := metrics.New(metrics.Options{Ready: func() error { return nil }, Stats: func() engine.Stats {
		return engine.Stats{Store: &store.Totals{}, Services: []network.ServiceStatus{{Name: "pyzor"}}}
	}})
	front := m.Front("milter", script{})
	if _, err := front.Check(context.Background(), &classifier.Input{Raw: []byte("spam")}); err != nil {
		t.Fatal(err)
	}
	m.Mail("milter", "skip", "too large")
	_, body := serve(t, m)("/metrics")
	text, err := os.ReadFile("../contrib/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?:asterism|process)_[a-z_]+`)
	labels := regexp.MustCompile(`by \(([a-z, ]+)\)`)
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			found := names.FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("%s asks for nothing of ours: %s", p.Title, target.Expr)
			}
			for _, name := range found {
				line := regexp.MustCompile(`(?m)^` + name + `[ {].*$`).FindString(body)
				if line == "" {
					t.Errorf("%s asks for %s, which there is not", p.Title, name)
				}
				for _, by := range labels.FindAllStringSubmatch(target.Expr, -1) {
					for label := range strings.SplitSeq(by[1], ", ") {
						if !strings.Contains(line, label+"=") {
							t.Errorf("%s asks for the label %s of %s: %s", p.Title, label, name, line)
						}
					}
				}
			}
		}
	}
	if len(board.Panels) < 10 {
		t.Errorf("only %d panels", len(board.Panels))
	}
}
