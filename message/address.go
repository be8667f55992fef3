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

// Local returns the part before the last "@" of the address.
func (a Address) Local() string {
	if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
		return a.Addr[:i]
	}
	return a.Addr
}

// Domain returns the part after the last "@" of the address in lower case, "" if there is none.
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

// ParseAddresses reads the undecoded value of an address field (RFC 5322 section 3.4). It accepts broken values: a
// missing bracket, unquoted special characters in a name, semicolons for commas. It skips group names. An address in an
// encoded word, where RFC 2047 allows none, is decoded as in mail programs that decode first.
func ParseAddresses(value string) []Address {
	var list []Address
	r := addressReader{text: value}
	for r.pos < len(value) && len(list) < maxAddresses {
		start := r.pos
		a := r.next()
		if strings.IndexByte(a.Addr, '@') < 0 && strings.Contains(value[start:r.pos], "=?") {
			decoded, _ := decodeWords(value[start:r.pos])
			hidden := addressesIn(decoded)
			if len(hidden) == 0 { // the words stand in quotes
				hidden = addressesIn(a.Name)
			}
			if len(hidden) > 0 {
				list = append(list, hidden...)
				continue
			}
		}
		if a.Addr != "" || a.Name != "" {
			list = append(list, a)
		}
	}
	return list
}

// addressesIn returns the mailboxes with an address in a text whose encoded words are decoded.
func addressesIn(text string) []Address {
	var list []Address
	r := addressReader{text: text}
	for r.pos < len(text) && len(list) < maxAddresses {
		if a := r.next(); strings.IndexByte(a.Addr, '@') >= 0 {
			list = append(list, a)
		}
	}
	return list
}

// addressReader reads the mailboxes of a list, one after the other.
type addressReader struct {
	text  string
	pos   int // where the next mailbox begins
	ends  closings
	stops lookahead // of what ends an address that begins with a quoted string
	ats   lookahead
}

// next reads the next mailbox, and goes behind what ends it.
func (r *addressReader) next() (a Address) {
	var space [128]byte // most names fit
	phrase, comment := space[:0], []byte(nil)
	hasAt, unclosed := false, false
	quoted := false // a quoted string was seen: it is a name, unless an address follows at once
	s := r.text
	i := r.pos
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case ',', ';':
			r.pos = i + 1
			return finishAddress(a, phrase, comment, quoted)
		case ':': // "Friends: a@example.org, b@example.org;"
			if a.Addr == "" && !hasAt {
				phrase, quoted = phrase[:0], false
				continue
			}
			phrase = append(phrase, c)
		case '"':
			end := r.quotedEnd(i)
			if r.opensLocal(end) { // "john doe"@example.org, "john"doe@example.org
				phrase = append(phrase, s[i:end]...)
			} else {
				phrase = appendQuoted(phrase, s[i:end])
				quoted = true
			}
			i = end - 1
		case '(':
			end := 0
			if !unclosed {
				end = r.ends.comment(s, i)
			}
			if end == 0 {
				unclosed = true
				phrase = append(phrase, c)
				continue
			}
			if len(comment) > 0 {
				comment = append(comment, ' ')
			}
			comment = append(comment, s[i+1:end-1]...)
			i = end - 1
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
	r.pos = len(s)
	return finishAddress(a, phrase, comment, quoted)
}

// quotedEnd returns where the quoted string ends that begins at start, behind its closing quote. Without one it ends
// before the next angle bracket or with the text.
func (r *addressReader) quotedEnd(start int) int {
	if end := r.ends.quoted(r.text, start); end > 0 {
		return end
	}
	if n := strings.IndexByte(r.text[start:], '<'); n > 0 {
		return start + n
	}
	return len(r.text)
}

// opensLocal reports whether what follows a quoted string, from a position on, makes an address of both.
func (r *addressReader) opensLocal(from int) bool {
	return r.ats.find(r.text, "@", from) < r.stops.find(r.text, " \t,;<(", from)
}

// appendQuoted appends the text of a quoted string, which may lack its closing quote.
func appendQuoted(phrase []byte, s string) []byte {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
		case s[i] == '\\', s[i] == '"':
			return phrase
		}
		phrase = append(phrase, s[i])
	}
	return phrase
}

// finishAddress makes an address of its pieces. Without angle brackets the phrase is the address, unless it is quoted
// or has no "@".
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
	plain := true // as it is, except for white space around it
	s = strings.TrimSpace(s)
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < utf8.RuneSelf || c == ' ' && s[i-1] != ' ' // the first is no space
	}
	if plain {
		return s
	}
	joined := make([]byte, 0, len(s))
	for word := range strings.FieldsSeq(s) {
		if len(joined) > 0 {
			joined = append(joined, ' ')
		}
		joined = append(joined, word...)
	}
	return string(joined)
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
