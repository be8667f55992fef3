package tokenizer

import (
	"github.com/zeebo/xxh3"

	"asterism/message"
	"asterism/store"
)

// kind keeps tokens of different origin apart even if their text is the same.
type kind uint8

const (
	kindName     kind = iota // name of a header field
	kindValue                // word of a header field
	kindAddress              // address in a header field
	kindDomain               // its domain, and the domains above it
	kindShape                // value of a header field with its letters and digits levelled
	kindSubject              // word of the Subject
	kindReceived             // word, host or network of a Received field
	kindDefect               // defects
	kindWord                 // word of the body
	kindLong                 // shape of something too long for a word
	kindHost                 // host of a URI, and the domains above it
	kindPath                 // word of a URI's path
	kindLink                 // other properties of URIs
	kindMIME                 // structure of the mail
	kindHTML                 // structure of HTML
	kindHidden               // word of text that a reader cannot see
	kindInside               // word inside an attachment
	kindFile                 // kinds and traits of attachments
	numKinds
)

// kindNames are the kinds' names in explanations; they also make the kinds' hashes differ.
var kindNames = [numKinds]string{"name", "value", "address", "domain", "shape", "subject", "received", "defect",
	"word", "long", "host", "path", "link", "mime", "html", "hidden", "inside", "file"}

// maxBlock bounds the tokens of a block, whatever a mail brings.
const maxBlock = 1200

// scan is one mail on its way to tokens.
type scan struct {
	t     *Tokenizer
	dst   *Tokens
	block *[]store.Token // where tokens go now
	// tokens of the block that the mail's own parts leave to links, to defects, and to attachments
	spare   int
	seen    set
	scratch []byte
	shape   [maxShape]byte

	explain      bool
	header, body []Text // if explain
}

func (s *scan) run(m *message.Message, dst *Tokens) {
	s.dst = dst
	dst.Header, dst.Body = dst.Header[:0], dst.Body[:0]
	s.seen.reset()
	s.block = &dst.Header
	s.readHeader(m.Header())
	s.block = &dst.Body
	s.readBody(m)
	for _, d := range m.Defects() {
		s.add(s.prefix(kindDefect, ""), d.String())
	}
	s.dst, s.block = nil, nil // the caller's
}

// prefix is the text before a token's text: its kind and often the name of a field.
type prefix struct {
	seed uint64
	kind kind
	name string
}

func (s *scan) prefix(k kind, name string) prefix {
	if name == "" {
		return prefix{s.t.kinds[k], k, name}
	}
	return prefix{xxh3.HashStringSeed(name, s.t.kinds[k]), k, name}
}

// add notes a token, unless it is known already.
func (s *scan) add(p prefix, text string) {
	h := xxh3.HashStringSeed(text, p.seed)
	if len(*s.block) < maxBlock && s.seen.add(h) {
		*s.block = append(*s.block, store.Token(h))
		if s.explain {
			s.keepText(p, h, text)
		}
	}
}

// addBytes is add for text in the scratch buffer.
func (s *scan) addBytes(p prefix, text []byte) {
	h := xxh3.HashSeed(text, p.seed)
	if len(*s.block) < maxBlock && s.seen.add(h) {
		*s.block = append(*s.block, store.Token(h))
		if s.explain {
			s.keepText(p, h, string(text))
		}
	}
}

func (s *scan) keepText(p prefix, h uint64, text string) {
	label := kindNames[p.kind]
	if p.name != "" {
		label += ":" + p.name
	}
	t := Text{store.Token(h), label + ":" + text}
	if s.block == &s.dst.Header {
		s.header = append(s.header, t)
	} else {
		s.body = append(s.body, t)
	}
}

// lower returns text in lower case in the scratch buffer, which the next call uses again.
func (s *scan) lower(text string) []byte {
	b := s.scratch[:0]
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	s.scratch = b
	return b
}
