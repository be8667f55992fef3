package message

import "strings"

// flowed returns the text of a part with its lines joined as clients join them that know format=flowed with DelSp=yes
// (RFC 3676, section 4): a word may go on behind the line's end. Other text is left as it is: its words end there.
func (p *Part) flowed() string {
	text := p.Text()
	if !strings.EqualFold(p.Params["delsp"], "yes") || !strings.EqualFold(p.Params["format"], "flowed") {
		return text
	}
	b := make([]byte, 0, len(text))
	depth, joins := 0, false
	for line := range strings.Lines(text) {
		content := strings.TrimLeft(line, ">")
		quotes := len(line) - len(content)
		content = strings.TrimPrefix(strings.TrimSuffix(content, "\n"), " ") // stuffed
		if !joins || quotes != depth {
			if len(b) > 0 {
				b = append(b, '\n')
			}
			b = append(b, line[:quotes]...)
		}
		depth, joins = quotes, strings.HasSuffix(content, " ") && content != "-- "
		if joins {
			content = content[:len(content)-1]
		}
		b = append(b, content...)
	}
	return view(b)
}

// isContentLines reports whether a leaf is a calendar or an address card, whose lines are folded and whose text is
// escaped.
func (p *Part) isContentLines() bool {
	if !p.IsLeaf() {
		return false
	}
	switch p.MediaType {
	case "text/calendar", "text/vcard", "text/x-vcard", "text/x-vcalendar", "text/directory", "application/ics",
		"application/vcard":
		return true
	}
	switch extension(p.Filename) {
	case ".ics", ".vcs", ".vcf":
		return true
	}
	return false
}

// contentLines undoes the folding and the escapes of iCalendar and vCard (RFC 5545, sections 3.1 and 3.3.11).
var contentLines = strings.NewReplacer("\n ", "", "\n\t", "", `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)

// unfoldContentLines returns the text of a calendar or an address card as a reader sees it: folded anywhere, even
// twice.
func unfoldContentLines(text string) string {
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' && i+1 < len(text) && (text[i+1] == ' ' || text[i+1] == '\t') || text[i] == '\\' {
			return contentLines.Replace(text)
		}
	}
	return text
}
