package classifier

import (
	"testing"

	"asterism/rules"
	"asterism/store"
)

// TestPoints: points count for the header, the body or both, by the kind of the rule or by its flags.
func TestPoints(t *testing.T) {
	for _, c := range []struct {
		kind         rules.Kind
		flag         string
		header, body float64
	}{
		{rules.Header, "", 2, 0}, {rules.Net, "", 2, 0}, {rules.Body, "", 0, 2}, {rules.Meta, "", 2, 2},
		{rules.Header, "autolearn_body", 0, 2}, {rules.Full, "autolearn_header", 2, 0}, {rules.Meta, "autolearn_body", 0, 2},
		{rules.Body, "noautolearn", 0, 0},
	} {
		var p points
		p.add(&rules.Hit{Share: 1, Rule: &rules.Rule{Kind: c.kind, Flags: []string{c.flag}, Scores: [4]float64{2}}}, 0)
		if p.header != c.header || p.body != c.body {
			t.Errorf("%v %s: %v and %v, want %v and %v", c.kind, c.flag, p.header, p.body, c.header, c.body)
		}
	}
}

// TestDecide: what a verdict teaches, by SpamAssassin's thresholds and by what the learner thinks itself.
func TestDecide(t *testing.T) {
	usual := Thresholds{Ham: 0.1, Spam: 12}
	onError := Thresholds{Ham: 0.1, Spam: 12, OnError: true}
	for _, c := range []struct {
		name  string
		t     Thresholds
		p     points
		bayes float64 // 0 is not ready
		trust float64
		want  store.Class
	}{
		{"ham", usual, points{total: -1}, 0, 1, store.Ham},
		{"between", usual, points{total: 5, header: 3, body: 3}, 0, 1, 0},
		{"spam", usual, points{total: 14, header: 7, body: 7}, 0, 1, store.Spam},
		{"spam by its header alone", usual, points{total: 14, header: 14}, 0, 1, 0},
		{"and yet forced", usual, points{total: 14, header: 14, force: true}, 0, 1, store.Spam},
		{"not all rules were run", usual, points{total: -1, partial: true}, 0, 1, 0},
		{"ham that the learner holds for spam", usual, points{total: -1}, 0.99, 1, 0},
		{"spam that the learner holds for ham", usual, points{total: 14, header: 7, body: 7}, 0.01, 1, 0},
		{"ham that the learner rather holds for spam", usual, points{total: -1}, 0.6, 1, 0},
		{"the same by a learner that knows little", usual, points{total: -1}, 0.6, 0.4, store.Ham},
		{"spam that the learner rather holds for ham", usual, points{total: 14, header: 7, body: 7}, 0.4, 1, store.Spam},
		{"ham, known", onError, points{total: -1}, 0.2, 1, 0},
		{"ham, missed", onError, points{total: -1}, 0.8, 1, store.Ham},
		{"spam, known", onError, points{total: 14, header: 7, body: 7}, 0.8, 1, 0},
		{"spam, missed", onError, points{total: 14, header: 7, body: 7}, 0.2, 1, store.Spam},
		{"spam, learner not ready", onError, points{total: 14, header: 7, body: 7}, 0, 1, store.Spam},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &Verdict{Required: 5, Bayes: c.bayes, BayesReady: c.bayes != 0, BayesTrust: c.trust}
			if got := c.t.decide(&c.p, v); got != c.want {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		})
	}
}
