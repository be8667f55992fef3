// Command mkindex writes the index that bench/trec reads: one line "spam|ham PATH" per message, in the order in which
// the messages arrived.
//
//	go run ./bench/trec/mkindex --ham DIR --ham DIR --spam DIR [--out FILE]
//
// A message arrived when its newest Received field with a usable date says: that is the clock of the user's own host,
// not the sender's. Messages without one come first. Equal times are ordered by path.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

type entry struct {
	label, path string
	arrived     time.Time
}

func main() {
	ham := pflag.StringArray("ham", nil, "directory of ham, one message a file (may be repeated)")
	spam := pflag.StringArray("spam", nil, "directory of spam, one message a file (may be repeated)")
	out := pflag.String("out", "", "file to write (default standard output)")
	suffix := pflag.String("suffix", ".txt", "take only files whose names end so")
	pflag.Parse()
	if err := run(*ham, *spam, *suffix, *out); err != nil {
		fmt.Fprintln(os.Stderr, "mkindex:", err)
		os.Exit(1)
	}
}

func run(ham, spam []string, suffix, out string) error {
	var entries []entry
	for label, dirs := range map[string][]string{"ham": ham, "spam": spam} {
		for _, dir := range dirs {
			found, err := list(label, dir, suffix)
			if err != nil {
				return err
			}
			entries = append(entries, found...)
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("no messages: give --ham DIR and --spam DIR with files named *%s", suffix)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(a.arrived.Compare(b.arrived), strings.Compare(a.path, b.path))
	})
	to := os.Stdout
	if out != "" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		defer f.Close()
		to = f
	}
	w := bufio.NewWriter(to)
	for _, e := range entries {
		fmt.Fprintln(w, e.label, e.path)
	}
	return w.Flush()
}

func list(label, dir, suffix string) ([]entry, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []entry
	for _, f := range files {
		if !f.Type().IsRegular() || !strings.HasSuffix(f.Name(), suffix) {
			continue
		}
		path, err := filepath.Abs(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		found = append(found, entry{label, path, arrival(string(raw))})
	}
	return found, nil
}
