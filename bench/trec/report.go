package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"asterism/bench/trec/metrics"
	"asterism/store"
)

// spamProbability is from where on the Bayes evidence alone counts as a verdict of spam: BAYES_99.
const spamProbability = 0.99

// outcomes returns the results as the metrics want them: by the evidence alone, or by the full score.
func outcomes(results []result, full bool) []metrics.Outcome {
	out := make([]metrics.Outcome, len(results))
	for i, r := range results {
		out[i] = metrics.Outcome{Spam: r.class == store.Spam, Verdict: r.bayes >= spamProbability, Score: r.odds}
		if full {
			out[i].Verdict, out[i].Score = r.spam, r.score
		}
	}
	return out
}

// report prints the figures.
func report(to io.Writer, results []result, reliability bool) {
	if len(results) == 0 {
		fmt.Fprintln(to, "no message was classified")
		return
	}
	bayes, full := metrics.Compute(outcomes(results, false)), metrics.Compute(outcomes(results, true))
	fmt.Fprintf(to, "%d messages classified: %d ham, %d spam\n", bayes.N(), bayes.Ham, bayes.Spam)
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\t(1-AUC)%\tham misclassified %\tspam misclassified %\tlam%\tspam missed % at 0.1% ham")
	row(w, "Bayes evidence (spam from p 0.99)", &bayes)
	row(w, "full score (spam from required_score)", &full)
	w.Flush()
	if reliability {
		printReliability(to, results)
	}
}

func row(w io.Writer, name string, r *metrics.Report) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", name,
		figure(r.OneMinusAUC, r.AUCInterval, 4), figure(r.HamMissed, r.HamInterval, 2), figure(r.SpamMissed, r.SpamInterval, 2),
		figure(r.LAM, r.LAMInterval, 2), figure(r.SpamMissed1, r.Spam1Interval, 1))
}

func figure(value float64, in metrics.Interval, digits int) string {
	return fmt.Sprintf("%.*f (%.*f-%.*f)", digits, value, digits, in.Low, digits, in.High)
}

// buckets are the lower bounds of BAYES_00 to BAYES_999.
var buckets = []struct {
	name string
	from float64
}{{"BAYES_00", 0}, {"BAYES_05", 0.01}, {"BAYES_20", 0.05}, {"BAYES_40", 0.2}, {"BAYES_50", 0.4}, {"BAYES_60", 0.6},
	{"BAYES_80", 0.8}, {"BAYES_95", 0.95}, {"BAYES_99", 0.99}, {"BAYES_999", 0.999}}

// printReliability prints how often messages of each bucket were spam, beside what their probabilities promised.
func printReliability(to io.Writer, results []result) {
	ham, spam, sum := make([]int, len(buckets)), make([]int, len(buckets)), make([]float64, len(buckets))
	for _, r := range results {
		i := len(buckets) - 1
		for r.bayes < buckets[i].from {
			i--
		}
		if r.class == store.Spam {
			spam[i]++
		} else {
			ham[i]++
		}
		sum[i] += r.bayes
	}
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "bucket\tham\tspam\tspam %\tmean probability %")
	for i, b := range buckets {
		if n := ham[i] + spam[i]; n > 0 {
			fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%.1f\n", b.name, ham[i], spam[i], 100*float64(spam[i])/float64(n), 100*sum[i]/float64(n))
		} else {
			fmt.Fprintf(w, "%s\t0\t0\t-\t-\n", b.name)
		}
	}
	w.Flush()
}

// writeRun writes a line "label verdict score bayes" per message: the full score, and the log-odds of the Bayes
// probability, both unrounded.
func writeRun(name string, results []result) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, r := range results {
		verdict := store.Ham
		if r.spam {
			verdict = store.Spam
		}
		fmt.Fprintf(w, "%s %s %v %v\n", r.class, verdict, r.score, r.odds)
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
