package message

import (
	"runtime"
	"strings"
	"testing"
)

// TestLinear reads values of some megabytes, which a quadratic parser would not finish within the time that go test
// allows. The clock gives no verdict; bench/hostile measures.
func TestLinear(t *testing.T) {
	size := 2 << 20
	if testing.Short() {
		size = 128 << 10
	}
	for _, unit := range []string{
		`"`, `""`, `"a" `, `\`, `"\"`, `"\""`, `"\"<`, `"a"`, `"a":`, `"a":"`, `(`, `((`, `(\`, `\(`, `(a`, `(,`, `",`, `",(`,
		`<`, `<a`, `<,`, `a:`, `@`, `"@`, `"a"@`, ` "`, `,`,
		`(;`, `;(`, `;"`, `="`, `=(`, `="\`, `;a="`, `()`, `a()`, `;a*0=b`, `;a*0*='`, `=?`, `=?a?q?`, `=?a?q?a?= `,
		`=?a?q?a`, `?=`, "\xff", "é",
	} {
		value := strings.Repeat(unit, size/len(unit))
		ParseAddresses(value)
		ParseAddresses(`"` + value)
		ParseAddresses("(" + value)
		r := paramReader{text: value}
		for r.rest() != "" {
			r.token(";=")
			r.value()
			r.skip(";= ")
		}
		var c clauses
		c.split("from a " + value)
		encodingName(value)
		decodeWords(value)
		ParseDate(value)
		ParseHTML("<base href=\"" + value + "\"><a href=\"" + value + "\">")
	}
}

// TestLinearLinks does so for what links are looked for in.
func TestLinearLinks(t *testing.T) {
	const size = 1 << 20
	for _, unit := range []string{"url(", "url()", "url(')", "@import \"", "@import'", "@", "@import url(", "("} {
		ParseHTML("<style>" + strings.Repeat(unit, size/len(unit)))
	}
	for _, unit := range []string{"'//a.com'", "http:", "\\/", ";", "www.a.com "} {
		ParseHTML("<p onclick=\"" + strings.Repeat(unit, size/len(unit)) + "\">")
	}
	for _, unit := range []string{" dot a", "[.]a", "a[.]", "(.)", "[.]", "http://a dot ", "http://a[.]", "a.a[.]"} {
		Parse([]byte("Subject: x\n\nhttp://a" + strings.Repeat(unit, size/len(unit)))).URIs()
	}
}

// TestMemoryOfWords: a field of encoded words in a charset that needs a decoder takes memory in proportion to its
// length.
func TestMemoryOfWords(t *testing.T) {
	for _, charset := range []string{"iso-2022-jp", "gb18030", "euc-kr", "big5", "utf-16", "hz-gb-2312"} {
		value := strings.Repeat("=?"+charset+"?b?GyRCpKI=?= x ", 3000)
		if got := allocated(func() { decodeWords(value) }); got > 30*len(value) {
			t.Errorf("%s: %d bytes for a field of %d", charset, got, len(value))
		}
	}
}

// TestMemoryOfUnknownCharsets: a word in an unknown charset takes no more than its decoded octets.
func TestMemoryOfUnknownCharsets(t *testing.T) {
	value := strings.Repeat("=?x?q?=FF?= y ", 3000)
	if got := allocated(func() { decodeWords(value) }); got > 5*len(value) {
		t.Errorf("%d bytes for a field of %d", got, len(value))
	}
}

// allocated returns how many bytes do takes from the heap.
func allocated(do func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}
