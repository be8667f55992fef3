package dkim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"asterism/message"
)

// The fields of an ARC set (RFC 8617, section 4.1).
const (
	arcResults   = "ARC-Authentication-Results"
	arcSignature = "ARC-Message-Signature"
	arcSeal      = "ARC-Seal"
)

// maxSets is how many sets a chain may have (RFC 8617, section 4.2.1).
const maxSets = 50

// Chain is the result of a message's ARC sets (RFC 8617).
type Chain struct {
	Sets []Set  // oldest first
	Err  *Error // why the chain is not valid; nil if it is
}

// Set is one host's addition to the chain.
type Set struct {
	Sealer  string // d= of its seal, as the DNS has it
	Results string // value of its ARC-Authentication-Results field, behind i=

	results, signature, seal *message.Field
	signatureAt              int // index of signature in the header
	sealTags                 tags
	sealValue                []byte
}

// VerifyARC verifies the chain of a message, nil if it has none: the seals of all sets, and the newest signature of the
// message. The lines of header and body may end in LF alone.
func VerifyARC(ctx context.Context, header []message.Field, body []byte, lookup LookupTXT) *Chain {
	c := &Chain{}
	sets, err := readSets(header)
	if len(sets) == 0 && err == nil {
		return nil
	}
	c.Sets = sets
	if err == nil {
		keys := &keyring{lookup: lookup, known: map[string]*key{}}
		if err = c.verifyMessage(ctx, header, body, keys); err == nil {
			err = c.verifySeals(ctx, keys)
		}
	}
	c.Err = err
	return c
}

// readSets finds the sets and checks that they are complete, and that each host found the chain before it valid.
func readSets(header []message.Field) ([]Set, *Error) {
	var sets [maxSets]Set
	n := 0
	for i := range header {
		f := &header[i]
		if !f.Is(arcResults) && !f.Is(arcSignature) && !f.Is(arcSeal) {
			continue
		}
		instance, rest := cutInstance(string(valueOf(f)))
		if instance < 1 || instance > maxSets {
			return sets[:n], &Error{PermError, f.Name + " without a number from 1 to " + strconv.Itoa(maxSets)}
		}
		n = max(n, instance)
		set := &sets[instance-1]
		field := &set.results
		switch {
		case f.Is(arcSignature):
			field, set.signatureAt = &set.signature, i
		case f.Is(arcSeal):
			field = &set.seal
		default:
			set.Results = rest
		}
		if *field != nil {
			return sets[:n], &Error{PermError, "two " + f.Name + " fields of one number"}
		}
		*field = f
	}
	for i := range sets[:n] {
		if err := sets[i].readSeal(i == 0); err != nil {
			return sets[:n], err
		}
	}
	return sets[:n], nil
}

// cutInstance returns the number of i= in a value, and the rest where it stands first; 0 if there is none.
func cutInstance(value string) (n int, rest string) {
	for part := range strings.SplitSeq(value, ";") {
		name, number, ok := strings.Cut(part, "=")
		if ok && strings.TrimSpace(name) == "i" {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				return 0, ""
			}
			_, rest, _ = strings.Cut(value, ";")
			return n, rest
		}
	}
	return 0, ""
}

func (s *Set) readSeal(first bool) *Error {
	if s.results == nil || s.signature == nil || s.seal == nil {
		return &Error{PermError, "incomplete set"}
	}
	s.sealValue = valueOf(s.seal)
	all, err := parseTags(string(s.sealValue))
	if err != nil {
		return &Error{PermError, arcSeal + ": " + err.Error()}
	}
	s.sealTags = all
	domain, _ := all.get("d")
	s.Sealer = message.ASCIIDomain(domain)
	want := "pass"
	if first {
		want = "none"
	}
	if cv, _ := all.get("cv"); !strings.EqualFold(cv, want) {
		return &Error{Fail, "seal with cv=" + cv}
	}
	if _, ok := all.find("h"); ok { // section 4.1.3
		return &Error{PermError, "seal with h="}
	}
	return nil
}

// verifyMessage verifies the newest set's signature of the message.
func (c *Chain) verifyMessage(ctx context.Context, header []message.Field, body []byte, keys *keyring) *Error {
	newest := &c.Sets[len(c.Sets)-1]
	s := &Signature{field: newest.signatureAt, length: -1, value: valueOf(newest.signature)}
	if err := s.readARC(string(s.value)); err != nil {
		return err
	}
	m := &mail{header: header, body: body, named: make(map[string][]int)}
	for i := range header {
		name := strings.ToLower(header[i].Name)
		m.named[name] = append(m.named[name], i)
	}
	if !m.matchesBody(s) {
		return &Error{Fail, "body hash did not verify"}
	}
	k, err := keys.find(ctx, s.Selector, s.Domain)
	if err != nil {
		return err
	}
	s.Identity = "@" + s.Domain
	return asError(s.verifyBy(k, m))
}

// readARC reads an ARC-Message-Signature field, whose i= is the number of its set and which has no v= (RFC 8617,
// section
// 4.1.2).
func (s *Signature) readARC(value string) *Error {
	all, err := parseTags(value)
	if err != nil {
		return &Error{PermError, err.Error()}
	}
	for _, name := range []string{"a", "b", "bh", "d", "h", "s"} {
		if _, ok := all.find(name); !ok {
			return &Error{PermError, "no " + name + "="}
		}
	}
	domain, _ := all.get("d")
	selector, _ := all.get("s")
	s.Domain, s.Selector = message.ASCIIDomain(domain), message.ASCIIDomain(selector)
	b, _ := all.find("b")
	s.unsigned = [2]int{b.start, b.end}
	for _, read := range []func(tags) *Error{s.readMethods, s.readHashes, s.readLimits} {
		if err := read(all); err != nil {
			return err
		}
	}
	if containsFold(s.names, arcSeal) {
		return &Error{PermError, "h= has " + arcSeal}
	}
	return nil
}

// verifySeals verifies each seal over all sets up to its own (RFC 8617, section 5.1.1), the newest first.
func (c *Chain) verifySeals(ctx context.Context, keys *keyring) *Error {
	for n := len(c.Sets); n > 0; n-- {
		s := &c.Sets[n-1]
		algorithm, _ := s.sealTags.get("a")
		kind, hash, _ := strings.Cut(strings.ToLower(algorithm), "-")
		selector, _ := s.sealTags.get("s")
		encoded, _ := s.sealTags.get("b")
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || hash != "sha256" {
			return &Error{PermError, "seal with an unknown algorithm or a malformed b="}
		}
		k, problem := keys.find(ctx, message.ASCIIDomain(selector), s.Sealer)
		if problem != nil {
			return problem
		}
		if k.algorithm != kind {
			return &Error{PermError, "key is not of the seal's algorithm"}
		}
		sum := sha256.Sum256(c.sealed(n))
		if err := asError(k.verify(sum[:], signature)); err != nil {
			return err
		}
	}
	return nil
}

// sealed returns what the seal of the n-th set signs.
func (c *Chain) sealed(n int) []byte {
	var b []byte
	for i := range c.Sets[:n] {
		s := &c.Sets[i]
		for _, f := range []*message.Field{s.results, s.signature} {
			b = relaxed.appendField(b, f.Name, f.Raw(), valueOf(f))
		}
		value := s.sealValue
		if i == n-1 {
			at, _ := s.sealTags.find("b")
			value = slices.Concat(value[:at.start], value[at.end:])
		}
		b = relaxed.appendField(b, s.seal.Name, s.seal.Raw(), value)
	}
	return bytes.TrimSuffix(b, []byte("\r\n"))
}

// maxKeys is how many keys a chain may need: each costs a DNS question.
const maxKeys = 10

// keyring keeps the keys of one chain.
type keyring struct {
	lookup LookupTXT
	known  map[string]*key
}

func (r *keyring) find(ctx context.Context, selector, domain string) (*key, *Error) {
	if selector == "" || domain == "" {
		return nil, &Error{PermError, "empty d= or s="}
	}
	name := selector + "._domainkey." + domain
	if k := r.known[name]; k != nil {
		return k, nil
	}
	if len(r.known) == maxKeys {
		return nil, &Error{PermError, "chain needs too many keys"}
	}
	k, err := findKey(ctx, r.lookup, selector, domain)
	if err != nil {
		return nil, asError(err)
	}
	r.known[name] = k
	return k, nil
}

// asError returns an error of this package as what it is.
func asError(err error) *Error {
	if err == nil {
		return nil
	}
	return err.(*Error)
}
