// Command hostile measures the cost of messages that are made to be expensive: processor time and allocated memory of
// every shape of package shape in each step of the filter, at three sizes, and how both grow. It prints the worst,
// and exits with 1 if a bound is exceeded.
//
//	go run ./bench/hostile                        # the shipped rules, as the milter calls them
//	go run ./bench/hostile --learner --fronts     # with a taught store, and all ways to hand a message back
//	go run ./bench/hostile --mutate               # attachments: samples of each format, changed at each place
//	go run ./bench/hostile --rules /usr/share/spamassassin --only '^field'
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/pflag"

	"asterism/bench/hostile/shape"
)

// bounds are what a message below 100 KB may cost.
type bounds struct {
	cpu    float64 // seconds of processor time
	bytes  float64 // allocated while it is scanned, in megabytes
	growth float64 // of either from the last size but one to the last
}

// campaign is what to measure, and how.
type campaign struct {
	subject subject
	bounds  bounds
	sizes   []int
	repeats int  // of what seems too much
	changed bool // measure changed samples of attachments, not the shapes
	again   bool // measure every shape so, not only what exceeds
	only    string
	top     int
}

// errExceeded is the end of a campaign that found something.
var errExceeded = errors.New("bounds exceeded")

func main() {
	var c campaign
	f := pflag.CommandLine
	f.StringVar(&c.subject.rules, "rules", "", "directory of rules instead of the shipped ones")
	f.BoolVar(&c.subject.learner, "learner", false, "score with a taught store, and learn each message")
	f.BoolVar(&c.subject.fronts, "fronts", false, "rewrite each message in every way that a front may, each by itself")
	f.BoolVar(&c.subject.network, "network", false, "verify signatures, and query a DNS server that has no name")
	f.IntSliceVar(&c.sizes, "sizes", []int{10_000, 30_000, 95_000}, "sizes of the messages in bytes, ascending")
	f.IntVar(&c.repeats, "repeats", 7, "measurements of what exceeds a bound; the least counts")
	f.BoolVar(&c.again, "again", false, "repeat the measurement of every shape")
	f.BoolVar(&c.changed, "mutate", false, "open samples of attachments, changed at each place, instead")
	f.StringVar(&c.only, "only", "", "regular expression of the shapes' names")
	f.IntVar(&c.top, "top", 20, "rows of each table")
	f.Float64Var(&c.bounds.cpu, "cpu", 0.1, "bound in seconds of processor time")
	f.Float64Var(&c.bounds.bytes, "mb", 30, "bound in megabytes allocated")
	f.Float64Var(&c.bounds.growth, "growth", 3.5, "bound of the growth from the last size but one to the last")
	pflag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func (c *campaign) run() error {
	only, err := regexp.Compile(c.only)
	if err != nil {
		return err
	}
	if c.changed {
		return c.mutate()
	}
	if err := c.subject.open(); err != nil {
		return err
	}
	defer c.subject.close()
	shapes := slices.DeleteFunc(shape.All(c.subject.lines), func(s shape.Shape) bool { return !only.MatchString(s.Name) })
	if len(shapes) == 0 {
		return fmt.Errorf("no shape has a name like %s", c.only)
	}
	var costs []cost
	for i, s := range shapes {
		of, err := c.measure(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		costs = append(costs, c.notable(of)...)
		c.progress(os.Stderr, i+1, len(shapes), of)
	}
	return c.report(os.Stdout, len(shapes), costs)
}
