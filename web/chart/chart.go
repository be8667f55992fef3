// Package chart draws charts as SVG within a page: columns of stacked counts. Each has a text for readers who cannot
// see it. The page's style sets the colors: the rectangles of a series have the class that the series names.
package chart

import (
	"fmt"
	"math"

	"asterism/web/html"
)

// Series is one layer of the columns.
type Series struct {
	Name  string
	Class string // of the style
}

// Column is one column of counts, of each series one.
type Column struct {
	Label  string // below the column; "" for none
	Title  string // in words, when pointed at
	Counts []uint64
}

// Chart is a chart of stacked columns.
type Chart struct {
	Title   string // a description in words
	Series  []Series
	Columns []Column
	Mark    float64 // a line before the column of this index, if it is positive
	MarkAs  string  // the meaning of the line
}

// Sizes in units of the picture.
const (
	width  = 800
	height = 240
	left   = 46
	right  = 8
	top    = 16
	bottom = 26
)

// Write appends the chart.
func (c *Chart) Write(h *html.Writer) {
	if len(c.Columns) == 0 {
		return
	}
	top, step := c.scale()
	h.Put(`<ul class="legend">`)
	for _, s := range c.Series {
		h.Put(`<li><svg width="12" height="12" aria-hidden="true"><rect class="{}" width="12" height="12" rx="2">`+
			`</rect></svg> {}</li>`, s.Class, s.Name)
	}
	h.Put(`</ul><svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">`, width, height, c.Title)
	for y := uint64(0); y <= top; y += step {
		at := c.y(float64(y), top)
		h.Put(`<path class="grid" d="M{} {}H{}"></path><text x="{}" y="{}" text-anchor="end">{}</text>`, left, at,
			width-right, left-6, at+4, short(y))
	}
	pitch := float64(width-left-right) / float64(len(c.Columns))
	wide := max(pitch*0.82, 0.5)
	for i, col := range c.Columns {
		x := float64(left) + float64(i)*pitch
		c.column(h, &col, x+(pitch-wide)/2, wide, top)
		at := min(x+pitch/2, width-20) // the last label is not cut off
		h.If(col.Label != "", `<text x="{}" y="{}" text-anchor="middle">{}</text>`, number(at), height-8, col.Label)
	}
	if c.Mark > 0 {
		x := number(float64(left) + c.Mark*pitch)
		h.Put(`<path class="mark" d="M{} {}V{}"></path><text x="{}" y="11" text-anchor="middle">{}</text>`, x, 14,
			height-bottom, x, c.MarkAs)
	}
	h.Put(`<path class="axis" d="M{} {}H{}"></path></svg>`, left, height-bottom, width-right)
	c.table(h)
}

// column draws one column from the bottom up.
func (c *Chart) column(h *html.Writer, col *Column, x, wide float64, top uint64) {
	h.Put(`<g><title>{}</title>`, col.Title)
	sum := uint64(0)
	for i, n := range col.Counts {
		if n == 0 {
			continue
		}
		from, to := c.y(float64(sum), top), c.y(float64(sum+n), top)
		sum += n
		h.Put(`<rect class="{}" x="{}" y="{}" width="{}" height="{}"></rect>`, c.Series[i].Class, number(x), to,
			number(wide), max(from-to, 1))
	}
	h.Put(`</g>`)
}

// table has the same figures as text.
func (c *Chart) table(h *html.Writer) {
	h.Put(`<details><summary class="small">As a table</summary><div class="scroll"><table><thead><tr><th></th>`)
	for _, s := range c.Series {
		h.Put(`<th class="number">{}</th>`, s.Name)
	}
	h.Put(`</tr></thead><tbody>`)
	for _, col := range c.Columns {
		h.Put(`<tr><td>{}</td>`, col.Title)
		for _, n := range col.Counts {
			h.Put(`<td class="number">{}</td>`, n)
		}
		h.Put(`</tr>`)
	}
	h.Put(`</tbody></table></div></details>`)
}

// y returns how far down a count is.
func (c *Chart) y(n float64, most uint64) int {
	return top + int(math.Round((1-n/float64(most))*float64(height-top-bottom)))
}

// scale returns the count at the top, a multiple of the step, which is 1, 2 or 5 times a power of ten.
func (c *Chart) scale() (most, step uint64) {
	for _, col := range c.Columns {
		sum := uint64(0)
		for _, n := range col.Counts {
			sum += n
		}
		most = max(most, sum)
	}
	step = 1
	for most > 4*step {
		switch lead := step / uint64(math.Pow10(int(math.Log10(float64(step))))); lead {
		case 1, 5:
			step *= 2
		default:
			step = step / 2 * 5
		}
	}
	return max((most+step-1)/step, 1) * step, step
}

// short writes a count in little room.
func short(n uint64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%gM", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%gk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func number(f float64) string { return fmt.Sprintf("%.1f", f) }
