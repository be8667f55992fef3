package message

import "strings"

// knownAs returns the name under which the tables know a charset that is called otherwise by some programs: with
// other marks between letters and digits, by a code page of Windows or Java, or as a later edition of which the first
// is a part.
func knownAs(name string) string {
	plain := lettersAndDigits(name)
	if known, ok := charsetAliases[plain]; ok {
		return known
	}
	for _, family := range [...]struct{ prefix, known string }{
		{"iso8859", "iso-8859-"}, {"8859", "iso-8859-"}, {"windows125", "windows-125"}, {"win125", "windows-125"},
		{"cp125", "windows-125"}, {"xcp125", "windows-125"}, {"ansi125", "windows-125"}, {"koi8", "koi8-"},
	} {
		if rest, ok := strings.CutPrefix(plain, family.prefix); ok && rest != "" {
			return family.known + rest
		}
	}
	if strings.Contains(plain, "utf7") {
		return "utf-7"
	}
	for _, family := range [...]string{"iso2022jp", "csiso2022jp", "cp5022", "iso2022kr", "csiso2022kr",
		"iso2022cn"} {
		if strings.HasPrefix(plain, family) {
			return charsetAliases[family]
		}
	}
	return name
}

// charsetAliases is names without marks, and what they are called in the tables.
var charsetAliases = map[string]string{
	"iso2022jp": "iso-2022-jp", "csiso2022jp": "iso-2022-jp", "cp5022": "iso-2022-jp",
	"iso2022kr": "iso-2022-kr", "csiso2022kr": "iso-2022-kr", "iso2022cn": "iso-2022-cn",

	"cp932": "shift_jis", "ms932": "shift_jis", "windows932": "shift_jis", "ibm932": "shift_jis",
	"cp943":   "shift_jis",
	"sjiswin": "shift_jis", "shiftjisx0213": "shift_jis", "shiftjis2004": "shift_jis", "xmsshiftjis": "shift_jis",
	"eucjp": "euc-jp", "eucjpms": "euc-jp", "eucjpwin": "euc-jp", "cp51932": "euc-jp", "eucjisx0213": "euc-jp",
	"eucjis2004": "euc-jp", "eucjp2004": "euc-jp",
	"cp936": "gbk", "ms936": "gbk", "windows936": "gbk", "euccn": "gbk", "xeuccn": "gbk", "gb231280": "gbk",
	"xgb2312": "gbk",
	"cp54936": "gb18030", "hz": "hz-gb-2312", "hzgb": "hz-gb-2312",
	"cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "windows949": "euc-kr", "ksc56011992": "euc-kr",
	"cp950": "big5", "ms950": "big5", "windows950": "big5", "xwindows950": "big5", "big5hkscs": "big5",
	"big5eten": "big5",

	"utf8": "utf-8", "xutf8": "utf-8", "utf8n": "utf-8", "utf8mb4": "utf-8", "utf8mac": "utf-8", "cesu8": "utf-8",
	"unicodeutf8": "utf-8", "cp65001": "utf-8", "65001": "utf-8", "cp65000": "utf-7", "65000": "utf-7",
	"utf16": "utf-16", "ucs2": "utf-16", "iso10646ucs2": "utf-16", "unicode": "utf-16", "xutf16": "utf-16",
	"utf16le": "utf-16le", "ucs2le": "utf-16le", "unicodefeff": "utf-16le", "xutf16lebom": "utf-16le",
	"cp1200":        "utf-16le",
	"unicodelittle": "utf-16le", "utf16be": "utf-16be", "ucs2be": "utf-16be", "unicodefffe": "utf-16be",
	"cp1201":     "utf-16be",
	"unicodebig": "utf-16be", "utf32": "utf-32", "ucs4": "utf-32", "iso10646ucs4": "utf-32", "utf32le": "utf-32le",
	"ucs4le": "utf-32le", "utf32be": "utf-32be", "ucs4be": "utf-32be",

	"646": "us-ascii", "iso646": "us-ascii", "iso646us": "us-ascii", "usascii": "us-ascii", "ascii7bit": "us-ascii",
	"ansi": "windows-1252", "xansi": "windows-1252", "latin1": "windows-1252", "cp819": "windows-1252",
	"cp874": "windows-874", "tis620": "windows-874", "xmacroman": "macintosh", "macroman": "macintosh",
	"xmaccyrillic": "x-mac-cyrillic", "maccyrillic": "x-mac-cyrillic", "koi8ru": "koi8-u",
}

// lettersAndDigits returns the letters and digits of ASCII in s.
func lettersAndDigits(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' {
			b = append(b, c)
		}
	}
	return string(b)
}
