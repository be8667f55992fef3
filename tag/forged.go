package tag

import (
	"bytes"
	"slices"
)

// Claims reports whether a program may take a field of this name, however it is spelled, for the one of another name:
// programs leave out, or stop at, different ones of the control characters, blanks and characters beyond ASCII.
func Claims[T string | []byte](spelled T, name string) bool {
	n := 0
	for i := range len(spelled) {
		c := spelled[i]
		if c <= ' ' || c >= 0x7f {
			continue
		}
		if n == len(name) || c|lower(c) != name[n]|lower(name[n]) {
			return false
		}
		n++
	}
	return n == len(name)
}

// lower is the bit that makes a letter a small one.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return 0x20
	}
	return 0
}

// Hidden returns a field's value without the lines that programs find in it which take more than LF for the end of a
// line, as far as they are fields of these names.
func Hidden[T string | []byte](value T, names []string) (cleaned []byte, found bool) {
	at := 0 // value up to here is in cleaned, if found
	for i := range len(value) {
		if value[i] != ':' || i < at {
			continue
		}
		start := -1
		for _, name := range names {
			start = max(start, hiddenAt(value[:i], name))
		}
		if start < at {
			continue
		}
		cleaned, found = append(cleaned, value[at:start]...), true
		for at = i; at < len(value) && value[at] != '\n' && !endsLine(value[at]); {
			at++
		}
	}
	if !found {
		return nil, false
	}
	return append(cleaned, value[at:]...), true
}

// hiddenAt returns where the line starts, with what ends the one before it, if a text ends in a line that is the name
// of a field; -1 if it does not.
func hiddenAt[T string | []byte](text T, name string) int {
	i := len(text)
	for n := len(name); n > 0; {
		if i--; i < 0 || text[i] == '\n' {
			return -1
		}
		if c := text[i]; c <= ' ' || c >= 0x7f {
			continue
		} else if n--; c|lower(c) != name[n]|lower(name[n]) {
			return -1
		}
	}
	start := -1
	for i > 0 && text[i-1] != '\n' && (text[i-1] <= ' ' || text[i-1] >= 0x7f) {
		if i--; endsLine(text[i]) {
			start = i
		}
	}
	return start
}

// endsLine reports whether some programs take a character for the end of a line.
func endsLine(c byte) bool {
	return c == '\r' || c == '\v' || c == '\f' || c >= 0x1c && c <= 0x1e || c == 0
}

func claimsAny[T string | []byte](spelled T, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return Claims(spelled, name) })
}

// nameOf returns the text before a field's first colon, on any of its lines; nil if it has none.
func nameOf(field []byte) []byte {
	if i := bytes.IndexByte(field, ':'); i >= 0 {
		return field[:i]
	}
	return nil
}

// header returns the part of a mail, behind an mbox's first line, up to the empty line of LF or CRLF. Some programs
// take other lines for its end, but none goes on behind that one.
func header(raw []byte) []byte {
	for n := 0; n < len(raw); {
		line := firstLine(raw[n:])
		if string(line) == "\n" || string(line) == "\r\n" {
			return raw[:n]
		}
		n += len(line)
	}
	return raw
}
