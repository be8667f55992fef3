package history

import (
	"encoding/json"
	"testing"
	"time"
)

// TestParseQuery: words and fields of a person's search.
func TestParseQuery(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"":                                    `{"domains":null}`,
		"4bQ1 sue@our.example":                `{"text":"4bQ1 sue@our.example","domains":null}`,
		"To:sue@our.example from:bad.example": `{"recipient":"sue@our.example","sender":"bad.example","domains":null}`,
		`subject:"lunch on friday" subject:x`: `{"subject":"lunch on friday x","domains":null}`,
		"score>5 score<=7.5 is:spam":          `{"min_score":5,"max_score":7.5,"spam":true,"domains":null}`,
		"test:BAYES_99 action:reject since:1d until:2026-11-29": `{"test":"BAYES_99","action":"reject",` +
			`"since":"2026-11-28T10:00:00Z","until":"2026-11-29T00:00:00Z","domains":null}`,
		"since:yesterday taught:ham": `{"since":"2026-11-28T00:00:00Z","taught":"ham","domains":null}`,
		"re: http://x.example taught:any score": `{"text":"re: http://x.example ` +
			`score","any_taught":true,"domains":null}`,
		"since:never": `"never" is not a time, such as 2026-11-20, ` +
			`2026-11-20T22:00, yesterday, 12h or 2d`,
		"score>many": `"many" is not a score`,
		"is:eggs":    `is: "eggs" is neither ham nor spam`,
	} {
		q, err := ParseQuery(text, now)
		got := ""
		if err != nil {
			got = err.Error()
		} else if b, err := json.Marshal(q); err == nil {
			got = string(b)
		}
		if got != want {
			t.Errorf("%q:\n%s\n%s", text, got, want)
		}
	}
}

// FuzzParseQuery: whatever a person types ends in a query that records can be held against, or in an error.
func FuzzParseQuery(f *testing.F) {
	for _, text := range []string{"to:sue@our.example score>5", `subject:"lunch on friday`,
		"since:1w until:today is:ham", "score<", "from:<>", "a:b:c"} {
		f.Add(text)
	}
	r := sample(3)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text, time.Now())
		if err == nil {
			q.matches(r, 1)
			hasher(1).plan(q, 1)
		}
	})
}
