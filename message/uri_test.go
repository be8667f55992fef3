package message

import (
	"slices"
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	tests := []struct {
		raw, url, host, domain string
		obscured               bool
	}{
		{"http://www.example.com/a?b#c", "http://www.example.com/a?b#c", "www.example.com", "example.com", false},
		{"HTTPS://Www.Example.CO.UK:8443/", "https://www.example.co.uk:8443/", "www.example.co.uk", "example.co.uk", false},
		{"http://bank.example.com@evil.example.org/x", "http://evil.example.org/x", "evil.example.org", "example.org", false},
		{"http://ex%61mple.com/%61%2F", "http://example.com/a%2F", "example.com", "example.com", true},
		{`http:\\example.com\x`, `http://example.com\x`, "example.com", "example.com", true},
		{"http:example.com", "http://example.com", "example.com", "example.com", false},
		{"http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", "", true},
		{"http://2130706433", "http://127.0.0.1", "127.0.0.1", "", true},
		{"http://0300.0250.0.1/", "http://192.168.0.1/", "192.168.0.1", "", true},
		{"http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1", "", false},
		{"http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/", "2001:db8::1", "", false},
		{"http://bücher.example.de/", "http://xn--bcher-kva.example.de/", "xn--bcher-kva.example.de", "example.de", false},
		{"http://ｅxample。com/", "http://example.com/", "example.com", "example.com", true},
		{"http://user.github.io/", "http://user.github.io/", "user.github.io", "user.github.io", false},
		{"http://intranet/", "http://intranet/", "intranet", "", false},
		{"http://host.nosuchtld/", "http://host.nosuchtld/", "host.nosuchtld", "", false},
		{"ht\ntp://exa\r\nmple.com/", "http://example.com/", "example.com", "example.com", false},
		{"//example.com/x", "http://example.com/x", "example.com", "example.com", false},
		{"www.example.com/x", "http://www.example.com/x", "www.example.com", "example.com", false},
		{"mailto:joe@example.com?subject=x", "mailto:joe@example.com?subject=x", "example.com", "example.com", false},
		{"javascript:alert(1)", "javascript:alert(1)", "", "", false},
		{"data:text/html;base64,PGI+", "data:text/html;base64", "", "", false},
	}
	for _, tt := range tests {
		u, ok := ParseURI(tt.raw)
		if !ok || u.URL != tt.url || u.Host != tt.host || u.Domain != tt.domain || u.Obscured != tt.obscured {
			t.Errorf("%q: %v url %q host %q domain %q obscured %v", tt.raw, ok, u.URL, u.Host, u.Domain, u.Obscured)
		}
	}
	for _, raw := range []string{"", "#top", "cid:1@x", "page.html", "http://", "http:///", "/x", "http://a b/"} {
		if u, ok := ParseURI(raw); ok {
			t.Errorf("%q gave %+v", raw, u)
		}
	}
}

// TestBase: relative references are resolved against the base of their document, of which no more than its beginning
// is repeated.
func TestBase(t *testing.T) {
	long := strings.Repeat("/abc", 900)
	for _, tt := range []struct{ base, ref, want string }{
		{"http://example.com/a/b?c#d", "e", "http://example.com/a/e"},
		{"http://example.com/a/b", "../e?f", "http://example.com/e?f"},
		{"http://example.com", "/e", "http://example.com/e"},
		{"http://example.com" + long, "e", "http://example.com" + long[:252] + "/e"},
		{"http://example.com" + long, "/e", "http://example.com/e"},
		{"http://a%20b.example/", "e", ""},
		{"/a", "e", ""},
		{"http://" + strings.Repeat("a", 600) + "/", "e", ""},
	} {
		if u, _ := parseURI(tt.ref, parseBase(tt.base), nil); u.URL != tt.want {
			t.Errorf("%.40s and %s: %s, want %s", tt.base, tt.ref, u.URL, tt.want)
		}
	}
}

func TestURIsInText(t *testing.T) {
	tests := []struct {
		text string
		urls []string
	}{
		{"See http://example.com/a.b, (https://example.org/x_(y)) and <http://example.net>.", []string{
			"http://example.com/a.b", "https://example.org/x_(y)", "http://example.net"}},
		{"go to www.Example.com/x?y=1! or example.org; not 3.14, e.g. finished.So or file.html", []string{
			"http://www.example.com/x?y=1", "http://example.org"}},
		{"john.doe@example.com or mailto:jane@example.org", []string{"mailto:john.doe@example.com",
			"mailto:jane@example.org"}},
		{"http://example.com http://example.com/ HTTP://EXAMPLE.com", []string{"http://example.com", "http://example.com/"}},
		{"http://r.example.com/*http://evil.example.org/x", []string{
			"http://r.example.com/*http://evil.example.org/x", "http://evil.example.org/x"}},
		{"https://www.google.com/url?q=https%3A%2F%2Fevil.example.org%2Fp&sa=D", []string{
			"https://www.google.com/url?q=https%3A%2F%2Fevil.example.org%2Fp&sa=D", "https://evil.example.org/p"}},
		{"a.b.c.d....e ::: @@ http:// . @. x@y ://", nil},
		{"Besuchen Sie http://example.de。", []string{"http://example.de"}},
	}
	for _, tt := range tests {
		var urls []string
		for _, u := range Parse([]byte("Subject: x\n\n" + tt.text)).URIs() {
			urls = append(urls, u.URL)
		}
		if !slices.Equal(urls, tt.urls) {
			t.Errorf("%q: %q", tt.text, urls)
		}
	}
}

func TestURIsInHTML(t *testing.T) {
	m := Parse([]byte("Content-Type: text/html\n\n<base href='http://example.com/a/'><a href='b.html'>b</a> " +
		"<a href='http://evil.example.org/'>http://www.example.com/</a><img src=cid:1><img src=http://example.net/i.gif>" +
		"<form action='https://example.org/f'></form>"))
	want := []struct {
		url    string
		source Source
		anchor string
	}{
		{"http://example.com/a/b.html", SourceLink, "b"},
		{"http://evil.example.org/", SourceLink, "http://www.example.com/"},
		{"http://example.net/i.gif", SourceImage, ""},
		{"https://example.org/f", SourceForm, ""},
		{"http://www.example.com/", SourceText, ""},
	}
	uris := m.URIs()
	if len(uris) != len(want) {
		t.Fatalf("%+v", uris)
	}
	for i, w := range want {
		if u := uris[i]; u.URL != w.url || u.Source != w.source || u.Anchor != w.anchor {
			t.Errorf("%+v, want %+v", u, w)
		}
	}
}
