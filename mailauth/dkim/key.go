package dkim

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Sizes of RSA keys: smaller ones do not verify (RFC 8301, section 3.2), larger ones take too long.
const (
	minKeyBits = 1024
	maxKeyBits = 8192
)

// key is the content of a key record (RFC 6376, section 3.6.1).
type key struct {
	algorithm string // "rsa" or "ed25519"
	public    crypto.PublicKey
	bits      int
	hashes    []string // those it is for; nil for all
	testing   bool     // its owner says that it is for tests
	exact     bool     // i= must be of d= itself, not of a subdomain
}

// LookupTXT returns the TXT records of a name. An error with a method Temporary that is true may be over the next time.
type LookupTXT func(ctx context.Context, name string) ([]string, error)

// findKey asks for the key of a selector. Beside it there may be records of other protocols (a wildcard's, for
// example).
func findKey(ctx context.Context, lookup LookupTXT, selector, domain string) (*key, error) {
	records, err := lookup(ctx, selector+"._domainkey."+domain)
	if err != nil {
		if temporary, ok := errors.AsType[interface {
			error
			Temporary() bool
		}](err); ok && temporary.Temporary() {
			return nil, &Error{TempError, "key unavailable: " + err.Error()}
		}
		return nil, permError("no key for signature: %v", err)
	}
	if len(records) > 1 {
		records = slices.DeleteFunc(slices.Clone(records), func(r string) bool { return !isKeyRecord(r) })
	}
	switch len(records) {
	case 0:
		return nil, permError("no key for signature")
	case 1:
		return parseKey(records[0])
	}
	return nil, permError("several keys for signature")
}

// isKeyRecord reports whether a record among others is one of DKIM.
func isKeyRecord(record string) bool {
	all, err := parseTags(record)
	if err != nil {
		return false
	}
	version, ok := all.get("v")
	_, hasKey := all.find("p")
	return hasKey && (!ok || version == "DKIM1")
}

// parseKey reads a key record.
func parseKey(record string) (*key, error) {
	all, err := parseTags(record)
	if err != nil {
		return nil, permError("key record: %v", err)
	}
	if version, ok := all.get("v"); ok && version != "DKIM1" {
		return nil, permError("key record of version %.20q", version)
	}
	if services := all.list("s"); services != nil && !containsFold(services, "*") && !containsFold(services, "email") {
		return nil, permError("key is not for mail")
	}
	data, ok := all.get("p")
	switch {
	case !ok:
		return nil, permError("key record without key")
	case data == "":
		return nil, permError("key revoked")
	}
	der, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, permError("key: %v", err)
	}
	k := &key{hashes: all.list("h"), exact: containsFold(all.list("t"), "s"), testing: containsFold(all.list("t"), "y")}
	kind, _ := all.get("k")
	switch {
	case kind == "" || strings.EqualFold(kind, "rsa"):
		err = k.readRSA(der)
	case strings.EqualFold(kind, "ed25519") && len(der) == ed25519.PublicKeySize:
		k.algorithm, k.public, k.bits = "ed25519", ed25519.PublicKey(der), 8*len(der)
	default:
		err = permError("key of unknown kind %.20q", kind)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// readRSA reads an RSA key in either of the forms that RFC 6376 and its erratum 3017 allow.
func (k *key) readRSA(der []byte) error {
	public, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		other, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return permError("key: %v", err)
		}
		var ok bool
		if public, ok = other.(*rsa.PublicKey); !ok {
			return permError("key is none of RSA")
		}
	}
	k.algorithm, k.public, k.bits = "rsa", public, public.N.BitLen()
	if k.bits < minKeyBits || k.bits > maxKeyBits {
		return permError("key of %d bits, not %d to %d", k.bits, minKeyBits, maxKeyBits)
	}
	return nil
}

// verify checks a signature of a hash.
func (k *key) verify(sum, signature []byte) error {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if rsa.VerifyPKCS1v15(public, crypto.SHA256, sum, signature) == nil {
			return nil
		}
	case ed25519.PublicKey:
		if ed25519.Verify(public, sum, signature) {
			return nil
		}
	}
	return &Error{Fail, "signature did not verify"}
}

func containsFold(list []string, word string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, word) })
}

func permError(format string, args ...any) error {
	return &Error{PermError, fmt.Sprintf(format, args...)}
}
