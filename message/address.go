package message

import (
	"strings"
	"unicode/utf8"
)

// Address is a mailbox from a header field.
type Address struct {
	Name string // display name in UTF-8, quotes and comments removed
	Addr string // addr-spec as written, without angle brackets
}

// Local returns what is before the last "@" of the address.
func (a Address) Local() string {
	if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
		return a.Addr[:i]
	}
	return a.Addr
}

// Domain returns what is after the last "@" of the address in lower case, "" if there is none.
func (a Address) Domain() string {
	if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
		return strings.ToLower(a.Addr[i+1:])
	}
	return ""
}

// Addresses returns the mailboxes in all fields of that name.
func (h *Header) Addresses(name string) []Address {
	var list []Address
	for i := h.Find(name, 0); i >= 0; i = h.Find(name, i+1) {
		list = append(list, ParseAddresses(h.toUTF8(h.fields[i].value))...)
	}
	return list
}

// maxAddresses bounds how many addresses of one field are read.
const maxAddresses = 1000

// ParseAddresses reads the undecoded value of an address field (RFC 5322 section 3.4). It takes what it can of broken
// ones: a missing bracket, unquoted special characters in a name, semicolons for commas. Group names are left out.
func ParseAddresses(value string) []Address {
	var list []Address
	for value != "" && len(list) < maxAddresses {
		var a Address
		a, value = cutAddress(value)
		if a.Addr != "" || a.Name != "" {
			list = append(list, a)
		}
	}
	return list
}

// cutAddress reads the first mailbox of a list and returns what follows it.
func cutAddress(s string) (a Address, rest string) {
	var space [128]byte // most names fit
	phrase, comment := space[:0], []byte(nil)
	hasAt, unclosed := false, false
	quoted := false // a quoted string was seen: it is a name, unless an address follows at once
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ',', ';':
			return finishAddress(a, phrase, comment, quoted), s[i+1:]
		case ':': // "Friends: a@example.org, b@example.org;"
			if a.Addr == "" && !hasAt {
				phrase, quoted = phrase[:0], false
				continue
			}
			phrase = append(phrase, c)
		case '"':
			text, n := quotedText(s[i:])
			if opensLocal(s[i+n:]) { // "john doe"@example.org, "john"doe@example.org
				phrase = append(phrase, s[i:i+n]...)
			} else {
				phrase = append(phrase, text...)
				quoted = true
			}
			i += n - 1
		case '(':
			n := 0
			if !unclosed {
				n = commentLen(s[i:])
			}
			if n == 0 {
				unclosed = true
				phrase = append(phrase, c)
				continue
			}
			if len(comment) > 0 {
				comment = append(comment, ' ')
			}
			comment = append(comment, s[i+1:i+n-1]...)
			i += n - 1
		case '<':
			end := strings.IndexAny(s[i+1:], "<>")
			if end >= 0 && s[i+1+end] == '<' && strings.TrimSpace(s[i+1:i+1+end]) == "" {
				continue // "<<a@example.org>>"
			}
			if end < 0 {
				end = strings.IndexAny(s[i+1:], ",; ")
			}
			if end < 0 {
				end = len(s) - i - 1
			}
			if addr := strings.TrimSpace(s[i+1 : i+1+end]); a.Addr == "" {
				a.Addr = withoutRoute(addr)
			}
			i += end + 1
			if i < len(s) && s[i] != '>' {
				i--
			}
		case '>':
		default:
			hasAt = hasAt || c == '@'
			phrase = append(phrase, c)
		}
	}
	return finishAddress(a, phrase, comment, quoted), ""
}

// opensLocal reports whether what follows a quoted string makes an address of both.
func opensLocal(after string) bool {
	if end := strings.IndexAny(after, " \t,;<("); end >= 0 {
		after = after[:end]
	}
	return strings.IndexByte(after, '@') >= 0
}

// finishAddress makes an address of its pieces. Without angle brackets the phrase is the address, unless it is quoted or
// has no "@".
func finishAddress(a Address, phrase, comment []byte, quoted bool) Address {
	name := joinFields(string(phrase))
	if a.Addr == "" && name != "" && !quoted {
		if strings.IndexByte(name, ' ') < 0 || name[0] == '"' {
			a.Addr, name = name, ""
		} else {
			for word := range strings.FieldsSeq(name) {
				if strings.IndexByte(word, '@') > 0 {
					a.Addr = word
					name = strings.TrimSpace(strings.Replace(name, word, "", 1))
					break
				}
			}
		}
	}
	if name == "" {
		name = strings.TrimSpace(string(comment))
	}
	a.Name, _ = decodeWords(name)
	return a
}

// joinFields returns s with one space between its words, and none around them.
func joinFields(s string) string {
	plain := true // as it is, but for white space around it
	s = strings.TrimSpace(s)
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < utf8.RuneSelf || c == ' ' && s[i-1] != ' ' // the first is no space
	}
	if plain {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// quotedText returns the text of the quoted string at the start of s, and its length with the quotes. Without a closing
// quote it ends before the next angle bracket or with s.
func quotedText(s string) (text []byte, n int) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return text, i + 1
		case '\\':
			if i++; i == len(s) {
				return text, i
			}
		}
		text = append(text, s[i])
	}
	if end := strings.IndexByte(s, '<'); end > 0 {
		return []byte(s[1:end]), end
	}
	return text, len(s)
}

// withoutRoute removes the obsolete source route of an addr-spec: "@a,@b:user@c" (RFC 5322 section 4.4).
func withoutRoute(addr string) string {
	if strings.HasPrefix(addr, "@") {
		if i := strings.IndexByte(addr, ':'); i >= 0 {
			return addr[i+1:]
		}
	}
	return addr
}
