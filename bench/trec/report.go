package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"text/tabwriter"

	"asterism/bench/trec/metrics"
	"asterism/store"
)

// spamProbability is from where on the Bayes evidence alone counts as a verdict of spam: BAYES_99.
const spamProbability = 0.99

// view is what a message is judged by.
type view func(*result) (score float64, spam bool)

func byBayes(r *result) (float64, bool) { return r.odds, r.bayes >= spamProbability }
func byTests(r *result) (float64, bool) { return r.tests, r.tests >= requiredScore }
func byScore(r *result) (float64, bool) { return r.score, r.spam }

// requiredScore is the default of required_score.
const requiredScore = 5

// outcomes returns the results as the metrics want them.
func outcomes(results []result, by view) []metrics.Outcome {
	out := make([]metrics.Outcome, len(results))
	for i := range results {
		out[i].Spam = results[i].class == store.Spam
		out[i].Score, out[i].Verdict = by(&results[i])
	}
	return out
}

// report prints the figures.
func report(to io.Writer, results []result, reliability bool) {
	if len(results) == 0 {
		fmt.Fprintln(to, "no message was classified")
		return
	}
	bayes, tests := metrics.Compute(outcomes(results, byBayes)), metrics.Compute(outcomes(results, byTests))
	full := metrics.Compute(outcomes(results, byScore))
	fmt.Fprintf(to, "%d messages classified: %d ham, %d spam\n", bayes.N(), bayes.Ham, bayes.Spam)
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\t(1-AUC)%\tham misclassified %\tspam misclassified %\tlam%\tspam missed % at 0.1% ham")
	row(w, "Bayes evidence (spam from p 0.99)", &bayes)
	row(w, "tests alone (spam from 5.0)", &tests)
	row(w, "full score (spam from required_score)", &full)
	w.Flush()
	best, name := bayes.OneMinusAUC, "the Bayes evidence"
	if tests.OneMinusAUC < best {
		best, name = tests.OneMinusAUC, "the tests"
	}
	fmt.Fprintf(to, "the sum against its best part, %s: (1-AUC)%% %.4f to %.4f\n", name, full.OneMinusAUC, best)
	if reliability {
		printReliability(to, results)
	}
}

// parts are the numbers of messages up to which the figures of a run that learns on the way are apart.
var parts = [...]int{600, 2000, math.MaxInt}

// reportLearned prints what was auto-learned, if anything was.
func reportLearned(to io.Writer, results []result) {
	learned := map[string]int{}
	for _, r := range results {
		learned[r.class.String()+" as "+r.auto]++
	}
	ham, spam := learned["ham as ham"]+learned["spam as ham"], learned["spam as spam"]+learned["ham as spam"]
	if ham+spam > 0 {
		fmt.Fprintf(to, "auto-learned: %d as ham, %d of them spam; %d as spam, %d of them ham\n",
			ham, learned["spam as ham"], spam, learned["ham as spam"])
	}
}

// reportParts prints the figures of the full score for a run's beginning, its middle and its rest.
func reportParts(to io.Writer, results []result) {
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "messages\t(1-AUC)%\tham misclassified %\tspam misclassified %\tBayes alone (1-AUC)%\ttests alone "+
		"(1-AUC)%")
	from := 0
	for _, end := range parts {
		if end = min(end, len(results)); from < end {
			part := results[from:end]
			bayes, tests := metrics.Quick(outcomes(part, byBayes)), metrics.Quick(outcomes(part, byTests))
			full := metrics.Quick(outcomes(part, byScore))
			fmt.Fprintf(w, "%d-%d\t%.4f\t%.2f\t%.2f\t%.4f\t%.4f\n", from+1, end, full.OneMinusAUC, full.HamMissed,
				full.SpamMissed,
				bayes.OneMinusAUC, tests.OneMinusAUC)
		}
		from = end
	}
	w.Flush()
}

func row(w io.Writer, name string, r *metrics.Report) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", name,
		figure(r.OneMinusAUC, r.AUCInterval, 4), figure(r.HamMissed, r.HamInterval, 2), figure(r.SpamMissed, r.SpamInterval,
			2),
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
			fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%.1f\n", b.name, ham[i], spam[i], 100*float64(spam[i])/float64(n),
				100*sum[i]/float64(n))
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
