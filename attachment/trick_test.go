package attachment

import (
	"slices"
	"testing"
)

// TestTricks: what each trick is made of, and what is like it.
func TestTricks(t *testing.T) {
	for _, c := range []struct {
		name string
		is   func(string) bool
		yes  []string
		no   []string
	}{
		{"smuggles", smuggles, []string{"navigator.mssaveblob(b)", `<a download = "a.zip" href="data:x">`, "a.download = b",
			`<a href = 'data:application/zip;base64`, "href=data:application/x-msdownload"},
			[]string{`<a download=a> <a href=data:x`, `<a href="data:application/json`, "predownload=1",
				"data:application/zip"}},
		{"makesBlob", makesBlob, []string{"new\nblob (", "new file([", "url.createobjecturl"},
			[]string{"newblob(", "new blobs(", "new file["}},
		{"decodes", decodes, []string{"atob (x)", "window.unescape(", "string.fromcharcode", "uint8array", ";base64,"},
			[]string{"datob(x)", "atob[", "unescape"}},
		{"evaluates", evaluates, []string{"eval(atob(x))", "document.write ( window.unescape (",
			"settimeout(string.fromcharcode("},
			[]string{"eval(x(atob(y)))", "atob(eval(x))", "eval(atob)"}},
		{"redirects", redirects, []string{`<meta http-equiv="refresh" content="0; url=http`, "location.href = 'x'",
			"location='x'", "window.location.replace (", "location= =x"},
			[]string{"location == 'x'", "location.replaced(", "http-equiv=refresh> url=", "location"}},
		{"hasScript", hasScript, []string{"<script>", "<svg onload = x", "href=javascript:x", "<a onclick="},
			[]string{"<scripts>", "person click", "reonload=", "on load="}},
	} {
		for _, s := range c.yes {
			if !c.is(s) {
				t.Errorf("%s: not %q", c.name, s)
			}
		}
		for _, s := range c.no {
			if c.is(s) {
				t.Errorf("%s: %q", c.name, s)
			}
		}
	}
}

// TestSourceLinks: links in quotation marks, and targets of drawings.
func TestSourceLinks(t *testing.T) {
	const source = `a("HTTPS://a.example/B") 'http://b.example' http://c.example "http://a b" "http://abc" ` +
		`'http://d.example<'`
	want := []string{"HTTPS://a.example/B", "http://b.example"}
	if got := quotedLinks(source, asciiLower(source)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	const drawing = `<a xlink:HREF = "http://a.example"><a href='#within'><a href='a'>` +
		`<a nohref="http://b.example"><a href='c.example'>`
	if got := targets(drawing, asciiLower(drawing)); !slices.Equal(got, []string{"http://a.example", "c.example"}) {
		t.Errorf("%q", got)
	}
}
