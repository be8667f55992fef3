package message

import "strings"

// conditional takes the links of a comment that Outlook reads as a part of the page: <!--[if mso]> … <![endif]-->. No
// other client shows it, so that its text counts as the links' only.
func (p *htmlParser) conditional(comment string) {
	const start, end = "<!--", "-->"
	s := strings.TrimPrefix(comment, start)
	s = strings.TrimLeft(s, " \t\r\n")
	if p.within || !hasPrefixFold(s, "[if") {
		return
	}
	i := strings.IndexByte(s, '>')
	if i < 0 || !strings.HasSuffix(strings.TrimRight(s[:i], " \t\r\n"), "]") {
		return
	}
	if s = strings.TrimSuffix(s[i+1:], end); !mayHoldLink(s) {
		return
	}
	for _, l := range parseHTML(s, true, p.clock).Links {
		p.links.add(openedLink{Link: l})
	}
}

// mayHoldLink reports whether there may be a link in s: most conditional comments are tables and styles.
func mayHoldLink(s string) bool { return indexFold(s, "href") >= 0 }
