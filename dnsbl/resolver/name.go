package resolver

import (
	"errors"
	"strings"
)

// errName: the string is no domain name that can be asked for.
var errName = errors.New("not a domain name")

// canonical returns name as it is cached and asked for: in lower case, with its final dot, and with what miekg/dns
// takes for special escaped as it escapes it in replies. Names are made from what strangers wrote; they must be
// printable ASCII, and what callers want to be a host name is theirs to check. Lengths are RFC 1035's, section 2.3.4.
func canonical(name string) (string, error) {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return "", errName
	}
	label, plain := 0, true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '.' {
			if label == 0 {
				return "", errName
			}
			label = 0
			continue
		}
		if c < ' ' || c > '~' || c == '\\' {
			return "", errName
		}
		plain = plain && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
		if label++; label > 63 {
			return "", errName
		}
	}
	if label == 0 {
		return "", errName
	}
	if !plain {
		name = escaper.Replace(strings.ToLower(name))
	}
	return name + ".", nil
}

var escaper = strings.NewReplacer(`"`, `\"`, `'`, `\'`, `@`, `\@`, `;`, `\;`, `(`, `\(`, `)`, `\)`, ` `, `\ `)
