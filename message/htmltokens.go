package message

import "golang.org/x/net/html"

// HTMLToken is one token of an HTML text, as golang.org/x/net/html divides it.
type HTMLToken struct {
	Type html.TokenType // a self-closing tag has the type of a start tag
	Raw  string         // as it is in the source, with brackets
	Text string         // of a text token: its text, with references resolved
}

// htmlTokens has the tokens of a source, in four bytes each: another reader of the same HTML need not divide it again,
// which takes longer than all the rest.
type htmlTokens struct {
	source string
	ends   []uint32 // of the tokens in the source, with the type and whether the text is among texts in the lower bits
	texts  []string // of the text tokens that are not as in the source
}

const (
	tokenEnd    = 4 // bits that the end of a token is shifted by
	tokenType   = 7 // bits of its type
	tokenEdited = 8 // its text is not as in the source
)

// add notes a token that ends at a byte of the source; text is that of a text token.
func (t *htmlTokens) add(kind html.TokenType, end int, text string) {
	mark := uint32(end)<<tokenEnd | uint32(kind)&tokenType
	if kind == html.TextToken && text != t.source[t.end():end] {
		mark |= tokenEdited
		t.texts = append(t.texts, text)
	}
	t.ends = append(t.ends, mark)
}

// end returns where the last token ends.
func (t *htmlTokens) end() int {
	if len(t.ends) == 0 {
		return 0
	}
	return int(t.ends[len(t.ends)-1] >> tokenEnd)
}

// Tokens yields the tokens that the document consists of, in order.
func (h *HTML) Tokens(yield func(HTMLToken) bool) {
	from, texts := 0, h.tokens.texts
	for _, mark := range h.tokens.ends {
		end := int(mark >> tokenEnd)
		t := HTMLToken{Type: html.TokenType(mark & tokenType), Raw: h.tokens.source[from:end]}
		if t.Type == html.TextToken {
			t.Text = t.Raw
		}
		if mark&tokenEdited != 0 {
			t.Text, texts = texts[0], texts[1:]
		}
		if from = end; !yield(t) {
			return
		}
	}
}

// Source returns the HTML that the document was read from.
func (h *HTML) Source() string { return h.tokens.source }
