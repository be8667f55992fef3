package message

import "bytes"

// Octets that switch between the sets of ISO 2022.
const (
	escape   = 0x1b
	shiftOut = 0x0e
	shiftIn  = 0x0f
)

// escapesOfJP is the escape sequences of the later editions of ISO-2022-JP, and those of the first for the sets that
// contain or resemble theirs: JIS X 0213 (ISO-2022-JP-3 and -2004) extends JIS X 0208.
var escapesOfJP = [...][2]string{{"\x1b$(O", "\x1b$B"}, {"\x1b$(Q", "\x1b$B"}, {"\x1b$(P", "\x1b$B"}, {"\x1b$(B",
	"\x1b$B"},
	{"\x1b$(@", "\x1b$@"}, {"\x1b(H", "\x1b(J"}}

// withFirstEscapes returns b with its escape sequences as in the first edition of ISO-2022-JP.
func withFirstEscapes(b []byte) []byte {
	for _, e := range escapesOfJP {
		if bytes.Contains(b, []byte(e[0])) {
			b = bytes.ReplaceAll(b, []byte(e[0]), []byte(e[1]))
		}
	}
	return b
}

// unshifted returns text in ISO-2022-KR (RFC 1557) or ISO-2022-CN (RFC 1922) as the EUC of its set: what is between
// SO and SI has the high bit set, and the escape sequences are gone.
func unshifted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	set := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case shiftOut:
			set = 0x80
		case shiftIn:
			set = 0
		case escape:
			if i+2 < len(b) && b[i+1] == '$' {
				i += 2
				if i+1 < len(b) && (b[i] == ')' || b[i] == '*' || b[i] == '+') {
					i++
				}
			}
		case '\n':
			set = 0
			out = append(out, c)
		case ' ', '\t', '\r':
			out = append(out, c)
		default:
			out = append(out, c|set)
		}
	}
	return out
}
