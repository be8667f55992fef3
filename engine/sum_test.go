package engine_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/store"
	"asterism/tag"
)

// teachBoth learns n messages of each class, in turn.
func teachBoth(t *testing.T, e *engine.Engine, from, to int) {
	t.Helper()
	var lessons []classifier.Lesson
	for n := from; n < to; n++ {
		for _, c := range []store.Class{store.Ham, store.Spam} {
			lessons = append(lessons, classifier.Lesson{Raw: mail(c, n), Class: c})
		}
	}
	if _, err := e.Learn(context.Background(), "", lessons); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, e *engine.Engine, raw []byte) *classifier.Verdict {
	t.Helper()
	v, err := e.Check(context.Background(), &classifier.Input{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// score returns the points of a test that hit, NaN of one that did not.
func score(v *classifier.Verdict, name string) float64 {
	for _, h := range v.Hits {
		if h.Name == name {
			return h.Score
		}
	}
	return math.NaN()
}

// points adds up the column of points of a report.
func points(t *testing.T, report string) float64 {
	t.Helper()
	_, table, _ := strings.Cut(report, "--------\n")
	sum := 0.0
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 2 || strings.HasPrefix(line, "     ") {
			continue
		}
		n, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		sum += n
	}
	return sum
}

const ownTests = "body THEIRS_NOT /about/\nscore THEIRS_NOT 2\nbody OURS /Hello, this/\n"

// TestSumBesideLearner: the points of the tests add up to the score, exactly in the verdict and to the last tenth in
// the report; the administrator's own count in full, those that ship a part.
func TestSumBesideLearner(t *testing.T) {
	e := open(t, load(t, "bayes_auto_learn 0\nbayes_min_ham_num 5\nbayes_min_spam_num 5\n"+ownTests))
	shares := map[int]float64{}
	for _, learned := range []int{0, 6, 30, 120, 260} {
		teachBoth(t, e, 0, learned)
		for n := range 12 {
			for _, c := range []store.Class{store.Ham, store.Spam} {
				v := check(t, e, mail(c, 1000+n))
				sum := 0.0
				for _, h := range v.Hits {
					sum += h.Score
				}
				if math.Abs(sum-v.Score) > 1e-9 {
					t.Errorf("learned %d: the tests add up to %v, the score is %v", learned, sum, v.Score)
				}
				if shown, _ := strconv.ParseFloat(v.ShownScore(), 64); math.Abs(points(t, tag.Report(v))-shown) > 1e-9 {
					t.Errorf("learned %d: the report does not add up to %v:\n%s", learned, shown, tag.Report(v))
				}
				if own, other := score(v, "THEIRS_NOT"), score(v, "OURS"); own != 2 || other != 1 {
					t.Errorf("learned %d: tests of the administrator's count %v and %v", learned, own, other)
				}
				if (v.Sum != nil) != (learned > 0) {
					t.Fatalf("learned %d: sum %v", learned, v.Sum)
				}
				if v.Sum != nil {
					shares[learned] = v.Sum.Share
				}
			}
		}
	}
	if v := check(t, e, mail(store.Spam, 2000)); v.Score < 7 || v.Sum.Learner < 4 {
		t.Errorf("spam has %v", v.HeaderValue())
	}
	if v := check(t, e, mail(store.Ham, 2000)); v.Score > 1 || v.Sum.Learner > -2 {
		t.Errorf("ham has %v", v.HeaderValue())
	}
	if !(shares[6] > shares[30] && shares[30] > shares[120] && shares[120] > shares[260] && shares[6] > 0.8 &&
		shares[260] < 0.66) {
		t.Errorf("share of the tests by messages learned: %v", shares)
	}
}

// TestNoMailTells: one message more to learn from never moves a score far.
func TestNoMailTells(t *testing.T) {
	e := open(t, load(t, "bayes_auto_learn 0\nbayes_min_ham_num 20\nbayes_min_spam_num 20\n"+ownTests))
	probes := [][]byte{mail(store.Ham, 1000), mail(store.Spam, 1000)}
	before := make([]float64, len(probes))
	for n := range 64 {
		teachBoth(t, e, n, n+1)
		for i, raw := range probes {
			now := check(t, e, raw).Score
			if n > 15 && math.Abs(now-before[i]) > 1 {
				t.Errorf("message %d of each class moves a score from %v to %v", n+1, before[i], now)
			}
			before[i] = now
		}
	}
}

// TestFixedScoreOfBayes: an administrator's score of a BAYES_ test is a fixed one, and a 0 switches the test off.
// What counts is which test hits: others still carry the learner's own points.
func TestFixedScoreOfBayes(t *testing.T) {
	const spamTests = "BAYES_80 BAYES_95 BAYES_99"
	scored := func(score string) (lines string) {
		for name := range strings.FieldsSeq(spamTests + " BAYES_999") {
			lines += "score " + name + " " + score + "\n"
		}
		return lines
	}
	shipped := func(points float64) bool { return points > 1 && points < 4.5 }
	none := math.IsNaN
	for _, test := range []struct {
		lines string
		want  func(points float64) bool
		sum   bool
	}{
		{"", func(points float64) bool { return points > 2.5 }, true},
		{"score BAYES_00 -1\n", func(points float64) bool { return points > 2.5 }, true},
		{scored("3.25"), func(points float64) bool { return points == 3.25 }, false},
		{scored("0 0 3.25 3.25"), func(points float64) bool { return points == 3.25 }, false},
		{scored("0"), none, false},
		{"bayes_log_odds 0\n", shipped, false},
		{"use_bayes_rules 0\n", none, false},
		{"required_score 8\n", func(points float64) bool { return points > 2.5 }, true},
	} {
		e := open(t, load(t, "bayes_auto_learn 0\n"+ownTests+test.lines))
		teachBoth(t, e, 0, 90)
		v := check(t, e, mail(store.Spam, 1000))
		if (v.Sum != nil) != test.sum {
			t.Errorf("%q: sum %v", test.lines, v.Sum)
		}
		points := math.NaN()
		for name := range strings.FieldsSeq(spamTests) {
			if got := score(v, name); !math.IsNaN(got) {
				points = got
			}
		}
		if !test.want(points) {
			t.Errorf("%q: the learner's test has %v: %s", test.lines, points, v.HeaderValue())
		}
	}
}

// TestSumIsOffWithOtherRules: with rules other than the shipped ones sums are SpamAssassin's, unless bayes_log_odds
// asks for it.
func TestSumIsOffWithOtherRules(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules")
	if err := os.Mkdir(rules, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "loadplugin Mail::SpamAssassin::Plugin::Bayes\nbody BAYES_99 eval:check_bayes('0.60', '1.00')\n" +
		"tflags BAYES_99 learn\nscore BAYES_99 3.5\n" +
		"body BAYES_00 eval:check_bayes('0.00', '0.01')\ntflags BAYES_00 learn nice\nscore BAYES_00 -1.9\n" +
		"body HELLO /Hello/\nscore HELLO 2\n"
	if err := os.WriteFile(filepath.Join(rules, "t.cf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{false, true} {
		file := filepath.Join(dir, "local.cf")
		lines := "local_tests_only 1\nbayes_auto_learn 0\nbayes_min_ham_num 50\nbayes_min_spam_num 50\nbayes_path " +
			filepath.Join(dir, strconv.FormatBool(on)) + "\n"
		if on {
			lines += "bayes_log_odds 1\n"
		}
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, problems := config.Load(config.Sources{Defaults: data.Default(), RulesPath: rules, Files: []string{file}})
		if config.Failed(problems) {
			t.Fatal(problems)
		}
		e := open(t, cfg)
		teachBoth(t, e, 0, 90)
		v := check(t, e, mail(store.Spam, 1000))
		hello, bayes := score(v, "HELLO"), score(v, "BAYES_99")
		if on && (hello >= 2 || v.Sum == nil) || !on && (hello != 2 || bayes != 3.5 || v.Sum != nil) {
			t.Errorf("bayes_log_odds %v: %s, HELLO has %v, BAYES_99 %v", on, v.HeaderValue(), hello, bayes)
		}
	}
}
