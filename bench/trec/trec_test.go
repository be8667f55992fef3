package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/bench/trec/index"
	"asterism/store"
)

// corpus writes n hams and n spams, and their index, and returns its name.
func corpus(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	var lines strings.Builder
	for i := range n {
		for class, raw := range map[string]string{
			"ham": fmt.Sprintf("From: Ann <ann@friends.example>\nSubject: dinner %d\nMessage-ID: "+
				"<%d@friends.example>\n\nShall we meet at %d?\n", i, i, i),
			"spam": fmt.Sprintf("From: Deals <win@offers.example>\nSubject: WIN %d\nMessage-Id: <%d@offers.example>\n\nYOU "+
				"have WON %d dollars\n", i, i, i),
		} {
			name := fmt.Sprintf("%s-%d", class, i)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(raw), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&lines, "ham ham-%d\nspam spam-%d\n", i, i)
	}
	name := filepath.Join(dir, "index")
	if err := os.WriteFile(name, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n")
}

// TestRegimes: each regime classifies the messages it should, tells easy mail apart, and gives the same run twice.
func TestRegimes(t *testing.T) {
	const each = 30
	in := corpus(t, each)
	for _, test := range []struct {
		feedback, order string
		want            int
	}{
		{"full", "interleaved", 2 * each}, {"delay:5", "interleaved", 2 * each}, {"partial:50", "interleaved", 2 * each},
		{"noise:5", "interleaved", 2 * each}, {"first:40", "interleaved", 2 * each}, {"autolearn:40", "interleaved",
			2 * each},
		{"batch:40", "interleaved", 2*each - 40}, {"batch:40", "ham-first", 2*each - 40}, {"batch:40", "spam-first",
			2*each - 40},
		{"each:20", "interleaved", 2*each - 40}, {"each:20", "ham-first", 2*each - 40},
	} {
		t.Run(test.feedback+" "+test.order, func(t *testing.T) {
			var runs [2]string
			for i := range runs {
				out := filepath.Join(t.TempDir(), "run")
				if err := run(&options{index: in, out: out, feedback: test.feedback, order: test.order, shuffle: 1}); err != nil {
					t.Fatal(err)
				}
				got := lines(t, out)
				if len(got) != test.want {
					t.Errorf("%d messages classified, want %d", len(got), test.want)
				}
				runs[i] = strings.Join(got, "\n")
			}
			if runs[0] != runs[1] {
				t.Error("the second run differs")
			}
			wrong := 0
			last := strings.Split(runs[0], "\n")[test.want-20:]
			for _, line := range last {
				f := strings.Fields(line)
				if len(f) != 4 {
					t.Fatalf("line %q", line)
				}
				if (f[0] == "spam") == strings.HasPrefix(f[3], "-") {
					wrong++
				}
			}
			if wrong > 0 {
				t.Errorf("%d of the last 20 on the wrong side:\n%s", wrong, strings.Join(last, "\n"))
			}
		})
	}
}

// TestMaxSize: what is too large for the product has no verdict, and is learned nevertheless.
func TestMaxSize(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if err := run(&options{index: corpus(t, 5), out: out, feedback: "full", order: "interleaved",
		maxSize: "50"}); err != nil {
		t.Fatal(err)
	}
	unscanned := 0
	for _, line := range lines(t, out) {
		if strings.HasSuffix(line, " ham 0 0") {
			unscanned++
		}
	}
	if unscanned != 10 {
		t.Errorf("%d of 10 messages have no verdict", unscanned)
	}
}

// TestReport: beside the score stand its parts, and a run that learns has its beginning apart.
func TestReport(t *testing.T) {
	var results []result
	for i := range 700 {
		class, wrong := store.Ham, float64(i%10)
		if i%2 == 1 {
			class = store.Spam
		}
		sign := map[store.Class]float64{store.Ham: -1, store.Spam: 1}[class]
		results = append(results, result{class: class, score: sign * 9, spam: class == store.Spam, tests: sign*2 + wrong,
			odds: sign*4 + wrong})
	}
	var text strings.Builder
	report(&text, results, false)
	reportParts(&text, results)
	for _, want := range []string{"tests alone (spam from 5.0)",
		"the sum against its best part, the Bayes evidence: (1-AUC)% 0.0000 to ", "\n1-600 ", "\n601-700 "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing from\n%s", want, text.String())
		}
	}
}

func TestBadOptions(t *testing.T) {
	for _, test := range []struct{ feedback, order, want string }{
		{"often", "interleaved", "often"}, {"delay:x", "interleaved", "delay:x"}, {"noise:200", "interleaved", "noise:200"},
		{"batch:1", "backwards", "backwards"}, {"full", "ham-first", "batches"},
	} {
		if _, err := parseRegime(test.feedback, test.order); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %s: error is %v", test.feedback, test.order, err)
		}
	}
	bad := filepath.Join(t.TempDir(), "index")
	if err := os.WriteFile(bad, []byte("ham a\nmaybe b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Read(bad); err == nil || !strings.Contains(err.Error(), "index:2:") {
		t.Errorf("error is %v", err)
	}
}
