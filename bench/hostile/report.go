package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// report prints the worst of the costs, as tables in Markdown.
func (c *campaign) report(w io.Writer, costs []cost) error {
	last := len(c.sizes) - 1
	exceeded := 0
	for i := range costs {
		one := &costs[i]
		if one.cpu[last] > c.bounds.cpu || one.bytes[last] > c.bounds.bytes ||
			growth(one.cpu, noiseCPU) > c.bounds.growth || growth(one.bytes, noiseBytes) > c.bounds.growth {
			exceeded++
		}
	}
	fmt.Fprintf(w, "%d shapes at %v bytes, %s, %s/%s: %d exceed a bound (%g s, %g MB, growth %g)\n",
		len(costs), c.sizes, runtime.Version(), runtime.GOOS, runtime.GOARCH, exceeded, c.bounds.cpu, c.bounds.bytes, c.bounds.growth)
	for _, table := range []struct {
		title string
		by    func(*cost) float64
	}{
		{"processor time", func(one *cost) float64 { return one.cpu[last] }},
		{"memory", func(one *cost) float64 { return one.bytes[last] }},
		{"growth of processor time", func(one *cost) float64 { return growth(one.cpu, noiseCPU) }},
		{"growth of memory", func(one *cost) float64 { return growth(one.bytes, noiseBytes) }},
	} {
		slices.SortStableFunc(costs, func(a, b cost) int { return cmp.Compare(table.by(&b), table.by(&a)) })
		fmt.Fprintf(w, "\nWorst by %s:\n\n| shape | ms | growth | MB | growth |\n| --- | --- | --- | --- | --- |\n", table.title)
		for i := range costs[:min(c.top, len(costs))] {
			one := &costs[i]
			fmt.Fprintf(w, "| `%s` | %.1f | %.1f | %.1f | %.1f |\n", one.name, one.cpu[last]*1000, growth(one.cpu, noiseCPU), one.bytes[last],
				growth(one.bytes, noiseBytes))
		}
	}
	if exceeded > 0 {
		return errExceeded
	}
	return nil
}
