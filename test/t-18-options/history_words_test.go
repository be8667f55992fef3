package options_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/history"
	"asterism/store"
)

// TestHistoryWords: history_words keeps the learner's strongest words in a record, and none are kept without it.
func TestHistoryWords(t *testing.T) {
	const taught = "history 1\nbayes_min_ham_num 5\nbayes_min_spam_num 5\nbayes_auto_learn 0\n"
	for options, want := range map[string]int{"": 0, "history_words 3\n": 3} {
		t.Run(fmt.Sprint("words ", want), func(t *testing.T) {
			r := &row{}
			s := r.open(t, taught+options)
			for i := range 10 {
				class, word := store.Ham, "meeting"
				if i%2 == 0 {
					class, word = store.Spam, "pills"
				}
				raw := fmt.Sprintf("From: %s%d@%s.example\r\nSubject: %s\r\n\r\nabout %s number %d\r\n", word, i, word, word,
					word, i)
				lessons := []classifier.Lesson{{Raw: []byte(raw), Class: class}}
				if _, err := s.Learn(context.Background(), "", lessons); err != nil {
					t.Fatal(err)
				}
			}
			in := &classifier.Input{Raw: []byte("From: x@pills.example\r\nSubject: pills\r\n\r\nabout pills\r\n")}
			v, err := s.Check(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			s.Record(in, v, &history.Outcome{Front: "milter", Action: "tag"})
			found, _, err := s.History().Find(context.Background(), &history.Query{})
			if err != nil || len(found) != 1 {
				t.Fatal(len(found), err)
			}
			words := found[0].Words
			if len(words) != want {
				t.Errorf("%q: %d words, want %d: %v", options, len(words), want, words)
			}
			for _, w := range words {
				if !strings.Contains(w.Text, ":") || w.Pull == 0 {
					t.Errorf("%+v", w)
				}
			}
		})
	}
}
