package tokenizer

import (
	"strings"

	"asterism/attachment"
)

// Bounds on what attachments add: a share of the body's tokens, so that a large one cannot flood the mail's own words.
const (
	forInside     = 200 // tokens of the body that the mail's own parts leave to attachments, if there are any
	maxInside     = 140 // words inside attachments
	maxInsideURIs = 12
	maxFiles      = 12
)

// readInside adds the content of the mail's attachments.
func (s *scan) readInside(c *attachment.Contents) {
	if len(c.Files) == 0 {
		return
	}
	file := s.prefix(kindFile, "")
	for _, f := range c.Files[:min(len(c.Files), maxFiles)] {
		origin := "attached"
		if f.In != nil {
			origin = "in " + string(f.In.Kind)
		}
		s.addPair(file, origin, string(f.Kind))
		if ext := attachment.Extension(f.Name); f.In != nil && ext != "" && len(ext) < maxWord {
			s.addPair(file, "in", ext)
		}
		if f.Traits != 0 {
			for t := range strings.SplitSeq(f.Traits.String(), ",") {
				s.add(file, t)
			}
		}
	}
	word, long := s.prefix(kindInside, ""), s.prefix(kindInside, "long")
	words := maxInside
	for _, f := range c.Files {
		if f.Text != "" && words > 0 {
			before := len(*s.block)
			s.addSpread(word, long, f.Text, min(words, max(words/2, 40)))
			words -= len(*s.block) - before
		}
	}
	s.addCount(s.prefix(kindFile, ""), "uris", len(c.URIs))
	for i := range c.URIs[:min(len(c.URIs), maxInsideURIs)] {
		s.uri(&c.URIs[i])
	}
}
