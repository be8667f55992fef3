package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// report prints the worst of the costs of a number of shapes, as tables in Markdown.
func (c *campaign) report(w io.Writer, shapes int, costs []cost) error {
	var exceeded []cost
	for _, one := range costs {
		if one.exceeded {
			exceeded = append(exceeded, one)
		}
	}
	fmt.Fprintf(w, "%d shapes at %v bytes, %s, %s/%s: %d exceed a bound (%g s, %g MB, growth %g)\n",
		shapes, c.sizes, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		len(exceeded), c.bounds.cpu, c.bounds.bytes, c.bounds.growth)
	if len(exceeded) > 0 {
		table(w, "Above a bound", exceeded)
	}
	for _, t := range []struct {
		title string
		by    func(*cost) float64
	}{
		{"processor time", func(one *cost) float64 { return one.cpu }},
		{"memory", func(one *cost) float64 { return one.bytes }},
		{"growth of processor time", func(one *cost) float64 { return one.cpuGrew }},
		{"growth of memory", func(one *cost) float64 { return one.byteGrew }},
	} {
		slices.SortStableFunc(costs, func(a, b cost) int { return cmp.Compare(t.by(&b), t.by(&a)) })
		table(w, "Worst by "+t.title, costs[:min(c.top, len(costs))])
	}
	if len(exceeded) > 0 {
		return errExceeded
	}
	return nil
}

// progress tells of what is above a bound at once, as a campaign takes its time.
func (c *campaign) progress(w io.Writer, done, all int, costs []cost) {
	for i := range costs {
		if costs[i].exceeded {
			row(w, &costs[i])
		}
	}
	if done%1000 == 0 {
		fmt.Fprintf(w, "hostile: %d of %d shapes\n", done, all)
	}
}

func table(w io.Writer, title string, costs []cost) {
	fmt.Fprintf(w, "\n%s:\n\n| shape | step | ms | growth | MB | growth |\n| --- | --- | --- | --- | --- | --- |\n", title)
	for i := range costs {
		row(w, &costs[i])
	}
}

func row(w io.Writer, one *cost) {
	fmt.Fprintf(w, "| `%s` | %s | %.1f | %.1f | %.1f | %.1f |\n",
		one.name, one.step, one.cpu*1000, one.cpuGrew, one.bytes, one.byteGrew)
}
