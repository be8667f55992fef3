package tag

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"asterism/classifier"
	"asterism/message"
)

// Report returns the verdict as a text for people: a sentence, then one line per test in the columns that
// SpamAssassin's reports have, which other programs read.
func Report(v *classifier.Verdict) string { return report(v, 0) }

func report(v *classifier.Verdict, width int) string {
	var b strings.Builder
	is := "is not"
	if v.Spam() {
		is = "is"
	}
	fmt.Fprintf(&b, "This message %s considered spam.\n\n", is)
	fmt.Fprintf(&b, "Content analysis details:   (%s points, %.1f required)\n\n", v.ShownScore(), v.Required)
	b.WriteString(" pts rule name              description\n")
	b.WriteString("---- ---------------------- --------------------------------------------------\n")
	b.WriteString(summary(v, width))
	return b.String()
}

// ReportOn returns the report on a message by the site's template, or the report of Report if it has none.
func (o Options) ReportOn(raw []byte, v *classifier.Verdict) string {
	if len(o.Template) == 0 {
		return report(v, o.Width)
	}
	return o.expand(strings.Join(o.Template, "\n")+"\n", raw, v)
}

// previewLen is how many characters of a message's text its report begins with.
const previewLen = 200

// preview returns the start of a message's text, its white space as single spaces.
func preview(raw []byte) string {
	for _, p := range message.Parse(raw).Leaves() {
		if !p.IsText() {
			continue
		}
		text := p.Text()
		if h := p.HTML(); h != nil {
			text = h.Text
		}
		runes := []rune(strings.Join(strings.Fields(text), " "))
		if len(runes) > previewLen {
			return string(runes[:previewLen]) + " [...]"
		} else if len(runes) > 0 {
			return string(runes)
		}
	}
	return "[no text]"
}

// summary returns the report's lines about tests, with descriptions up to a column; 0 is no limit.
func summary(v *classifier.Verdict, width int) string {
	var b strings.Builder
	shown := v.ShownPoints()
	for i, h := range v.Hits {
		description := h.Description
		if description == "" {
			description = "No description available."
		}
		line := fmt.Sprintf("%s %-22s", points(shown[i]), h.Name)
		b.WriteString(line)
		column := utf8.RuneCountInString(line)
		for i, word := range strings.Fields(description) {
			if n := utf8.RuneCountInString(word); width > 0 && i > 0 && column+1+n > width {
				b.WriteString("\n" + strings.Repeat(" ", descriptionColumn-1))
				column = descriptionColumn - 1
			}
			b.WriteString(" " + word)
			column += 1 + utf8.RuneCountInString(word)
		}
		b.WriteByte('\n')
		if h.Detail != "" {
			fmt.Fprintf(&b, "%s[%s]\n", strings.Repeat(" ", descriptionColumn), h.Detail)
		}
	}
	return b.String()
}

// descriptionColumn is how many columns are before a description.
const descriptionColumn = 28

// points returns a score in four columns.
func points(score float64) string {
	s := fmt.Sprintf("%4.1f", score)
	if len(s) > 4 {
		s = fmt.Sprintf("%4.0f", score)
	}
	return s
}
