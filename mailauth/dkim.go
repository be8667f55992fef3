package mailauth

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"sync"

	"github.com/emersion/go-msgauth/dkim"
)

// maxSignatures is how many signatures of one message are verified: each costs a DNS question and a pass over the body.
const maxSignatures = 8

// dkim verifies the message's signatures.
func (c *Checker) dkim(ctx context.Context, raw []byte) []Signature {
	sigs := signatures(raw)
	if len(sigs) == 0 {
		return nil
	}
	var mu sync.Mutex
	keys := make(map[string]int) // sizes of keys, by the name they are under
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		MaxVerifications: maxSignatures,
		LookupTXT: func(name string) ([]string, error) {
			texts, err := c.opt.Resolver.LookupTXT(ctx, name)
			if len(texts) == 1 {
				mu.Lock()
				keys[strings.ToLower(name)] = keyBits(texts[0])
				mu.Unlock()
			}
			return texts, err
		},
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		for i := range sigs {
			sigs[i].Outcome, sigs[i].Reason = PermError, err.Error()
		}
		return sigs
	}
	for i := range sigs {
		if i >= len(verified) {
			return sigs[:i]
		}
		s, v := &sigs[i], verified[i]
		if s.Identity == "" && s.Domain != "" {
			s.Identity = "@" + s.Domain // RFC 6376, section 3.5
		}
		s.KeyBits = keys[strings.ToLower(s.Selector)+"._domainkey."+s.Domain]
		switch {
		case v.Err == nil:
			s.Outcome = Pass
		case dkim.IsTempFail(v.Err):
			s.Outcome = TempError
		case dkim.IsPermFail(v.Err):
			s.Outcome = PermError
		default:
			s.Outcome = Fail
		}
		if v.Err != nil {
			s.Reason = strings.TrimPrefix(v.Err.Error(), "dkim: ")
		}
	}
	return sigs
}

// signatures reads the tags of the DKIM-Signature fields, in their order, that a Verification does not tell.
func signatures(raw []byte) []Signature {
	var sigs []Signature
	inside := false
	var value strings.Builder
	flush := func() {
		if inside {
			sigs = append(sigs, readSignature(value.String()))
		}
		inside = false
		value.Reset()
	}
	for line := range bytes.Lines(raw) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if inside {
				value.Write(line)
			}
			continue
		}
		flush()
		name, rest, ok := bytes.Cut(line, []byte{':'})
		if ok && strings.EqualFold(string(bytes.TrimRight(name, " \t")), "DKIM-Signature") {
			inside = true
			value.Write(rest)
		}
	}
	flush()
	return sigs
}

// readSignature reads a tag list (RFC 6376, section 3.2).
func readSignature(value string) Signature {
	var s Signature
	for tag := range strings.SplitSeq(value, ";") {
		name, v, _ := strings.Cut(tag, "=")
		v = strings.Join(strings.Fields(v), "")
		switch strings.TrimSpace(name) {
		case "d":
			s.Domain = strings.ToLower(v)
		case "i":
			s.Identity = v
		case "s":
			s.Selector = v
		}
	}
	return s
}

// keyBits returns the size of the key in a key record (RFC 6376, section 3.6.1), 0 if it has none.
func keyBits(record string) int {
	var kind, data string
	for tag := range strings.SplitSeq(record, ";") {
		name, v, _ := strings.Cut(tag, "=")
		switch strings.TrimSpace(name) {
		case "k":
			kind = strings.TrimSpace(v)
		case "p":
			data = strings.Join(strings.Fields(v), "")
		}
	}
	der, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(der) == 0 {
		return 0
	}
	if kind == "ed25519" {
		return 8 * len(der)
	}
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key.Size() * 8
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return 0
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key.Size() * 8
	}
	return 0
}
