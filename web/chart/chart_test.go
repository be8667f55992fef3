package chart

import (
	"encoding/xml"
	"strings"
	"testing"

	"asterism/web/html"
)

func TestScale(t *testing.T) {
	for most, want := range map[uint64][2]uint64{0: {1, 1}, 1: {1, 1}, 4: {4, 1}, 5: {6, 2}, 9: {10, 5}, 99: {100, 50},
		81: {100, 50}, 401: {600, 200},
		1234567: {1_500_000, 500_000}, 40: {40, 10}} {
		c := Chart{Columns: []Column{{Counts: []uint64{most}}}}
		if top, step := c.scale(); [2]uint64{top, step} != want {
			t.Errorf("%d: to %d by %d, want %v", most, top, step, want)
		}
	}
}

// TestWrite: the picture is well-formed, and says the same as its table.
func TestWrite(t *testing.T) {
	c := Chart{Title: `<b>"mails"`, Series: []Series{{"Ham", "is-ham"}, {"Spam", "is-spam"}}, Mark: 1,
		MarkAs:  "required",
		Columns: []Column{{"a", "<first>", []uint64{3, 0}}, {"", "second", []uint64{1, 9}}}}
	var h html.Writer
	c.Write(&h)
	text := string(h.Bytes())
	svg := text[strings.Index(text, `<svg class="chart"`):]
	svg = svg[:strings.Index(svg, "</svg>")+6]
	if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
		t.Errorf("%v\n%s", err, svg)
	}
	if n := strings.Count(svg, `<rect class="is-`); n != 3 {
		t.Errorf("%d rectangles", n)
	}
	for _, want := range []string{"&lt;first&gt;", `<td class="number">9</td>`,
		`aria-label="&lt;b&gt;&#34;mails&#34;"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	var none html.Writer
	(&Chart{}).Write(&none)
	if len(none.Bytes()) != 0 {
		t.Error("a chart of nothing")
	}
}
