package resolver

import (
	"errors"
	"strings"
)

// errName: the string is no domain name that can be asked for.
var errName = errors.New("not a domain name")

// canonical returns name in lower case with its final dot. Names are made from what strangers wrote, so only the letters,
// digits, hyphens and underscores of host and service names pass; anything else could change the question's shape on the
// wire (a backslash is miekg/dns's escape) or in a log. Lengths are RFC 1035's, section 2.3.4.
func canonical(name string) (string, error) {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return "", errName
	}
	label := 0
	lower := true
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.':
			if label == 0 {
				return "", errName
			}
			label = 0
			continue
		case c >= 'A' && c <= 'Z':
			lower = false
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return "", errName
		}
		if label++; label > 63 {
			return "", errName
		}
	}
	if label == 0 {
		return "", errName
	}
	if !lower {
		name = strings.ToLower(name)
	}
	return name + ".", nil
}
