package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"asterism/store"
)

// entry is one line of an index.
type entry struct {
	class store.Class
	path  string
}

func readIndex(name string) ([]entry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var entries []entry
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		label, path, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		e := entry{path: strings.TrimSpace(path)}
		switch {
		case strings.EqualFold(label, "ham"):
			e.class = store.Ham
		case strings.EqualFold(label, "spam"):
			e.class = store.Spam
		}
		if e.class == 0 || e.path == "" {
			return nil, fmt.Errorf("%s:%d: not \"spam PATH\" or \"ham PATH\"", name, n)
		}
		if !filepath.IsAbs(e.path) {
			e.path = filepath.Join(filepath.Dir(name), e.path)
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

func shuffle(entries []entry, seed uint64) {
	rand.New(rand.NewPCG(seed, seed)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
}

// split puts the entries whose path contains one of the texts first, and returns how many there are.
func split(entries []entry, texts []string) (ordered []entry, n int) {
	var rest []entry
	for _, e := range entries {
		chosen := false
		for _, text := range texts {
			chosen = chosen || strings.Contains(e.path, text)
		}
		if chosen {
			ordered = append(ordered, e)
		} else {
			rest = append(rest, e)
		}
	}
	return append(ordered, rest...), len(ordered)
}
