package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// decodeText returns b as UTF-8 with LF line ends. Declared is the charset in lower case, "" if none was; where it is
// unknown or plainly wrong, guess decides. The string shares b's memory if nothing had to be changed.
func decodeText(b []byte, declared string, guess func([]byte) []byte, defects *defectSet) string {
	if bytes.IndexByte(b, 0) >= 0 && !isWide(knownAs(declared)) {
		defects.add(DefectNULBody)
		if looksWide(b) {
			declared = "utf-16"
		} else {
			b = bytes.ReplaceAll(b, []byte{0}, nil) // as mail clients do
		}
	}
	b = convert(b, declared, guess, defects)
	if bytes.IndexByte(b, '\r') >= 0 {
		b = bytes.ReplaceAll(b, []byte("\r\r\n"), []byte("\n"))
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	return view(b)
}

// convert returns b in UTF-8.
func convert(b []byte, declared string, guess func([]byte) []byte, defects *defectSet) []byte {
	ascii := isASCII(b)
	switch declared {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unicode-1-1-utf-8":
		return convertUTF8(b, ascii, declared, guess, defects)
	}
	if ascii && asciiCompatible(declared) {
		return b
	}
	if table := singleByte(declared); table != nil {
		return convertTable(b, table)
	}
	name := knownAs(declared)
	switch {
	case name == "utf-7":
		return convertUTF7(b)
	case name == "us-ascii", name == "utf-8":
		return convertUTF8(b, ascii, name, guess, defects)
	case isWide(name):
		if bytes.IndexByte(b, 0) < 0 && utf8.Valid(b) { // it is not, as everyone sees
			return convertUTF8(b, ascii, declared, guess, defects)
		}
		return convertWide(b, name)
	}
	if out, ok := convertReader(b, declared); ok {
		return out
	}
	if name != declared {
		if out, ok := convertReader(b, name); ok {
			return out
		}
	}
	defects.add(DefectUnknownCharset)
	return guess(b)
}

// isWide reports whether a charset has units of several octets, of which some are zero in usual text.
func isWide(name string) bool {
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
}

// convertUTF8 returns b, which should be UTF-8 or ASCII, or declares nothing.
func convertUTF8(b []byte, ascii bool, declared string, guess func([]byte) []byte, defects *defectSet) []byte {
	switch {
	case ascii && bytes.IndexByte(b, escape) < 0:
		return b
	case ascii:
		return guess(b)
	case utf8.Valid(b):
		return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	}
	if declared != "" {
		defects.add(DefectWrongCharset)
	}
	if (declared == "utf-8" || declared == "utf8") && mostlyUTF8(b) {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return guess(b)
}

// mostlyUTF8 reports whether b has at least as many characters above 127 that are UTF-8 as octets that are not: text
// that was cut or glued, rather than text in another charset.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else if size > 1 {
			good++
		}
		b = b[size:]
	}
	return good >= bad
}

// singleByte returns the table of a charset that needs nothing but a table, for those seen most. As in HTML5, what
// calls itself ISO 8859-1 is read as windows-1252, since that is what it is wherever the two differ.
func singleByte(name string) *charmap.Charmap {
	switch name {
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "windows-1252", "cp1252", "x-ansi":
		return charmap.Windows1252
	case "iso-8859-15":
		return charmap.ISO8859_15
	case "iso-8859-2":
		return charmap.ISO8859_2
	case "windows-1251", "cp1251":
		return charmap.Windows1251
	case "windows-1250", "cp1250":
		return charmap.Windows1250
	case "koi8-r":
		return charmap.KOI8R
	}
	return nil
}

func convertTable(b []byte, table *charmap.Charmap) []byte {
	out := make([]byte, 0, len(b)+len(b)/4+8)
	for _, c := range b {
		if c < utf8.RuneSelf {
			out = append(out, c)
		} else {
			out = utf8.AppendRune(out, table.DecodeByte(c))
		}
	}
	return out
}

// convertReader converts from any other charset that has a name in MIME or HTML. It takes memory in proportion to b,
// and no error is made of an unknown charset, as a field may have thousands of encoded words.
func convertReader(b []byte, name string) (converted []byte, ok bool) {
	switch name {
	case "iso-2022-jp":
		b = withFirstEscapes(b)
	case "hz-gb-2312":
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) // "~" before the line end joins lines (RFC 1843)
	case "iso-2022-kr":
		b, name = unshifted(b), "euc-kr"
	case "iso-2022-cn":
		b, name = unshifted(b), "gbk"
	}
	enc := namedEncoding(name)
	if enc == nil || enc == encoding.Replacement {
		return nil, false
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return nil, false
	}
	return bytes.ToValidUTF8(out, []byte("\uFFFD")), true
}

// namedEncoding returns the encoding of a charset's name in lower case: one that the IANA has registered, also
// without its "cs", or that the WHATWG's encoding standard knows. It returns nil for others.
func namedEncoding(name string) encoding.Encoding {
	switch name {
	case "ansi_x3.110-1983": // RFC 1345, page 62: mostly a superset of ISO 8859-1
		return charmap.ISO8859_1
	case "x-utf_8j":
		return unicode.UTF8
	}
	for _, registered := range [...]string{name, "cs" + name} {
		if enc, _ := ianaindex.MIME.Encoding(registered); enc != nil {
			return enc
		}
	}
	enc, _ := htmlindex.Get(name)
	return enc
}

// asciiCompatible reports whether octets below 128 mean ASCII in the named charset, whatever comes before them.
func asciiCompatible(name string) bool {
	for _, prefix := range [...]string{"utf-16", "utf-32", "utf-7", "iso-2022", "iso-10646", "hz", "csiso2022",
		"unicode"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return strings.HasPrefix(name, "iso") || strings.HasPrefix(name, "windows") || strings.HasPrefix(name, "cp12") ||
		strings.HasPrefix(name, "koi8") || strings.HasPrefix(name, "gb") || strings.HasPrefix(name, "big5") ||
		strings.HasPrefix(name, "euc") || name == "shift_jis" || strings.HasPrefix(name, "ks_c") || name == "latin1"
}

// metaCharset returns the charset that an HTML document declares in its first kilobyte, in lower case.
func metaCharset(b []byte) string {
	b = bytes.ToLower(b[:min(len(b), 1024)])
	i := bytes.Index(b, []byte("charset="))
	if i < 0 {
		return ""
	}
	b = bytes.TrimLeft(b[i+len("charset="):], `"' `)
	end := bytes.IndexAny(b, `"'; />`+"\r\n\t")
	if end < 0 {
		return ""
	}
	if name := string(b[:end]); !strings.HasPrefix(name, "utf-16") { // or it could not have been read
		return name
	}
	return "utf-8"
}
