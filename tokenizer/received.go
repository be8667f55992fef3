package tokenizer

import "strings"

// received adds a relay's field: the words, hosts and networks of the field, and its form, which tells the software.
func (s *scan) received(value string) {
	p, shape := s.prefix(kindReceived, ""), s.prefix(kindShape, "received")
	if i := strings.LastIndexByte(value, ';'); i >= 0 {
		s.addMeasuredShape(shape, strings.TrimSpace(value[i+1:]))
		value = value[:i]
	}
	s.addShape(shape, value)
	id := false // the next word is the relay's own name for the mail
	for i, n := 0, 0; n < maxWords; n++ {
		start, end := nextWord(value, i, inValue, midValue)
		if start == len(value) {
			return
		}
		word := value[start:end]
		i = end
		switch {
		case id:
			s.addShape(shape, word)
			id = false
			continue
		case len(word) > maxWord:
			s.addShape(shape, word)
			continue
		}
		id = word == "id"
		switch {
		case strings.IndexByte(word, '@') >= 0 || strings.IndexByte(word, '.') < 0:
			s.add(p, word)
		case isIPv4(word):
			s.addNetworks(p, word)
		default:
			s.addDomains(p, word)
		}
	}
}

// addNetworks adds an IPv4 address and the networks of 24 and 16 bits that it is in.
func (s *scan) addNetworks(p prefix, address string) {
	s.add(p, address)
	i := strings.LastIndexByte(address, '.')
	s.add(p, address[:i])
	s.add(p, address[:strings.LastIndexByte(address[:i], '.')])
}

// isIPv4 reports whether s looks like four numbers with dots.
func isIPv4(s string) bool {
	dots, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			if digits++; digits > 3 {
				return false
			}
		case c == '.' && digits > 0:
			dots++
			digits = 0
		default:
			return false
		}
	}
	return dots == 3 && digits > 0
}
