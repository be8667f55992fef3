package dnsbl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hashOptions are the words of a hash rule's OPTS, separated by slashes.
type hashOptions struct {
	words    map[string]bool
	max      int // values to ask about
	min, top int // size of the parts to ask about, in bytes; 0 is no limit
}

// hashWords are the options known: of all functions, of addresses, of tags, of text.
var hashWords = []string{
	"raw", "md5", "sha1", "sha256", "case", "shuffle", "nodot", "notag", "nouri", "noquote", "user", "host", "domain",
	"ip", "ipv4", "ipv6", "revip", "fqdn", "tld", "trim", "num",
}

func readHashOptions(s string) (hashOptions, error) {
	o := hashOptions{words: make(map[string]bool), max: 10}
	for _, w := range strings.Split(strings.ToLower(s), "/") {
		w = strings.TrimSpace(w)
		name, n, sized := strings.Cut(w, "=")
		if !sized {
			if !slices.Contains(hashWords, w) {
				return o, fmt.Errorf("hash list option %q is not known", w)
			}
			o.words[w] = true
			continue
		}
		number, err := strconv.Atoi(n)
		if err != nil || number < 1 {
			return o, fmt.Errorf("hash list option %q: not a number above 0", w)
		}
		switch name {
		case "max":
			o.max = number
		case "minsize":
			o.min = number
		case "maxsize":
			o.top = number
		default:
			return o, fmt.Errorf("hash list option %q is not known", w)
		}
	}
	return o, nil
}

// hash returns the name under which a list has a value.
func (o hashOptions) hash(value []byte) string {
	switch {
	case o.words["sha256"]:
		h := sha256.Sum256(value)
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h[:]))
	case o.words["sha1"]:
		h := sha1.Sum(value)
		return hex.EncodeToString(h[:])
	case o.words["md5"]:
		h := md5.Sum(value)
		return hex.EncodeToString(h[:])
	}
	return string(value)
}
