// Package dkim verifies the DKIM signatures of a message (RFC 6376, 8301, 8463 and 8616).
//
// It takes the header as parsed by package message, and reads the signer from the verified field itself. So no second
// parser decides which fields are DKIM-Signature fields, or to which field a result belongs.
package dkim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"asterism/contain"
	"asterism/message"
)

// FieldName is the name of the fields that hold signatures.
const FieldName = "DKIM-Signature"

// MaxSignatures is how many signatures of one message are verified: each costs a DNS question and a pass over the
// header.
const MaxSignatures = 8

// Outcome is the kind of an Error, in the words of RFC 8601, section 2.7.1.
type Outcome string

// The failures.
const (
	Fail      Outcome = "fail"      // the message is not the one that was signed
	PermError Outcome = "permerror" // the signature, or the key, cannot be used
	TempError Outcome = "temperror" // the key cannot be had now
)

// Error says why a signature is not valid.
type Error struct {
	Outcome Outcome
	Reason  string
}

func (e *Error) Error() string { return e.Reason }

// Verify verifies the first MaxSignatures signatures in a header. The lines of header and body may end in LF alone.
func Verify(ctx context.Context, header []message.Field, body []byte, lookup LookupTXT) []*Signature {
	var all []*Signature
	for i := range header {
		if header[i].Is(FieldName) && len(all) < MaxSignatures {
			all = append(all, readSignature(&header[i], i))
		}
	}
	if len(all) == 0 {
		return nil
	}
	m := &mail{header: header, body: body, named: make(map[string][]int)}
	for i := range header {
		name := strings.ToLower(header[i].Name)
		m.named[name] = append(m.named[name], i)
	}
	var wg contain.Group
	for _, s := range all {
		if s.Err == nil && !m.matchesBody(s) {
			s.Err = &Error{Fail, "body hash did not verify"}
		}
		if s.Err == nil {
			wg.Go(func() { s.verify(ctx, m, lookup) })
		}
	}
	wg.Wait()
	return all
}

// mail is a message and the hashes of its body, by canonicalization.
type mail struct {
	header []message.Field
	named  map[string][]int // indexes of the fields of a name in lower case
	body   []byte
	hashes [2]struct {
		sum    []byte
		length int // of the body in its canonical form
	}
}

// matchesBody reports whether the whole body is the one that was signed. One that goes on after the length in l= is
// not: a forwarder could have written the rest (RFC 6376, section 8.2).
func (m *mail) matchesBody(s *Signature) bool {
	h := &m.hashes[0]
	if s.body == relaxed {
		h = &m.hashes[1]
	}
	if h.sum == nil {
		hash := sha256.New()
		h.length = s.body.writeBody(hash, m.body)
		h.sum = hash.Sum(nil)
	}
	return (s.length < 0 || s.length == h.length) && subtle.ConstantTimeCompare(h.sum, s.bodyHash) == 1
}

// verify checks a signature whose body hash is right.
func (s *Signature) verify(ctx context.Context, m *mail, lookup LookupTXT) {
	k, err := findKey(ctx, lookup, s.Selector, s.Domain)
	if err == nil {
		s.KeyBits, s.Testing = k.bits, k.testing
		err = s.verifyBy(k, m)
	}
	if err != nil {
		s.Err = err.(*Error)
	}
}

func (s *Signature) verifyBy(k *key, m *mail) error {
	switch {
	case k.algorithm != s.algorithm:
		return permError("key is of %s, not of %.20q", k.algorithm, s.algorithm)
	case k.hashes != nil && !containsFold(k.hashes, "sha256"):
		return permError("key is not for sha256")
	case k.exact && !strings.HasSuffix(s.Identity, "@"+s.Domain):
		return permError("key is not for subdomains")
	}
	sum := sha256.Sum256(s.signed(m))
	return k.verify(sum[:], s.signature)
}

// signed returns what was signed: the fields of h=, of those of one name the last ones first, and then the signature's
// own without the value of b= (RFC 6376, section 3.7). A field that h= names once more than it occurs counts as empty.
func (s *Signature) signed(m *mail) []byte {
	var b []byte
	taken := make(map[string]int, len(s.names))
	for _, name := range s.names {
		name = strings.ToLower(name)
		named := m.named[name]
		last := len(named) - 1 - taken[name]
		if last >= 0 && named[last] == s.field {
			last--
			taken[name]++
		}
		if last >= 0 {
			taken[name]++
			f := &m.header[named[last]]
			b = s.header.appendField(b, f.Name, f.Raw(), valueOf(f))
		}
	}
	own := &m.header[s.field]
	before, after := s.value[:s.unsigned[0]], s.value[s.unsigned[1]:]
	value := append(append(make([]byte, 0, len(s.value)), before...), after...)
	raw := append(append(make([]byte, 0, len(own.Raw())), own.Raw()[:len(own.Raw())-len(s.value)]...), value...)
	b = s.header.appendField(b, own.Name, raw, value)
	return bytes.TrimSuffix(b, []byte("\r\n"))
}
