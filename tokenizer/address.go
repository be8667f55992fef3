package tokenizer

import (
	"bytes"
	"strings"

	"asterism/message"
)

// addresses adds the addresses of a field if whole is set, their domains, and the words around them. Recipients'
// addresses say who reads the mail, not who sent it, and would teach what only one user sees to all.
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
		for start > i && classes[value[start-1]]&inLocal != 0 {
			start--
		}
		for end < len(value) && classes[value[end]]&inHost != 0 {
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

// maxLabels is how many domains above a name are added; the top-level domain comes on its own, as ".com".
const maxLabels = 4

// addDomains adds a name in lower case, and the domains above it.
func (s *scan) addDomains(p prefix, name string) {
	host := s.lower(strings.Trim(name, ". "))
	if len(host) == 0 {
		return
	}
	s.addBytes(p, host)
	dot := bytes.IndexByte(host, '.')
	for range maxLabels {
		if dot < 0 {
			return
		}
		next := bytes.IndexByte(host[dot+1:], '.')
		if next < 0 {
			s.addBytes(p, host[dot:])
			return
		}
		host, dot = host[dot+1:], next
		s.addBytes(p, host)
	}
}
