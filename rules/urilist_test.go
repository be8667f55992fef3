package rules

import (
	"fmt"
	"strings"
	"testing"
)

// TestURISpellings holds that uri rules see a URI as SpamAssassin 4 does, however it is written.
func TestURISpellings(t *testing.T) {
	s, problems := compile(t, `
uri A_RAWCASE /WWW\.Example\.COM/
uri A_LOWER /www\.example\.com/
uri A_FTP m{^ftp://ftp\.}
uri A_WWWMIX m{^http://www\.Chiew0ch\.COM}
uri A_BARE m{the7zuum}
uri A_DOTS m{^http://www\.delimtest18\.com$}
uri A_HIDDENHTTP m{^http://delimtest13\.org}
uri A_USERPORT m{^http://www\.foo\@Qii3mafs\.com:80$}
uri A_SAFE m{^https://www\.google\.com/url\?q=https://evil}
uri A_NESTED m{^https://evil\.example/x$}
uri B_AFTERDOTS m{^http://www\.chiew0ch\.com/$}
uri B_HXXP m{^http://chiew0ch\.com}
uri C_1 m{^http://utf1\.domutf1\.com}
uri C_2 m{^http://utf2\.domutf2\.com}
uri C_3 m{^http://utf3\.domutf3\.com}
uri C_4 m{^http://utf4\.domutf4\.com}
uri C_5 m{^http://utf5\.domutf5\.com}
uri C_6 m{^http://utf6\.domutf6\.com}
uri D_2 m{^http://login\.domhtml2\.com/x}
uri D_3 m{^http://login\.domhtml3\.com/x}
uri D_4 m{^http://xn--bcher-kva\.domhtml4\.com/}
uri D_5 m{^http://xn--bcher-dom5-9db\.com/}
body LONG eval:check_uri_truncated()
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, tt := range []struct{ body, hits string }{
		{"\nhttp://WWW.Example.COM/path\nftp.yeinaix3.co.uk\nwww.Chiew0ch.COM\nthe7zuum.COM\n" +
			".....http://www.delimtest18.com..........\nignorethishttp://delimtest13.org\nwww.foo@Qii3mafs.com:80\n",
			"A_RAWCASE A_FTP A_WWWMIX A_BARE A_DOTS A_HIDDENHTTP A_USERPORT"},
		{"Content-Type: text/html\n\n<html><body><a href=\"https://ok.example/\" " +
			"data-saferedirecturl=\"https://www.google.com/url?q=https://evil.example/x\">click</a></body></html>",
			"A_SAFE A_NESTED"},
		{"\n.....http://www.chiew0ch.com/\n", "B_AFTERDOTS"},
		{"\nhxxp://chiew0ch.com\n", "B_HXXP"},
		{"\nwww.Chiew0ch.COM\n", "A_WWWMIX"},
		{"Content-Type: text/plain; charset=\"UTF-8\"\n\nhttp://utf1.domutf1.com\nhttp://utf2\u3002domutf2\u3002com\n" +
			"http://utf3\uff0edomutf3\uff0ecom\nhttp://utf4\uff61domutf4\uff61com\nhttp://utf5\ufe52domutf5\ufe52com\n" +
			"http://utf6\u2024domutf6\u2024com\n", "C_1 C_2 C_3 C_4 C_5 C_6"},
		{"Content-Type: text/html; charset=utf-8\n\n<html><body><a " +
			"href=\"http://login\u3002domhtml2\u3002com/x\">click</a> " +
			"<a href=\"http://login%E3%80%82domhtml3%E3%80%82com/x\">click</a> <a " +
			"href=\"http://xn--bcher-kva.domhtml4.com/\">a</a> " +
			"<a href=\"http://b\u00fccher-dom5.com/\">b</a></body></html>", "D_2 D_3 D_4 D_5"},
		{"Content-Type: text/html\n\n<img src=\"data:image/png;base64," + pad(9000) + "\">", "LONG"},
		{"Content-Type: text/html\n\n<a href=\"http://a.example/" + pad(9000) + "\">a</a>", "LONG"},
		{"Content-Type: text/html\n\n<a href=\"http://a.example/" + pad(8000) + "\">a</a>", ""},
	} {
		if got := hits(s, "Subject: x\n"+tt.body); got != tt.hits {
			t.Errorf("%.100q: %s, want %s", tt.body, got, tt.hits)
		}
	}
}

// pad returns n letters.
func pad(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a'
	}
	return string(b)
}

// TestPorts holds that a host and port before a mark is no URI, and that only so many are looked for in the text:
// each takes reading it from its start.
func TestPorts(t *testing.T) {
	s, problems := compile(t, "uri FIRST /h0x\\.com/\nuri LAST /h2000x\\.com/\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := hits(s, "\nwrite to h0x.com:25; or h2000x.com:25;\n"); got != "" {
		t.Errorf("two: %q", got)
	}
	var many strings.Builder
	for i := range 2001 {
		fmt.Fprintf(&many, "h%dx.com:25; ", i)
	}
	if got := hits(s, "\n"+many.String()); got != "LAST" {
		t.Errorf("many: %q, want those behind the first %d as URIs", got, maxPorts)
	}
}
