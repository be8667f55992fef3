// Package index reads the indexes of the TREC spam track: a line "spam|ham PATH" per message, in order.
package index

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"asterism/store"
)

// Entry is one line of an index.
type Entry struct {
	Class store.Class // the true one
	Path  string      // of the message
}

// Read reads the index file name. Relative paths are taken to start where the index is.
func Read(name string) ([]Entry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var entries []Entry
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		label, path, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		e := Entry{Path: strings.TrimSpace(path)}
		switch {
		case strings.EqualFold(label, "ham"):
			e.Class = store.Ham
		case strings.EqualFold(label, "spam"):
			e.Class = store.Spam
		}
		if e.Class == 0 || e.Path == "" {
			return nil, fmt.Errorf("%s:%d: not \"spam PATH\" or \"ham PATH\"", name, n)
		}
		if !filepath.IsAbs(e.Path) {
			e.Path = filepath.Join(filepath.Dir(name), e.Path)
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s: no messages", name)
	}
	return entries, nil
}

// Shuffle puts the entries into an order that depends on the seed alone.
func Shuffle(entries []Entry, seed uint64) {
	before := slices.Clone(entries)
	for i, at := range Order(len(entries), seed) {
		entries[i] = before[at]
	}
}

// Order returns the order in which Shuffle puts n entries, by their places before.
func Order(n int, seed uint64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	rand.New(rand.NewPCG(seed, seed)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
