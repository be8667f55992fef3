package options_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/history"
)

// historyRows are what is kept of mails.
func historyRows() []row {
	return []row{
		{option: "history", with: "history 1", answer: recorded, came: "record 1@bad.com"},
		{option: "history_path", base: "history 1", with: "history_path DIR/elsewhere", answer: recorded,
			came: "file elsewhere",
			gone: "file bayes.history"},
		{option: "history_teach", base: "history 1", with: "history_teach 0", answer: recorded, gone: "teachable true"},
		{option: "history_words", test: "test/t-18-options TestHistoryWords"},
		{option: "history_expire", test: "history TestExpiry"},
		{option: "history_max_size", test: "history TestMaxSize"},
		{option: "history_redis_size", test: "history TestStreamSize"},
		{option: "history_subject", base: "history 1", with: "history_subject hash", answer: recorded, gone: "subject hello"},
	}
}

// recorded is what the history has of the row's mail, and the files there are.
func recorded(t *testing.T, r *row, text string) string {
	t.Helper()
	s := r.open(t, text)
	in := &classifier.Input{Raw: []byte(letter), Host: "mx.our.example"}
	v, err := s.Check(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	s.Record(in, v, &history.Outcome{Front: "milter", Action: "tag"})
	var out strings.Builder
	if h := s.History(); h != nil {
		found, _, err := h.Find(context.Background(), &history.Query{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			fmt.Fprintf(&out, "record %s\nsubject %s\nteachable %t\n", f.MessageID, f.Subject, f.Teachable)
		}
	}
	files, err := os.ReadDir(filepath.Dir(s.cfg.Bayes.Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		fmt.Fprintf(&out, "file %s\n", f.Name())
	}
	return out.String()
}
