package message

import (
	"slices"
	"strings"
	"testing"
)

// TestURISpellings holds that a URI in running text is found however it is written.
func TestURISpellings(t *testing.T) {
	const marker = "http://www.evil-marker.com/x"
	tests := []struct {
		text string
		urls []string
	}{
		// The last label is capitalised.
		{"www.Evil-Marker.Com", []string{"http://www.evil-marker.com"}},
		{"www.Evil-Marker.COM", []string{"http://www.evil-marker.com"}},
		{"see WWW.Evil-Marker.Com/x now", []string{marker}},
		{"Evil-Marker.Com", []string{"http://evil-marker.com"}},
		{"the7zuum.COM or the7zuum.RU", []string{"http://the7zuum.com", "http://the7zuum.ru"}},
		{"www2.evil-marker.Top", []string{"http://www2.evil-marker.top"}},
		{"evil-marker.Click/x evil-marker.Click:8080", []string{"http://evil-marker.click/x",
			"http://evil-marker.click:8080"}},
		{"Benefits.Click here. It is finished.So we left.In the end.It was Core.pm", nil},
		// Dots, letters and unknown schemes before the scheme.
		{".....http://www.evil-marker.com/x", []string{marker}},
		{".....http://www.evil-marker.com..........", []string{"http://www.evil-marker.com"}},
		{"a.b.http://www.evil-marker.com/x", []string{marker}},
		{"clickhttp://www.evil-marker.com/x", []string{marker}},
		{"хhttps://www.evil-marker.com/x", []string{"https://www.evil-marker.com/x"}},
		{"see evil-marker[.]com/x.", []string{"http://evil-marker.com/x"}},
		{"(evil-marker(.)com)", []string{"http://evil-marker.com"}},
		{"www[.]evil-marker[.]com/x and www.evil-marker[.]com", []string{"http://www.evil-marker.com/x",
			"http://www.evil-marker.com"}},
		{"hxxp://www.evil-marker[.]com/x http://evil-marker(.)com/y", []string{marker, "http://evil-marker.com/y"}},
		{"http://evil-marker dot com/x?a and http://www Dot evil-marker dot com", []string{"http://evil-marker.com/x?a",
			"http://www.evil-marker.com"}},
		{"http://evil-marker[dot]com/x", []string{"http://evil-marker.com/x"}},
		{"a[.]b, x(.)y, [.] (.) ...[.]com end(.)", nil},
		{"http://good.org dot the i", []string{"http://good.org"}},
		{"hxxp://www.evil-marker.com/x hXXps://evil-marker.com", []string{marker, "https://evil-marker.com"}},
		{"h**p://www.evil-marker.com/x", []string{marker}},
		{"ftp.evil-marker.com", []string{"ftp://ftp.evil-marker.com"}},
		{"www.foo@Evil-Marker.com:80", []string{"http://evil-marker.com:80"}},
		{`http:\\www.evil-marker.com/x http:/www.evil-marker.com/x`, []string{marker}},
		{"....www.evil-marker.com... ...evil-marker.com", []string{"http://www.evil-marker.com", "http://evil-marker.com"}},
		{"a,http://evil-marker.com,b;https://evil-marker.com;b", []string{"http://evil-marker.com",
			"https://evil-marker.com"}},
		{"url=www.evil-marker.com and/www.evil-marker.com/x", []string{"http://www.evil-marker.com", marker}},
		{"http://evil-marker.com谢谢 https://evil-marker.com👈", []string{"http://evil-marker.com", "https://evil-marker.com"}},
		// IDNA.
		{"http://www\u3002evil-marker\u3002com/x", []string{marker}},
		{"http://www\uff0eevil-marker\uff0ecom/x", []string{marker}},
		{"http://www\uff61evil-marker\uff61com/x", []string{marker}},
		{"http://www\u2024evil-marker\ufe52com/x", []string{marker}},
		{"http://u@www\u3002evil-marker.com/x", []string{marker}},
		{"http://ｗｗｗ．ｅｖｉｌ－ｍａｒｋｅｒ．ｃｏｍ/x", []string{marker}},
		{"ｗｗｗ．evil-marker．ｃｏｍ/x", []string{marker}},
		{"www。evil-marker。com/x", []string{marker}},
		{"http://ev\u200bil-mar\u00adker.com", []string{"http://evil-marker.com"}},
		{"ev\u200bil-marker.com", []string{"http://evil-marker.com"}},
		{"www.пример.рф, пример.рф/x", []string{"http://www.xn--e1afmkfd.xn--p1ai", "http://xn--e1afmkfd.xn--p1ai/x"}},
		{"b\u00fccher.example.de and раураl.com", []string{"http://xn--bcher-kva.example.de", "http://xn--l-7sba6dbr.com"}},
		{"www.例え.jp 例え.jp", []string{"http://www.xn--r8jz45g.jp", "http://xn--r8jz45g.jp"}},
		{"詳細はwww.evil-marker.com/xをご覧ください。", []string{"http://www.evil-marker.com/xをご覧ください"}},
		{"詳細はevil-marker.comをご覧ください。", []string{"http://evil-marker.com"}},
		{"http://evil-marker.com。次の文です。例えば", []string{"http://evil-marker.com"}},
		{"http://evil-marker.com/x。com", []string{"http://evil-marker.com/x"}},
		{"Всё кончено.Начало конца.Дети играют. слово.слово", nil},
		{"это.конец и т.д. и т.п.", nil},
		// Redirectors.
		{"HTTPS://WWW.GOOGLE.COM/URL?Q=HTTP%3A%2F%2FWWW.EVIL-MARKER.COM%2Fx", []string{
			"https://www.google.com/URL?Q=HTTP%3A%2F%2FWWW.EVIL-MARKER.COM%2Fx", marker}},
	}
	for _, tt := range tests {
		var urls []string
		for _, u := range Parse([]byte("Content-Type: text/plain; charset=utf-8\n\n" + tt.text)).URIs() {
			urls = append(urls, u.URL)
		}
		if !slices.Equal(urls, tt.urls) {
			t.Errorf("%q: %q, want %q", tt.text, urls, tt.urls)
		}
	}
}

// TestNestedURIs holds that what a redirector leads to is found.
func TestNestedURIs(t *testing.T) {
	const marker = "evil-marker.com"
	for _, url := range []string{
		"https://www.google.com/url?q=evil-marker.com/x",
		"https://www.google.com/url?q=http:/evil-marker.com/x",
		"https://www.google.com/url?q=http:evil-marker.com/x",
		"https://www.google.com/url?q=HTTPS%3A%2F%2Fevil-marker.com%2Fx",
		"HTTPS://WWW.GOOGLE.COM/URL?Q=EVIL-MARKER.COM",
		"google.com/url?q=evil-marker.com/x",
		"https://www.google.com/url?sa=t&amp;url=evil-marker.com%2fx",
		"https://www.google.com/amp/s/evil-marker.com/x",
		"https://evil--marker-com.translate.goog/x?_x_tr_sl=auto",
		"https://cdn.ampproject.org/c/s/evil-marker.com/x",
		"https://r.good.org/?u=https%253A%252F%252Fevil-marker.com%252Fx",
		"https://r.good.org/?u=https%25253A%25252F%25252Fevil-marker.com%25252Fx",
		"https://r.good.org/?u=%2568ttp%253A//evil-marker.com/x",
		"https://r.good.org/?u=//evil-marker.com/x",
		"https://r.good.org/?u=%2F%2Fevil-marker.com/x",
		`https://r.good.org/?u=\\evil-marker.com/x`,
		`https://r.good.org/?u=https:\\evil-marker.com/x`,
		"https://r.good.org/?a=http://fine.org/&u=http://evil-marker.com/x",
		"https://r.good.org/?a=http%3A%2F%2Ffine.org%2F&u=hxxp://evil-marker.com/x",
		"https://r.good.org/?u=http://other.org/?v=http%3A%2F%2Fevil-marker.com",
		"https://r.good.org/?u=http%3A%2F%2Fother.org%2F%3Fv%3Dhttp%253A%252F%252Fevil-marker.com",
		"https://r.good.org/#http://evil-marker.com/x",
		"https://r.good.org/#/go?url=evil-marker.com/x",
		"https://r.good.org/x/http%3A%2F%2Fevil-marker.com/x",
		"https://r.good.org/x/HTTP:/evil-marker.com/x",
		"https://r.good.org/*http://one.org/*http://two.org/*http://three.org/*http://evil-marker.com/",
		"https://href.li/?https://evil-marker.com/?a=b&c=d",
		"https://href.li/?evil-marker.com",
		"https://r.good.org/?u=aHR0cHM6Ly9ldmlsLW1hcmtlci5jb20veA==",
		"https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9ldmlsLW1hcmtlci5jb20veA&ntb=1",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__evil-2Dmarker.com_x&d=DwM",
		"https://urldefense.com/v3/__https://evil-marker.com/x__;!!A",
		"https://r.good.org/?pad=" + strings.Repeat("a", 5000) + "&u=http://evil-marker.com/x",
		"https://aaaa" + strings.Repeat("a", 5000) + "@evil-marker.com/x",
		"https://aaaa" + strings.Repeat("a", 70000) + "@evil-marker.com/x",
		"https://r.good.org/?a=1;url=evil-marker.com",
		"https://r.good.org/?u=SFRUUFM6Ly9ldmlsLW1hcmtlci5jb20=",
		"%68%74tp://evil-marker.com/x",
		"ms-word:ofe|u|https://evil-marker.com/x.docx",
		"javascript:location='https://evil-marker.com/x'",
	} {
		m := Parse([]byte("Content-Type: text/html\n\n<a href=\"" + url + "\">k</a>"))
		if !slices.ContainsFunc(m.URIs(), func(u URI) bool { return u.Host == marker }) {
			t.Errorf("%.100q: %.300v", url, m.URIs())
		}
	}
	for _, url := range []string{"https://good.org/search?q=evil-marker.com",
		"https://good.org/?v=1.2.3&file=evil-marker.com&t=12:30",
		"https://good.org/?mail=joe@evil-marker.com&time=http:12"} {
		if u := Parse([]byte("Content-Type: text/html\n\n<a href=\"" + url + "\">k</a>")).URIs(); len(u) != 1 {
			t.Errorf("%q: %v", url, u)
		}
	}
}
