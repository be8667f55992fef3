package data_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/rules/perlre"
)

// compile compiles the shipped rules, which must be free of problems.
func compile(t *testing.T) *rules.Set {
	t.Helper()
	cfg, problems := config.Load(config.Sources{Defaults: data.Default()})
	set, more := rules.Compile(cfg, network.Functions())
	for _, p := range append(problems, more...) {
		t.Error(p)
	}
	for name, why := range set.Inert() {
		t.Errorf("%s does nothing: %s", name, why)
	}
	return set
}

func TestRulesAreDescribed(t *testing.T) {
	for _, r := range compile(t).Rules() {
		if !strings.HasPrefix(r.Name, "__") && r.Description == "" {
			t.Errorf("%s has no description", r.Name)
		}
	}
}

// TestExpressionsHaveLiterals guards the speed of a scan: an expression without a string that its matches must
// contain is tried on every paragraph. Sums of money have none, and share one automaton.
func TestExpressionsHaveLiterals(t *testing.T) {
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	body := regexp.MustCompile(`^(\S+)\s+/(.*)/(\w*)$`)
	seen := 0
	for _, line := range cfg.Rules {
		parts := body.FindStringSubmatch(line.Value)
		if line.Key != "body" || parts == nil {
			continue
		}
		seen++
		re, err := perlre.Compile(parts[2], parts[3])
		if err != nil {
			t.Fatalf("%s:%d: %v", line.File, line.Num, err)
		}
		if re.Literals() == nil && !strings.Contains(parts[2], `\$`) {
			t.Errorf("%s:%d: %s has no literals: divide it", line.File, line.Num, parts[1])
		}
	}
	if seen < 100 {
		t.Errorf("found only %d body rules", seen)
	}
}

// TestFixtures holds the rules against mail of today: spam is spam by them alone, ham is far from it, and what lies
// in open is spam that they let pass for now, because ham of the same words is known. What lies in modern is ordinary
// mail of today, one message for each way to be mistaken, and far below the threshold.
func TestFixtures(t *testing.T) {
	set := compile(t)
	const threshold, safe, far = 5.0, 4.0, 3.0
	for _, class := range []string{"spam", "ham", "modern", "open"} {
		files, err := filepath.Glob(filepath.Join("testdata", class, "*.eml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", class, err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			score, names := judge(set, raw)
			switch {
			case class == "spam" && score < threshold:
				t.Errorf("%s scores only %.1f: %s", name, score, names)
			case class == "ham" && score >= safe:
				t.Errorf("%s scores %.1f: %s", name, score, names)
			case class == "modern" && score >= far:
				t.Errorf("%s scores %.1f: %s", name, score, names)
			case class == "open" && score >= threshold:
				t.Errorf("%s scores %.1f now: move it to spam", name, score)
			}
		}
	}
}

func judge(set *rules.Set, raw []byte) (score float64, names string) {
	scan := set.Begin(message.Parse(raw), &rules.Envelope{})
	scan.RunLocal()
	var all []string
	for _, h := range scan.Finish() {
		score += h.Score
		all = append(all, h.Name)
	}
	return score, strings.Join(all, ",")
}

func BenchmarkScan(b *testing.B) {
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	set, _ := rules.Compile(cfg, network.Functions())
	raw, err := os.ReadFile("testdata/ham/newsletter-sale.eml")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		judge(set, raw)
	}
}
