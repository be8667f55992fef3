// Command peers runs the filters that are installed on this machine through the same regimes as bench/trec, and prints
// the same figures for them: bogofilter, SpamAssassin (its spamd), rspamd (rspamc, against a running rspamd).
//
//	go run ./bench/trec/peers -index FILE [-feedback full|batch:N] [-shuffle SEED] [--peer NAME]...
//
// What is not installed is said so and left out.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"asterism/bench/trec/index"
	"asterism/bench/trec/metrics"
	"asterism/store"
)

// peer is another filter with a store of its own.
type peer interface {
	// check returns the filter's score of a message, and whether it calls it spam.
	check(ctx context.Context, path string) (score float64, spam bool, err error)
	learn(ctx context.Context, path string, c store.Class) error
	close()
}

// peers are the filters known, and how to start each in an empty directory.
var peers = []struct {
	name string
	find func() (string, error) // finds a program that is there if the filter is
	open func(ctx context.Context, dir string) (peer, error)
}{
	{"bogofilter", func() (string, error) { return find("bogofilter") }, openBogofilter},
	{"SpamAssassin", findSpamd, openSpamd},
	{"rspamd", func() (string, error) { return find("rspamc") }, openRspamd},
}

func main() {
	for i, arg := range os.Args[1:] {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			os.Args[i+1] = "-" + arg
		}
	}
	file := pflag.String("index", "", "index `FILE`")
	feedback := pflag.String("feedback", "full", "full, or batch:N")
	seed := pflag.Uint64("shuffle", 0, "shuffle the index by this `SEED`; 0 leaves it in order")
	only := pflag.StringArray("peer", nil, "run only the filter of this `NAME` (may be repeated)")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *file, *feedback, *seed, *only); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file, feedback string, seed uint64, only []string) error {
	batch := 0
	if n, ok := strings.CutPrefix(feedback, "batch:"); ok {
		var err error
		if batch, err = strconv.Atoi(n); err != nil || batch <= 0 {
			return fmt.Errorf("-feedback %q: batch wants a number", feedback)
		}
	} else if feedback != "full" {
		return fmt.Errorf("-feedback %q is neither full nor batch:N", feedback)
	}
	entries, err := index.Read(file)
	if err != nil {
		return err
	}
	if seed != 0 {
		index.Shuffle(entries, seed)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "filter\t(1-AUC)%\tham misclassified %\tspam misclassified %\tspam missed % at 0.1% ham")
	for _, p := range peers {
		if len(only) > 0 && !contains(only, p.name) {
			continue
		}
		if _, err := p.find(); err != nil {
			fmt.Fprintf(w, "%s\tnot installed\n", p.name)
			continue
		}
		outcomes, err := try(ctx, p.open, entries, batch)
		if err != nil {
			fmt.Fprintf(w, "%s\t%v\n", p.name, err)
			continue
		}
		r := metrics.Compute(outcomes)
		fmt.Fprintf(w, "%s\t%.4f (%.4f-%.4f)\t%.2f\t%.2f\t%.1f\n", p.name, r.OneMinusAUC, r.AUCInterval.Low,
			r.AUCInterval.High,
			r.HamMissed, r.SpamMissed, r.SpamMissed1)
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// try runs one filter over the entries: with batch, it learns the first of them, all ham then all spam, and classifies
// the others; without, it classifies and learns each.
func try(ctx context.Context, open func(context.Context, string) (peer, error), entries []index.Entry,
	batch int) ([]metrics.Outcome, error) {
	dir, err := os.MkdirTemp("", "peer")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	p, err := open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer p.close()
	batch = min(batch, len(entries))
	for _, class := range []store.Class{store.Ham, store.Spam} {
		for _, e := range entries[:batch] {
			if e.Class == class {
				if err := p.learn(ctx, e.Path, class); err != nil {
					return nil, err
				}
			}
		}
	}
	var outcomes []metrics.Outcome
	for _, e := range entries[batch:] {
		score, spam, err := p.check(ctx, e.Path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
		outcomes = append(outcomes, metrics.Outcome{Spam: e.Class == store.Spam, Verdict: spam, Score: score})
		if batch == 0 {
			if err := p.learn(ctx, e.Path, e.Class); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Path, err)
			}
		}
	}
	return outcomes, nil
}
