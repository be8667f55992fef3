// Parity compares what Asterism's rules say of messages with what SpamAssassin said of them, rule by rule.
//
//	go run ./bench/parity -rules /usr/share/spamassassin -site DIR -hits HITS.tsv.gz -root CORPUS [-show RULE]
//
// HITS has a line "path TAB score TAB names,of,rules" for each message, paths relative to CORPUS; a line that begins
// with "#" is skipped. The program prints how many hits, messages and scores agree, and for each rule that differs
// how often both hit, only SpamAssassin and only Asterism. With -show, the messages on which one rule differs are
// listed. Rules whose names begin with "__" are compared if HITS has any.
package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/config"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
)

func main() {
	rulesPath := flag.String("rules", "/usr/share/spamassassin", "directory of rule files")
	sitePath := flag.String("site", "", "directory of the site's own files (*.pre, *.cf)")
	hitsPath := flag.String("hits", "", "what SpamAssassin said, as TSV, gzip or not")
	root := flag.String("root", ".", "directory that the paths are relative to")
	show := flag.String("show", "", "list the messages on which this rule differs, or \"all\" for every rule")
	flag.Parse()
	if err := run(*rulesPath, *sitePath, *hitsPath, *root, *show); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run(rulesPath, sitePath, hitsPath, root, show string) error {
	theirs, err := readHits(hitsPath)
	if err != nil {
		return err
	}
	cfg, _ := config.Load(config.Sources{RulesPath: rulesPath, SitePath: sitePath})
	set, problems := rules.Compile(cfg, network.Functions())
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	c := comparison{rules: map[string]*counts{}}
	withSub := slices.ContainsFunc(theirs, func(r result) bool { return r.hasSub() })
	var took time.Duration
	for _, t := range theirs {
		raw, err := os.ReadFile(filepath.Join(root, t.path))
		if err != nil {
			return err
		}
		begin := time.Now()
		ours := scan(set, raw, withSub)
		took += time.Since(begin)
		c.add(t, ours, show)
	}
	c.print(os.Stdout)
	fmt.Printf("Asterism took %.1f s: %.0f messages/s\n", took.Seconds(), float64(len(theirs))/took.Seconds())
	return nil
}

// result is what was said of one message.
type result struct {
	path  string
	score float64
	names map[string]bool
}

// hasSub reports whether the names of sub-rules are among the hits.
func (r *result) hasSub() bool {
	for n := range r.names {
		if strings.HasPrefix(n, "__") {
			return true
		}
	}
	return false
}

func readHits(name string) ([]result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	var all []result
	for s := bufio.NewScanner(r); s.Scan(); {
		fields := strings.Split(s.Text(), "\t")
		if strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 3 {
			return nil, fmt.Errorf("%s: line without three fields: %q", name, s.Text())
		}
		score, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		names := map[string]bool{}
		for n := range strings.SplitSeq(fields[2], ",") {
			if n != "" && n != "none" {
				names[n] = true
			}
		}
		all = append(all, result{fields[0], score, names})
	}
	return all, nil
}

// scan runs the local rules on a message.
func scan(set *rules.Set, raw []byte, withSub bool) result {
	sc := set.Begin(message.Parse(raw), &rules.Envelope{})
	sc.RunLocal()
	r := result{names: map[string]bool{}}
	for _, h := range sc.Finish() {
		r.names[h.Name] = true
		r.score += h.Score
	}
	if withSub {
		for _, n := range sc.SubHits() {
			r.names[n] = true
		}
	}
	return r
}

// counts says how often a rule hit.
type counts struct{ both, theirs, ours int }

type comparison struct {
	rules                        map[string]*counts
	messages, sameSet, sameScore int
}

func (c *comparison) add(theirs, ours result, show string) {
	c.messages++
	same := true
	count := func(name string) *counts {
		n := c.rules[name]
		if n == nil {
			n = &counts{}
			c.rules[name] = n
		}
		return n
	}
	for name := range theirs.names {
		if ours.names[name] {
			count(name).both++
			continue
		}
		same = false
		count(name).theirs++
		if show == name || show == "all" {
			fmt.Println("only theirs:", name, theirs.path)
		}
	}
	for name := range ours.names {
		if !theirs.names[name] {
			same = false
			count(name).ours++
			if show == name || show == "all" {
				fmt.Println("only ours:", name, theirs.path)
			}
		}
	}
	if same {
		c.sameSet++
	}
	if shown(ours.score) == shown(theirs.score) {
		c.sameScore++
	}
}

// required is SpamAssassin's default of required_score.
const required = 5

// shown returns a score as SpamAssassin reports it: rounded to 0.1, but never up to the required score.
func shown(score float64) string {
	score = math.Round(score*1000) / 1000 // sums of scores, which have at most three decimals
	if score < required && score > required-0.1 {
		score = required - 0.1
	}
	return strconv.FormatFloat(score, 'f', 1, 64)
}

func (c *comparison) print(w io.Writer) {
	names := make([]string, 0, len(c.rules))
	both, different := 0, 0
	for name, n := range c.rules {
		both += n.both
		different += n.theirs + n.ours
		if n.theirs+n.ours > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := c.rules[a], c.rules[b]
		return cmp.Or(cmp.Compare(y.theirs+y.ours, x.theirs+x.ours), strings.Compare(a, b))
	})
	fmt.Fprintf(w, "%-40s %7s %7s %7s\n", "rule", "both", "theirs", "ours")
	for _, name := range names {
		n := c.rules[name]
		fmt.Fprintf(w, "%-40s %7d %7d %7d\n", name, n.both, n.theirs, n.ours)
	}
	pairs := c.messages * len(c.rules)
	fmt.Fprintf(w, "\n%d messages, %d rules that hit at all, %d hits of both\n", c.messages, len(c.rules), both)
	fmt.Fprintf(w, "(message, rule) pairs that agree: %.3f%% (of all), %.2f%% (of hits by either)\n",
		percent(pairs-different, pairs), percent(both, both+different))
	fmt.Fprintf(w, "messages with the same set of hits: %.2f%%\n", percent(c.sameSet, c.messages))
	fmt.Fprintf(w, "messages with the same score to 0.1: %.2f%%\n", percent(c.sameScore, c.messages))
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(max(whole, 1)) }
