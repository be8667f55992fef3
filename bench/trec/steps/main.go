// Command steps prints the table of what each step of the learner brought: it builds package bayes' learner up from
// plain logistic regression, one step at a time, in memory, on the tokens the product makes, and runs each stage
// through the regimes of bench/trec.
//
//	go run ./bench/trec/steps -index FILE
//
// It has no store, and so no expiry and no hash key to hide behind; the figures of its last line differ a little from
// those of bench/trec.
package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"asterism/bench/trec/index"
	"asterism/bench/trec/metrics"
	"asterism/message"
	"asterism/store"
	"asterism/tokenizer"
)

// doc is a message as numbers of tokens.
type doc struct {
	spam         bool
	header, body []int32
}

func main() {
	for i, arg := range os.Args[1:] {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			os.Args[i+1] = "-" + arg
		}
	}
	file := pflag.String("index", "", "index `FILE`, in order of arrival")
	half := pflag.Int("half", 3023, "messages to train on in a batch")
	pflag.Parse()
	if err := run(*file, *half); err != nil {
		fmt.Fprintln(os.Stderr, "steps:", err)
		os.Exit(1)
	}
}

func run(file string, half int) error {
	entries, err := index.Read(file)
	if err != nil {
		return err
	}
	docs, tokens, err := load(entries)
	if err != nil {
		return err
	}
	half = min(half, len(docs)/2)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "step\tfull\tsm% at hm 0.1%\tits first 300\tinterleaved\tham first\tspam first\tby "+
		"date\tbatch:300\tnoise:2\tdelay:100")
	for _, s := range steps() {
		outcomes := online(docs, tokens, s, 0, 0)
		full, first := metrics.Quick(outcomes), metrics.Quick(outcomes[:min(300, len(outcomes))])
		fmt.Fprintf(w, "%s\t%.4f\t%.1f\t%.3f", s.name, full.OneMinusAUC, full.SpamMissed1, first.OneMinusAUC)
		for _, order := range []string{"interleaved", "ham-first", "spam-first"} {
			fmt.Fprintf(w, "\t%.4f", shuffled(docs, tokens, s, order, half))
		}
		fmt.Fprintf(w, "\t%.3f", metrics.Quick(batch(docs, tokens, s, "interleaved", half)).OneMinusAUC)
		fmt.Fprintf(w, "\t%.3f", shuffled(docs, tokens, s, "interleaved", min(300, half)))
		fmt.Fprintf(w, "\t%.3f", metrics.Quick(online(docs, tokens, s, 0, 0.02)).OneMinusAUC)
		fmt.Fprintf(w, "\t%.3f\n", metrics.Quick(online(docs, tokens, s, 100, 0)).OneMinusAUC)
	}
	return nil
}

// load tokenizes the messages.
func load(entries []index.Entry) (docs []doc, tokens int, err error) {
	tok := tokenizer.New(tokenizer.Options{}, 1)
	numbers := map[store.Token]int32{}
	number := func(list []store.Token) []int32 {
		out := make([]int32, len(list))
		for i, token := range list {
			n, ok := numbers[token]
			if !ok {
				n = int32(len(numbers))
				numbers[token] = n
			}
			out[i] = n
		}
		return out
	}
	var t tokenizer.Tokens
	for _, e := range entries {
		raw, err := os.ReadFile(e.Path)
		if err != nil {
			return nil, 0, err
		}
		tok.Tokenize(message.Parse(raw), &t)
		docs = append(docs, doc{e.Class == store.Spam, number(t.Header), number(t.Body)})
	}
	return docs, len(numbers), nil
}

// shuffled returns the mean (1-AUC)% of batches over the three shuffles.
func shuffled(docs []doc, tokens int, s step, order string, n int) float64 {
	var sum float64
	const seeds = 3
	for seed := uint64(1); seed <= seeds; seed++ {
		mixed := make([]doc, len(docs))
		for i, at := range index.Order(len(docs), seed) {
			mixed[i] = docs[at]
		}
		sum += metrics.Quick(batch(mixed, tokens, s, order, n)).OneMinusAUC
	}
	return sum / seeds
}
