package message

import (
	"bytes"
	"encoding/base64"
)

// decodeTransfer undoes a transfer encoding (RFC 2045 section 6). Unlike the standard library's readers it goes on after
// an error, as mail clients do. Body itself is returned where nothing is encoded.
func decodeTransfer(body []byte, encoding string, defects *defectSet) []byte {
	switch encoding {
	case "7bit", "8bit", "binary":
		return body
	case "base64":
		return decodeBase64(body, defects)
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
	dst, junk, truncated := appendBase64(dst[:0], src)
	if junk {
		defects.add(DefectBadBase64)
	}
	if truncated {
		defects.add(DefectTruncatedBase64)
	}
	return dst
}

// appendBase64 appends the decoded src to dst: it skips what is outside the alphabet, stops after the padding, and makes
// the best of a missing end.
func appendBase64(dst, src []byte) (out []byte, junk, truncated bool) {
	var group uint32
	n := 0
	for i, c := range src {
		v := base64Value(c)
		if v < 0 {
			switch {
			case c == '=' && n > 1:
				rest := bytes.TrimLeft(src[i:], "= \t\r\n")
				return appendGroup(dst, group, n), junk || len(rest) > 0, false
			case c != ' ' && c != '\t' && c != '\r' && c != '\n':
				junk = true
			}
			continue
		}
		group = group<<6 | uint32(v)
		if n++; n == 4 {
			dst = append(dst, byte(group>>16), byte(group>>8), byte(group))
			group, n = 0, 0
		}
	}
	return appendGroup(dst, group, n), junk, n > 0
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

// appendQuotedPrintable appends the decoded src to dst (RFC 2045 section 6.7). An "=" that means nothing stays, and ok is
// false. White space at the end of a line was put there on the way, and goes (rule 3).
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
