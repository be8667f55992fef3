package message

import (
	"bytes"
	"encoding/base64"
)

// decodeTransfer undoes a transfer encoding (RFC 2045 section 6). Unlike the standard library's readers it goes on
// after an error, as mail clients do. Body itself is returned where nothing is encoded.
func decodeTransfer(body []byte, encoding string, defects *defectSet) []byte {
	switch encoding {
	case "7bit", "8bit", "binary":
		return body
	case "base64":
		return decodeBase64(body, defects)
	case uuencode:
		return decodeUU(body)
	case "quoted-printable":
		dst, ok := appendQuotedPrintable(make([]byte, 0, len(body)), body)
		if !ok {
			defects.add(DefectBadQuotedPrintable)
		}
		return dst
	}
	defects.add(DefectUnknownEncoding)
	return body
}

// decodeBase64 decodes src as far as it goes.
func decodeBase64(src []byte, defects *defectSet) []byte {
	dst := make([]byte, base64.StdEncoding.DecodedLen(len(src)))
	if n, err := base64.StdEncoding.Decode(dst, src); err == nil { // skips line ends
		return dst[:n]
	}
	r := base64Reader{dst: dst[:0]}
	rest := r.decode(src)
	for len(rest) > 0 {
		rest = r.goOn(rest)
	}
	dst = r.end()
	if r.junk {
		defects.add(DefectBadBase64)
	}
	if r.truncated {
		defects.add(DefectTruncatedBase64)
	}
	if r.continued {
		defects.add(DefectPaddedBase64)
	}
	return dst
}

// base64Reader decodes base64, broken as it may be: it skips what is outside the alphabet, and makes the best of a
// missing end.
type base64Reader struct {
	dst       []byte
	group     uint32
	n         int  // characters in group
	junk      bool // there were others than those of the alphabet
	truncated bool // the last group is not complete
	continued bool // more followed the padding
}

// decode reads up to the padding and returns the rest after it.
func (r *base64Reader) decode(src []byte) (rest []byte) {
	for i, c := range src {
		v := base64Value(c)
		if v < 0 {
			switch {
			case c == '=' && r.n > 1:
				r.flush()
				return bytes.TrimLeft(src[i:], "= \t\r\n")
			case c != ' ' && c != '\t' && c != '\r' && c != '\n':
				r.junk = true
			}
			continue
		}
		r.group = r.group<<6 | uint32(v)
		if r.n++; r.n == 4 {
			r.dst = append(r.dst, byte(r.group>>16), byte(r.group>>8), byte(r.group))
			r.group, r.n = 0, 0
		}
	}
	return nil
}

// flush appends the octets of an incomplete group.
func (r *base64Reader) flush() {
	r.dst = appendGroup(r.dst, r.group, r.n)
	r.group, r.n = 0, 0
}

// end appends the last group and returns all that was decoded.
func (r *base64Reader) end() []byte {
	r.truncated = r.n > 0
	r.flush()
	return r.dst
}

// goOn reads the line behind the padding, if mail clients would: base64 may have been encoded in pieces. The footers
// that mailing lists append are not decoded. It returns the rest after.
func (r *base64Reader) goOn(src []byte) (rest []byte) {
	line := src[:len(src)-len(afterLine(src))]
	rest = src[len(line):]
	before := *r
	for more := line; len(more) > 0; {
		more = r.decode(more)
	}
	if decoded := r.dst[len(before.dst):]; len(decoded) > 0 && (isText(decoded) || isLineOfBase64(line)) {
		r.continued = true
		return rest
	}
	*r = before
	r.junk = true
	return rest
}

// isLineOfBase64 reports whether a line is base64 and nothing else, of some length.
func isLineOfBase64(line []byte) bool {
	const least = 24
	line = bytes.TrimRight(line, "= \t\r\n")
	for _, c := range line {
		if base64Value(c) < 0 {
			return false
		}
	}
	return len(line) >= least
}

// isText reports whether nearly all of b is text in ASCII.
func isText(b []byte) bool {
	odd := 0
	for _, c := range b {
		if (c < ' ' || c >= 0x7f) && c != '\n' && c != '\r' && c != '\t' {
			odd++
		}
	}
	return odd*10 <= len(b)
}

// appendBase64 appends the decoded src, a short text, to dst. What follows the padding belongs to it.
func appendBase64(dst, src []byte) []byte {
	r := base64Reader{dst: dst}
	for len(src) > 0 {
		src = r.decode(src)
	}
	return r.end()
}

// appendGroup appends what n < 4 characters of a base64 group hold.
func appendGroup(dst []byte, group uint32, n int) []byte {
	switch n {
	case 2:
		return append(dst, byte(group>>4))
	case 3:
		return append(dst, byte(group>>10), byte(group>>2))
	}
	return dst
}

// base64Value returns the value of a base64 character, -1 for anything else.
func base64Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// appendQuotedPrintable appends the decoded src to dst (RFC 2045 section 6.7). An "=" that means nothing stays, and
// ok is false. White space at the end of a line was put there on the way, and goes (rule 3).
func appendQuotedPrintable(dst, src []byte) (out []byte, ok bool) {
	ok = true
	for len(src) > 0 {
		line, end := src, []byte(nil)
		if i := bytes.IndexByte(src, '\n'); i >= 0 {
			line, end, src = src[:i], src[i:i+1], src[i+1:]
			if i > 0 && line[i-1] == '\r' {
				line, end = line[:i-1], []byte("\r\n")
			}
		} else {
			src = nil
		}
		if n := len(line); n > 0 && (line[n-1] == ' ' || line[n-1] == '\t' || line[n-1] == '\r') {
			line = bytes.TrimRight(line, " \t\r")
		}
		for {
			i := bytes.IndexByte(line, '=')
			if i < 0 {
				dst = append(append(dst, line...), end...)
				break
			}
			dst = append(dst, line[:i]...)
			line = line[i+1:]
			if len(line) == 0 { // a soft line break
				break
			}
			if len(line) >= 2 {
				if hi, lo := unhex(line[0]), unhex(line[1]); hi >= 0 && lo >= 0 {
					dst = append(dst, byte(hi<<4|lo))
					line = line[2:]
					continue
				}
			}
			dst = append(dst, '=')
			ok = false
		}
	}
	return dst, ok
}

// uuencode is the name of the encoding that was in use before MIME, and that mail clients still decode.
const uuencode = "x-uuencode"

// decodeUU decodes the lines between "begin" and "end": each says in its first character how many octets it holds.
func decodeUU(src []byte) []byte {
	if i := bytes.Index(src, []byte("begin ")); i >= 0 && (i == 0 || src[i-1] == '\n') {
		src = afterLine(src[i:])
	}
	dst := make([]byte, 0, len(src)*3/4)
	for line := range bytes.Lines(src) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || string(line) == "end" {
			continue
		}
		left := int(line[0]-' ') & 0x3f
		for line = line[1:]; left > 0 && len(line) >= 4; line = line[4:] {
			var group uint32
			for _, c := range line[:4] {
				group = group<<6 | uint32(c-' ')&0x3f
			}
			octets := [3]byte{byte(group >> 16), byte(group >> 8), byte(group)}
			dst = append(dst, octets[:min(left, 3)]...)
			left -= 3
		}
	}
	return dst
}
