package mailbox

import (
	"bytes"
)

var fromPrefix = []byte("From ")

// isDated reports whether a line that begins with "From " is as RFC 4155, appendix A, has it: with a sender and a date. The
// parts of the date may be in any order, for not all programs follow ctime(3).
func isDated(line []byte) bool {
	var weekday, month, clock, year bool
	for field := range bytes.FieldsSeq(line[len(fromPrefix):]) {
		switch {
		case isName(field, "SunMonTueWedThuFriSat"):
			weekday = true
		case isName(field, "JanFebMarAprMayJunJulAugSepOctNovDec"):
			month = true
		case isClock(field):
			clock = true
		case len(field) == 4 && isNumber(field):
			year = true
		}
	}
	return weekday && month && clock && year
}

// isName reports whether a field, but for a comma at its end, is one of the names of three letters.
func isName(field []byte, names string) bool {
	field = bytes.TrimSuffix(field, []byte(","))
	if len(field) != 3 {
		return false
	}
	for i := 0; i < len(names); i += 3 {
		if string(field) == names[i:i+3] {
			return true
		}
	}
	return false
}

// isClock reports whether a field is hh:mm or hh:mm:ss.
func isClock(field []byte) bool {
	for parts := 1; parts <= 3; parts++ {
		part, rest, more := bytes.Cut(field, []byte(":"))
		if len(part) > 2 || !isNumber(part) {
			return false
		}
		if !more {
			return parts > 1
		}
		field = rest
	}
	return false
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
