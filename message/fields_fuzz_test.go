package message

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFields reads the values of fields: addresses, parameters, dates and encoded words. What comes out is no longer
// than what went in, except for the characters that octets become.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		`"Doe, Joe" <joe@example.org>, jane@example.org (Jane (x) Roe)`, `"unclosed \"x\" <a@b.example>`,
		`(a, (b) "c"@d.example`, "Friends: a@example.org;",
		`multipart/mixed (x); boundary="a\"b"; charset*=utf-8'en'%41; name*0=a; name*1*=%42`, `attachment;(;filename="a`,
		"Mon, 2 Jan 2006 15:04:05 -0700 (MST)",
		"Jan 2 2006", "=?utf-8?q?a=C3?= =?utf-8?b?vA==?= =?x?q?", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "caf\xe9",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		most := 4 * (len(value) + 1)
		for _, a := range ParseAddresses(value) {
			if len(a.Name) > most || len(a.Addr) > most {
				t.Errorf("%q: %+v", value, a)
			}
		}
		head, params := parseParams(value)
		size := len(head)
		for name, v := range params {
			size += len(name) + len(v)
		}
		if size > most {
			t.Errorf("%q: %d octets of parameters", value, size)
		}
		if at, ok := ParseDate(value); ok && !plausible(at) {
			t.Errorf("%q: %v", value, at)
		}
		words, _ := decodeWords(value)
		if !utf8.ValidString(words) || len(words) > 8*(len(value)+1) {
			t.Errorf("%q: %q", value, words)
		}
		encodingName(value)
		if !strings.Contains(value, "=?") && utf8.ValidString(value) && words != value {
			t.Errorf("%q changed to %q", value, words)
		}
	})
}
