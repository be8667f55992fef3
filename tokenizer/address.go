package tokenizer

import (
	"strings"

	"asterism/message"
)

// addresses adds the addresses of a field if whole is set, their domains, and the words around them. Recipients' addresses say
// who reads the mail, not who sent it, and would teach what only one user sees to all.
func (s *scan) addresses(name, value string, f *message.Field, whole bool) {
	address, domain := s.prefix(kindAddress, name), s.prefix(kindDomain, name)
	n := 0
	for i := 0; n < maxAddresses; n++ {
		at := strings.IndexByte(value[i:], '@')
		if at < 0 {
			break
		}
		at += i
		start, end := at, at+1
		for start > i && isLocalPart(value[start-1]) {
			start--
		}
		for end < len(value) && isHost(value[end]) {
			end++
		}
		if start < at && end > at+1 {
			if whole {
				s.addBytes(address, s.lower(value[start:end]))
				s.addBytes(address, s.lower(value[start:at]))
			}
			s.addDomains(domain, value[at+1:end])
		}
		i = end
	}
	s.addCount(s.prefix(kindShape, name), "n", n)
	s.addShape(s.prefix(kindShape, name), value)
	decoded := f.Decoded()
	if len(decoded) > maxValue {
		decoded = decoded[:maxValue]
	}
	s.names(name, decoded)
}

// names adds the words of a value that are not part of an address.
func (s *scan) names(name, value string) {
	p := s.prefix(kindValue, name)
	for i, n := 0, 0; n < maxWords; n++ {
		start, end := nextWord(value, i, inValue, midValue)
		if start == len(value) {
			return
		}
		if word := value[start:end]; len(word) <= maxWord && strings.IndexByte(word, '@') < 0 {
			s.add(p, word)
		}
		i = end
	}
}

// isLocalPart reports whether c is usual in the part of an address before the "@".
func isLocalPart(c byte) bool {
	return isHost(c) || strings.IndexByte("+=%#$!&/~'*", c) >= 0
}

func isHost(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c >= 0x80
}

// maxLabels is how many domains above a name are added; the top-level domain comes on its own, as ".com".
const maxLabels = 4

// addDomains adds a name in lower case, and the domains above it.
func (s *scan) addDomains(p prefix, name string) {
	host := s.lower(strings.Trim(name, ". "))
	if len(host) == 0 {
		return
	}
	s.addBytes(p, host)
	for range maxLabels {
		dot := strings.IndexByte(string(host), '.')
		if dot < 0 {
			return
		}
		if strings.IndexByte(string(host[dot+1:]), '.') < 0 {
			s.addBytes(p, host[dot:])
			return
		}
		host = host[dot+1:]
		s.addBytes(p, host)
	}
}
