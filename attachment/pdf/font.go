package pdf

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// font maps the codes of strings that pages show to characters.
type font struct {
	wide     bool // codes have two octets
	toText   map[int]string
	ranges   []mapped // by their lowest code
	unmapped bool     // nothing tells what its codes mean
}

// mapped is a range of codes that stand for characters in a row.
type mapped struct {
	low, high int
	text      []uint16 // of the lowest
}

// maxMapped bounds the codes of a font that are mapped one by one, maxDifferences the elements of a list of them: there
// are 256 codes, each with a number and a name.
const (
	maxMapped      = 10000
	maxDifferences = 512
)

// maxMaps bounds the octets of maps that are read for the fonts of a file, and maxFonts the fonts.
const (
	maxMaps  = 1 << 20
	maxFonts = 100
)

// fontOf reads a font (9.5): what its ToUnicode map says, else its encoding.
func (f *file) fontOf(d dict) *font {
	out := &font{toText: map[int]string{}}
	subtype, _ := f.resolve(d["Subtype"]).(name)
	out.wide = subtype == "Type0"
	if r, ok := d["ToUnicode"].(ref); ok {
		if o := f.objects[int(r)]; o != nil && o.raw != nil {
			b := f.stream(o)
			if f.maps += len(b); f.maps <= maxMaps { // one map may be that of many fonts
				out.readMap(b)
				slices.SortStableFunc(out.ranges, func(a, b mapped) int { return cmp.Compare(a.low, b.low) })
			}
		}
	}
	if len(out.toText)+len(out.ranges) > 0 {
		return out
	}
	out.unmapped = out.wide
	f.differences(d, out)
	return out
}

// differences reads how a simple font's encoding differs from the usual one (9.6.5.1).
func (f *file) differences(d dict, out *font) {
	list, _ := f.resolve(f.dictOf(d["Encoding"])["Differences"]).(array)
	code := 0
	for _, v := range list[:min(len(list), maxDifferences)] {
		const element = 32
		if !f.charge(element) { // one list may be that of many fonts
			return
		}
		switch v := f.resolve(v).(type) {
		case float64:
			code = int(v)
		case name:
			if s := glyph(string(v)); s != "" {
				out.toText[code] = s
			}
			code++
		}
	}
}

// glyphs are the names of characters that are not their own names and occur in text (Adobe's glyph list).
var glyphs = map[string]string{"space": " ", "period": ".", "comma": ",", "colon": ":", "semicolon": ";", "slash": "/",
	"hyphen":     "-",
	"underscore": "_", "at": "@", "question": "?", "exclam": "!", "ampersand": "&", "equal": "=", "plus": "+",
	"percent": "%", "numbersign": "#",
	"dollar": "$", "parenleft": "(", "parenright": ")", "quotesingle": "'", "quotedbl": `"`, "quoteright": "’",
	"quoteleft":    "‘",
	"quotedblleft": "“", "quotedblright": "”", "endash": "–", "emdash": "—", "bullet": "•", "fi": "fi", "fl": "fl",
	"ff": "ff", "ffi": "ffi",
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
	"nine":      "9",
	"adieresis": "ä", "odieresis": "ö", "udieresis": "ü", "Adieresis": "Ä", "Odieresis": "Ö", "Udieresis": "Ü",
	"germandbls": "ß",
	"eacute":     "é", "egrave": "è", "agrave": "à", "aacute": "á", "ntilde": "ñ", "ccedilla": "ç", "oacute": "ó",
	"iacute": "í", "uacute": "ú",
	"ecircumflex": "ê", "atilde": "ã", "otilde": "õ", "Euro": "€", "sterling": "£", "asterisk": "*", "bar": "|",
	"nbspace": " "}

// glyph returns the character of a name, "" if it is none that is known.
func glyph(s string) string {
	if t, ok := glyphs[s]; ok {
		return t
	}
	if len(s) == 1 {
		return s
	}
	if hex, ok := strings.CutPrefix(s, "uni"); ok && len(hex) >= 4 {
		if v, err := strconv.ParseUint(hex[:4], 16, 16); err == nil {
			return string(rune(v))
		}
	}
	return ""
}

// readMap reads a ToUnicode map (9.10.3).
func (t *font) readMap(b []byte) {
	l := lexer{in: b}
	var stack []any
	for len(t.toText) < maxMapped && len(t.ranges) < maxMapped {
		switch v := l.value(0).(type) {
		case end:
			return
		case keyword:
			switch v {
			case "endcodespacerange":
				for i := 0; i+1 < len(stack); i += 2 {
					if low, ok := stack[i].(text); ok {
						t.wide = len(low) > 1
					}
				}
			case "endbfchar":
				for i := 0; i+1 < len(stack); i += 2 {
					code, ok1 := stack[i].(text)
					to, ok2 := stack[i+1].(text)
					if ok1 && ok2 && len(t.toText) < maxMapped {
						t.toText[codeOf(code)] = string(utf16.Decode(units(to)))
					}
				}
			case "endbfrange":
				t.addRanges(stack)
			}
			stack = stack[:0]
		default:
			if len(stack) < 1000 {
				stack = append(stack, v)
			}
		}
	}
}

func (t *font) addRanges(stack []any) {
	for i := 0; i+2 < len(stack); i += 3 {
		low, ok1 := stack[i].(text)
		high, ok2 := stack[i+1].(text)
		if !ok1 || !ok2 {
			continue
		}
		switch to := stack[i+2].(type) {
		case text:
			t.ranges = append(t.ranges, mapped{codeOf(low), codeOf(high), units(to)})
		case array:
			for k, v := range to {
				if s, ok := v.(text); ok && len(t.toText) < maxMapped {
					t.toText[codeOf(low)+k] = string(utf16.Decode(units(s)))
				}
			}
		}
	}
}

func codeOf(b []byte) (n int) {
	for _, c := range b[:min(len(b), 4)] {
		n = n<<8 | int(c)
	}
	return n
}

func units(b []byte) []uint16 {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b) && i < 64; i += 2 {
		u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return u
}

// decode returns the characters of a string.
func (t *font) decode(b []byte) string {
	var out strings.Builder
	step := 1
	if t.wide {
		step = 2
	}
	for i := 0; i+step <= len(b) && out.Len() < maxText; i += step {
		out.WriteString(t.character(codeOf(b[i : i+step])))
	}
	return out.String()
}

func (t *font) character(code int) string {
	if s, ok := t.toText[code]; ok {
		return s
	}
	i, _ := slices.BinarySearchFunc(t.ranges, code+1, func(r mapped, code int) int { return cmp.Compare(r.low, code) })
	if i > 0 {
		if r := &t.ranges[i-1]; code <= r.high && len(r.text) > 0 {
			u := append([]uint16{}, r.text...)
			u[len(u)-1] += uint16(code - r.low)
			return string(utf16.Decode(u))
		}
	}
	if t.wide || t.unmapped || len(t.ranges) > 0 && code < ' ' {
		return ""
	}
	return string(western(byte(code)))
}

// western returns a character of the encoding that is usual in simple fonts and text strings: WinAnsi (Annex D.2).
func western(c byte) rune {
	if c >= 0x80 && c < 0xa0 {
		return windows[c-0x80]
	}
	return rune(c)
}

var windows = [32]rune{'€', 0xfffd, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0xfffd, 'Ž', 0xfffd,
	0xfffd, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0xfffd, 'ž', 'Ÿ'}
