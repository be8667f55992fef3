package rules

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/rules/perlre"
)

// BenchmarkCompile is what a start with the shipped rules costs.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
		Compile(cfg, nil)
	}
}

// mechanisms are the switches of package perlre.
var mechanisms = []struct {
	name string
	off  *bool
}{
	{"all", new(bool)}, {"without literals", &perlre.Without.Literals}, {"without chains", &perlre.Without.Chains},
	{"without filter", &perlre.Without.Filter}, {"without automata", &perlre.Without.Automata},
}

// BenchmarkMechanisms is the local tests of the messages in data/testdata with the shipped rules, or with
// SpamAssassin's
// where they are installed, each mechanism switched off in turn.
func BenchmarkMechanisms(b *testing.B) {
	messages := shippedMessages(b)
	for _, from := range []config.Sources{{Defaults: data.Default()}, {RulesPath: "/usr/share/spamassassin"}} {
		for _, m := range mechanisms {
			b.Run(cmp.Or(from.RulesPath, "shipped")+"/"+m.name, func(b *testing.B) {
				*m.off = true
				defer func() { *m.off = false }()
				cfg, _ := config.Load(from)
				set, _ := Compile(cfg, nil)
				scanAll(set, messages) // the automata are made
				for b.Loop() {
					scanAll(set, messages)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(messages)), "µs/message")
			})
		}
	}
}

// TestMechanisms: the verdicts are the same with each mechanism switched off.
func TestMechanisms(t *testing.T) {
	messages := shippedMessages(t)
	if testing.Short() {
		messages = messages[:len(messages)/4]
	}
	var want []string
	for _, m := range mechanisms {
		t.Run(m.name, func(t *testing.T) {
			*m.off = true
			defer func() { *m.off = false }()
			cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
			set, _ := Compile(cfg, nil)
			got := scanAll(set, messages)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Error("other rules hit")
			}
		})
	}
}

// scanAll returns the rules that hit each message.
func scanAll(set *Set, messages [][]byte) (hits []string) {
	for _, raw := range messages {
		sc := set.Begin(message.Parse(raw), &Envelope{})
		sc.RunLocal()
		var names []string
		for _, h := range sc.Finish() {
			names = append(names, h.Name)
		}
		hits = append(hits, strings.Join(names, " "))
	}
	return hits
}

// shippedMessages are the fixtures of the shipped rules.
func shippedMessages(tb testing.TB) (all [][]byte) {
	tb.Helper()
	names, err := filepath.Glob("../data/testdata/*/*")
	if err != nil || len(names) == 0 {
		tb.Fatal("no fixtures", err)
	}
	for _, name := range names {
		if raw, err := os.ReadFile(name); err == nil {
			all = append(all, raw)
		}
	}
	return all
}
