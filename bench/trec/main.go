// Command trec runs the TREC spam track's protocol with the product's own classifier, local tests only: each message
// of an index is classified, then the feedback that the regime gives is learned. It prints the track's figures with
// 95% bootstrap intervals, for the Bayes evidence alone, for the tests alone and for the full score, and how the
// score compares to the better of its two parts. A run that learns on the way has its first 600 messages, the next
// 1,400 and the rest apart.
//
//	go run ./bench/trec -index FILE [-feedback REGIME] [-order ORDER] [-shuffle SEED] [-max-size SIZE] [-out RUN] [-plot
//
// FILE.svg]
//
// The index has a line "spam|ham PATH" per message, in order; paths are relative to the index or absolute. Regimes:
//
//	full         the true label right after each message
//	delay:N      the true label N messages late
//	partial:P    the true label of P percent of the messages, drawn at random
//	noise:P      as full, but P percent of the labels are wrong
//	relearn:P    as full, but P percent of the messages are first learned as the other class, then put right
//	first:N      the true labels of the first N messages, then nothing
//	autolearn:N  the true labels of the first N messages, then auto-learning
//	batch:N      the first N messages are learned as spam-learn does, then the others classified without feedback
//	each:N       likewise with the first N messages of each class
//
// In batch, -order ham-first and spam-first make it two runs of spam-learn, one for each class; interleaved, the
// default, is one run in the index's order.
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"asterism/bench/trec/filter"
	"asterism/bench/trec/index"
)

// options are the command line's.
type options struct {
	index    string
	out      string
	configs  []string
	feedback string
	order    string
	shuffle  uint64
	plot     string
	train    []string
	maxSize  string
	table    bool
}

func main() {
	var o options
	// The track's programs take long options with one dash.
	for i, arg := range os.Args[1:] {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			os.Args[i+1] = "-" + arg
		}
	}
	pflag.StringVar(&o.index, "index", "", "index `FILE`")
	pflag.StringVar(&o.out, "out", "", "write a line \"label verdict score bayes\" per message classified to `FILE`")
	pflag.StringArrayVar(&o.configs, "config", nil,
		"read this configuration `FILE` after the built-in one (may be repeated)")
	pflag.StringVar(&o.feedback, "feedback", "full", "`REGIME`")
	pflag.StringVar(&o.order, "order", "interleaved", "`ORDER` of a batch: interleaved, ham-first or spam-first")
	pflag.Uint64Var(&o.shuffle, "shuffle", 0, "shuffle the index by this `SEED`; 0 leaves it in order")
	pflag.StringVar(&o.plot, "plot", "", "draw the ROC curves to `FILE.svg`")
	pflag.StringArrayVar(&o.train, "train", nil,
		"with batch: train on the messages whose path contains `TEXT`, test on the others (may be repeated)")
	pflag.StringVar(&o.maxSize, "max-size", "4M",
		"max_size: messages of `SIZE` or more get no verdict; empty leaves it to the configuration")
	pflag.BoolVar(&o.table, "reliability", false, "print the reliability table as well")
	pflag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "trec:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	if o.index == "" {
		return errors.New("-index FILE is missing")
	}
	regime, err := parseRegime(o.feedback, o.order)
	if err != nil {
		return err
	}
	messages, err := index.Read(o.index)
	if err != nil {
		return err
	}
	if o.shuffle != 0 {
		index.Shuffle(messages, o.shuffle)
	}
	if len(o.train) > 0 {
		messages, regime.n = split(messages, o.train)
	}
	var lines string
	if o.maxSize != "" {
		lines = "max_size " + o.maxSize + "\n"
	}
	f, err := filter.Open(o.configs, lines)
	if err != nil {
		return err
	}
	defer f.Close()
	results, err := regime.run(f, messages)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := writeRun(o.out, results); err != nil {
			return err
		}
	}
	report(os.Stdout, results, o.table)
	if regime.online() {
		reportLearned(os.Stdout, results)
		reportParts(os.Stdout, results)
	}
	if o.plot != "" {
		return plotROC(o.plot, results)
	}
	return nil
}

// split puts the entries whose path contains one of the texts first, and returns how many there are.
func split(entries []index.Entry, texts []string) (ordered []index.Entry, n int) {
	var rest []index.Entry
	for _, e := range entries {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(e.Path, text) }) {
			ordered = append(ordered, e)
		} else {
			rest = append(rest, e)
		}
	}
	return append(ordered, rest...), len(ordered)
}
