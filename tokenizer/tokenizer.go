// Package tokenizer turns a mail into two blocks of tokens for the learner, one of the header and one of the body, each
// token once.
//
// Tokens are hashed as they are found, with the store's key, and their texts are discarded; only Explain keeps them.
// The header gives the names of its fields, addresses and domains, the words of every value, and the shapes of
// generated values (Message-ID, Date, Received, MIME boundaries). The body gives words with their case, the hosts and
// paths of URIs, and the structure of MIME and HTML. Fields of filters, mailboxes and the last delivery give no tokens,
// since a scanned mail does not have them yet.
package tokenizer

import (
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"asterism/message"
	"asterism/store"
)

// Options has the fields that a Tokenizer leaves out.
type Options struct {
	// IgnoreHeaders names header fields, in any case, that give no tokens (bayes_ignore_header), in addition to the
	// fields that are always ignored.
	IgnoreHeaders []string
}

// Tokens is a mail as the learner sees it. It may be used again for another mail, and then keeps its memory.
type Tokens struct {
	Header []store.Token // of the header, each once, in order of first appearance
	Body   []store.Token // of the body
}

// Tokenizer makes tokens with one store's key. It is safe for concurrent use.
type Tokenizer struct {
	fields map[string]field // data of header fields, by their names in lower case
	kinds  [numKinds]uint64 // seed of each kind's hashes
	scans  sync.Pool        // of *scan
}

// New returns a Tokenizer for the store that has the key.
func New(opt Options, key store.Key) *Tokenizer {
	t := &Tokenizer{fields: make(map[string]field)}
	for _, name := range knownFields {
		t.fields[name] = field{name: name}
	}
	for _, name := range alwaysIgnored {
		t.fields[strings.ToLower(name)] = field{ignored: true}
	}
	for _, name := range opt.IgnoreHeaders {
		t.fields[strings.ToLower(name)] = field{ignored: true}
	}
	for k := range t.kinds {
		t.kinds[k] = xxh3.HashStringSeed(kindNames[k], uint64(key))
	}
	t.scans.New = func() any { return &scan{t: t} }
	return t
}

// Tokenize replaces the content of dst by the tokens of m.
func (t *Tokenizer) Tokenize(m *message.Message, dst *Tokens) {
	s := t.scans.Get().(*scan)
	s.run(m, dst)
	t.scans.Put(s)
}

// Text is a token with its text.
type Text struct {
	Token store.Token
	Text  string // such as "word:Viagra" or "from:example.com"
}

// Explain returns the tokens of m with their texts, in the order of Tokenize.
func (t *Tokenizer) Explain(m *message.Message) (header, body []Text) {
	s := scan{t: t, explain: true}
	s.run(m, new(Tokens))
	return s.header, s.body
}
