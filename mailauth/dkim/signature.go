package dkim

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"asterism/message"
)

// Signature is one DKIM-Signature field. Its signer is read once, from the verified bytes.
type Signature struct {
	Domain   string // d=, as the DNS has it
	Identity string // i=, its domain as the DNS has it; "@" and the domain if it is not given (RFC 6376, section 3.5)
	Selector string // s=, as the DNS has it
	KeyBits  int    // size of an RSA key; 256 for Ed25519; 0 if the key is not known
	Testing  bool   // the key is for tests (t=y)
	Err      *Error // why it is not valid; nil if it is

	field     int // its index in the header
	value     []byte
	unsigned  [2]int // where the value of b= is in value
	algorithm string // of the key
	header    canonicalization
	body      canonicalization
	names     []string // h=
	length    int      // l=; -1 without
	bodyHash  []byte   // bh=
	signature []byte   // b=
}

// readSignature reads a field. It fills in the signer as far as it gets.
func readSignature(f *message.Field, index int) *Signature {
	s := &Signature{field: index, length: -1, value: valueOf(f)}
	if err := s.read(string(s.value)); err != nil {
		s.Err = err
	}
	return s
}

func (s *Signature) read(value string) *Error {
	all, err := parseTags(value)
	if err != nil {
		return &Error{PermError, err.Error()}
	}
	domain, _ := all.get("d")
	s.Domain = message.ASCIIDomain(domain)
	selector, _ := all.get("s")
	s.Selector = message.ASCIIDomain(selector)
	for _, name := range []string{"v", "a", "b", "bh", "d", "h", "s"} {
		if _, ok := all.find(name); !ok {
			return &Error{PermError, "no " + name + "="}
		}
	}
	if version, _ := all.get("v"); version != "1" {
		return &Error{PermError, "unknown version"}
	}
	b, _ := all.find("b")
	s.unsigned = [2]int{b.start, b.end}
	for _, read := range []func(tags) *Error{s.readIdentity, s.readMethods, s.readHashes, s.readLimits} {
		if err := read(all); err != nil {
			return err
		}
	}
	return nil
}

// readIdentity reads i=, which must be of d= or of a domain below it.
func (s *Signature) readIdentity(all tags) *Error {
	if s.Domain == "" || s.Selector == "" {
		return &Error{PermError, "empty d= or s="}
	}
	s.Identity = "@" + s.Domain
	identity, ok := all.get("i")
	if !ok {
		return nil
	}
	at := strings.LastIndexByte(identity, '@')
	domain := message.ASCIIDomain(identity[at+1:])
	if at < 0 || domain != s.Domain && !strings.HasSuffix(domain, "."+s.Domain) {
		return &Error{PermError, "i= is not of d="}
	}
	s.Identity = identity[:at+1] + domain
	return nil
}

// readMethods reads how the message is hashed and signed, and how the key is found.
func (s *Signature) readMethods(all tags) *Error {
	algorithm, _ := all.get("a")
	kind, hash, _ := strings.Cut(strings.ToLower(algorithm), "-")
	switch {
	case hash == "sha1": // RFC 8301, section 3.1
		return &Error{PermError, "hash too weak: sha1"}
	case hash != "sha256":
		return &Error{PermError, "unknown algorithm"}
	}
	s.algorithm = kind
	if methods := all.list("q"); methods != nil && !containsFold(methods, "dns/txt") && !containsFold(methods, "dns") {
		return &Error{PermError, "key is not in the DNS"}
	}
	canonical, _ := all.get("c")
	var ok bool
	if s.header, s.body, ok = parseCanonicalization(canonical); !ok {
		return &Error{PermError, "unknown canonicalization"}
	}
	return nil
}

// readHashes reads what was signed and the results.
func (s *Signature) readHashes(all tags) *Error {
	if s.names = all.list("h"); !containsFold(s.names, "From") {
		return &Error{PermError, "From is not signed"}
	}
	hash, _ := all.get("bh")
	signature, _ := all.get("b")
	var err error
	if s.bodyHash, err = base64.StdEncoding.DecodeString(hash); err != nil {
		return &Error{PermError, "bh=: " + err.Error()}
	}
	if s.signature, err = base64.StdEncoding.DecodeString(signature); err != nil {
		return &Error{PermError, "b=: " + err.Error()}
	}
	return nil
}

// readLimits reads how much of the body was signed, and until when the signature is good.
func (s *Signature) readLimits(all tags) *Error {
	if length, ok := all.get("l"); ok {
		n, err := strconv.ParseUint(length, 10, 31)
		if err != nil {
			return &Error{PermError, "malformed l="}
		}
		s.length = int(n)
	}
	if expires, ok := all.get("x"); ok {
		at, err := strconv.ParseInt(expires, 10, 64)
		if err != nil {
			return &Error{PermError, "malformed x="}
		}
		if time.Now().Unix() > at {
			return &Error{PermError, "signature has expired"}
		}
	}
	return nil
}

// valueOf returns the rest after the colon of a field.
func valueOf(f *message.Field) []byte {
	raw := f.Raw()
	for i, c := range raw {
		if c == ':' {
			return raw[i+1:]
		}
	}
	return nil
}
