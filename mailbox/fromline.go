package mailbox

import "bytes"

var fromPrefix = []byte("From ")

// maxFromLine is the longest From_ line that is recognized, in bytes.
const maxFromLine = 1000

// isFrom reports whether a From_ line begins with b, rather than the field "From : x" in RFC 822's old syntax (RFC
// 5322, section 4.5).
func isFrom(b []byte) bool {
	return bytes.HasPrefix(b, fromPrefix) && !bytes.HasPrefix(bytes.TrimLeft(b[len(fromPrefix):], " \t"), []byte(":"))
}

// sender is how much the first part of a From_ line looks like one.
type sender uint8

const (
	prose   sender = iota // several words, as at the start of a sentence
	word                  // one word
	address               // an address, as RFC 4155 has it, or what programs write for want of one: "-", or nothing
)

// readFromLine divides a From_ line. Dated reports whether it ends with a date as RFC 4155, appendix A, has it, or
// with words that follow the date in a few programs' lines: "remote from HOST". The parts of the date may be in any
// order, for not all programs follow ctime(3).
func readFromLine(line []byte) (who sender, dated bool) {
	fields := bytes.Fields(line[len(fromPrefix):])
	if n := len(fields); n > 3 && string(fields[n-3]) == "remote" && string(fields[n-2]) == "from" {
		fields = fields[:n-3]
	}
	var weekday, month, clock, year bool
	date := len(fields) // where the date begins
	for date > 0 && isOfDate(fields[date-1]) {
		date--
		field := fields[date]
		weekday = weekday || isName(field, "SunMonTueWedThuFriSat")
		month = month || isName(field, "JanFebMarAprMayJunJulAugSepOctNovDec")
		clock = clock || isClock(field)
		year = year || len(field) == 4 && isNumber(field)
	}
	if dated = weekday && month && clock && year; !dated {
		date = len(fields)
	}
	return senderOf(bytes.Join(fields[:date], []byte(" "))), dated
}

// senderOf judges the text before the date of a From_ line.
func senderOf(text []byte) sender {
	switch {
	case len(text) == 0, string(text) == "-", bytes.HasPrefix(text, []byte(`"`)):
		return address
	case bytes.IndexByte(text, ' ') >= 0:
		return prose
	case bytes.IndexByte(text, '@') >= 0, string(text) == "MAILER-DAEMON":
		return address
	}
	return word
}

// isOfDate reports whether a field may be part of a date: the name of a day or month, a time, a number, a time zone.
func isOfDate(field []byte) bool {
	field = bytes.TrimSuffix(field, []byte(","))
	switch {
	case isName(field, "SunMonTueWedThuFriSatJanFebMarAprMayJunJulAugSepOctNovDec"), isClock(field), isNumber(field):
		return true
	case len(field) > 1 && (field[0] == '+' || field[0] == '-'):
		return isNumber(field[1:])
	}
	return isZone(field)
}

// isZone reports whether a field is the name of a time zone, as "MET" or "(CEST)".
func isZone(field []byte) bool {
	if len(field) > 2 && field[0] == '(' && field[len(field)-1] == ')' {
		field = field[1 : len(field)-1]
	}
	for _, c := range field {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(field) >= 1 && len(field) <= 5
}

// isName reports whether a field, except for a comma at its end, is one of the names of three letters.
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
