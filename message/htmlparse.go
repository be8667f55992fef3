package message

import (
	"strings"

	"golang.org/x/net/html"
)

// ParseHTML reads an HTML document in UTF-8. It never fails.
func ParseHTML(source string) *HTML {
	h := &HTML{}
	var text strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			h.Text = text.String()
			return h
		case html.TextToken:
			text.Write(z.Text())
		}
	}
}
