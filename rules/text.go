package rules

import (
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// cache is what rules of a scan share.
type cache struct {
	body, raw, uris, full []perlre.Text
	haveBody, haveRaw     bool
	haveURIs, haveChain   bool
	chain                 message.Chain
	tagged                map[*Rule]*perlre.Regexp
	own                   ownCache
}

// bodyTexts returns what body rules see: the subject, then the rendered text's paragraphs, each one line.
func (sc *Scan) bodyTexts() []perlre.Text {
	if !sc.cache.haveBody {
		sc.cache.haveBody = true
		subject, _ := sc.getWhole(headerSpec{name: "subject"}, false)
		if subject == "" {
			subject = "\n"
		}
		sc.cache.body = append(sc.cache.body, perlre.NewText(subject))
		for _, p := range sc.msg.Leaves() {
			if p.IsText() {
				sc.cache.body = appendParagraphs(sc.cache.body, p.Visible())
			}
		}
	}
	return sc.cache.body
}

// appendParagraphs splits a text at empty lines, and puts each piece on one line.
func appendParagraphs(texts []perlre.Text, s string) []perlre.Text {
	for p := range strings.SplitSeq(s, "\n\n") {
		if line := strings.Join(strings.Fields(p), " "); line != "" {
			texts = append(texts, perlre.NewText(line+"\n"))
		}
	}
	return texts
}

// rawTexts returns what rawbody rules see: the decoded text parts in pieces.
func (sc *Scan) rawTexts() []perlre.Text {
	if !sc.cache.haveRaw {
		sc.cache.haveRaw = true
		for _, p := range sc.msg.Leaves() {
			if p.IsText() {
				sc.cache.raw = append(sc.cache.raw, perlre.NewText(p.Text()))
			}
		}
	}
	return sc.cache.raw
}

// fullText returns the message as it came.
func (sc *Scan) fullText() []perlre.Text {
	if sc.cache.full == nil {
		sc.cache.full = []perlre.Text{perlre.NewText(string(sc.msg.Raw()))}
	}
	return sc.cache.full
}

// uriTexts returns the URIs of the message.
func (sc *Scan) uriTexts() []perlre.Text {
	if !sc.cache.haveURIs {
		sc.cache.haveURIs = true
		seen := map[string]bool{}
		for _, u := range sc.msg.URIs() {
			for _, s := range []string{u.Raw, u.URL} {
				if s != "" && !seen[s] {
					seen[s] = true
					sc.cache.uris = append(sc.cache.uris, perlre.NewText(s))
				}
			}
		}
	}
	return sc.cache.uris
}
