package web

import (
	"path/filepath"
	"testing"

	"asterism/history"
	"asterism/tokenizer"
)

var emptyTokens = &tokenizer.Tokens{}

// openHistory opens a history of its own.
func openHistory(t *testing.T, dir string) *history.Log {
	t.Helper()
	log, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log
}
