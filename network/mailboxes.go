package network

import (
	"regexp"
	"strings"

	"asterism/message"
	"asterism/rules"
	"asterism/rules/perlre"
)

// written finds mail addresses in text.
var written = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9!#$%&'*+/=?^_{` +
	`|}~.-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}\b`)

// maxWritten is how much text is searched for addresses, and how many are taken.
const (
	maxWritten   = 256 << 10
	maxAddresses = 100
)

// addressesIn returns the mail addresses in all fields of a name, or for "ALL" those written anywhere in the header.
func (c *Checks) addressesIn(m *message.Message, scan *rules.Scan, field string) []string {
	if field == "ALL" || c.mailbox != nil {
		text, _ := scan.Get(field)
		return c.find(text)
	}
	var list []string
	for _, a := range m.Header().Addresses(field) {
		if a.Addr != "" {
			list = append(list, a.Addr)
		}
	}
	return list
}

// find returns the addresses written in a text.
func (c *Checks) find(text string) (list []string) {
	text = text[:min(len(text), maxWritten)]
	if c.mailbox == nil {
		return written.FindAllString(text, maxAddresses)
	}
	t := perlre.NewText(text)
	all, _ := c.mailbox.FindAll(&t, maxAddresses) // what takes too long finds nothing
	for _, groups := range all {
		list = append(list, groups[0])
	}
	return list
}

// withAddress finds URIs of the web with an address in them.
var withAddress = regexp.MustCompile(`(?i)<?https?://\S{0,255}(?:@|%40)\S{0,255}`)

// addressesInBody returns the addresses of links and those written in the body, perhaps without those in URIs of the
// web
// (nouri) and without quoted ones (noquote).
func (c *Checks) addressesInBody(m *message.Message, noURI, noQuote bool) []string {
	var list []string
	for _, u := range m.URIs() {
		if u.Scheme == "mailto" {
			address, _, _ := strings.Cut(strings.TrimPrefix(u.URL, "mailto:"), "?")
			if u.Source == message.SourceLink || !noQuote {
				list = append(list, address)
			}
		}
	}
	for _, p := range m.Leaves() {
		if !p.IsText() {
			continue
		}
		text := p.Visible()
		text = text[:min(len(text), maxWritten)]
		if noURI && strings.Contains(text, "://") {
			text = withAddress.ReplaceAllString(text, " ")
		}
		if noQuote {
			text = withoutQuoted(text)
		}
		list = append(list, c.find(text)...)
	}
	return list
}

// attribution is the text after the address of one who is quoted, in any language: "wrote:". Words before numbers are
// none.
var (
	attribution = regexp.MustCompile(`^\s{1,10}([a-z]{2,11}):`)
	notWrote    = regexp.MustCompile(`^(?:fax|facsi|tel|phone|e?-?mail)`)
)

// withoutQuoted removes addresses in angle brackets, but those of "mailto:", and those followed by "wrote:".
func withoutQuoted(text string) string {
	var b strings.Builder
	from := 0
	for _, at := range written.FindAllStringIndex(text, -1) {
		rest := text[at[1]:]
		quoted := strings.HasPrefix(rest, ">")
		if m := attribution.FindStringSubmatch(rest[:min(len(rest), 24)]); m != nil && !notWrote.MatchString(m[1]) {
			quoted = true
		}
		if quoted && !strings.HasSuffix(text[:at[0]], "mailto:") {
			b.WriteString(text[from:at[0]])
			b.WriteByte(' ')
			from = at[1]
		}
	}
	if from == 0 {
		return text
	}
	return b.String() + text[from:]
}
