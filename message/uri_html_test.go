package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestHTMLSpellings holds that what a client opens at a click is found however the HTML writes it.
func TestHTMLSpellings(t *testing.T) {
	for _, source := range []string{
		`<a href="&#1;http://evil-marker.com/x">k</a>`,
		`<a href="&#x1f;http://evil-marker.com/x">k</a>`,
		`<a href=" &#0;&#x7f;&#xa0;&#x200b;&#xfeff;http://evil-marker.com/x&#2; ">k</a>`,
		`<a href="h&#9;tt&#10;p:/&#13;/evil-mar&#10;ker.com/x">k</a>`,
		`<a href="http://evil&#1;-marker.com/x">k</a>`,
		`<a href="http:/evil-marker.com/x">k</a>`,
		`<a href="http:evil-marker.com/x">k</a>`,
		`<a href="HTTP:////evil-marker.com/x">k</a>`,
		`<a href="http:\\evil-marker.com/x">k</a>`,
		`<a href="/\evil-marker.com/x">k</a>`,
		`<a href="\\evil-marker.com/x">k</a>`,
		`<a href="hxxp://evil-marker.com/x">k</a>`,
		`<a href="hXXp:\\Evil-Marker.Com/x">k</a>`,
		`<a href="Evil-Marker.Com/x">k</a>`,
		`<a href="http://%65vil-marker%2Ecom/x">k</a>`,
		`<a href="http://evil-marker&#12290;com/x">k</a>`,
		`<a href="http://evil-marker%E3%80%82com/x">k</a>`,
		`<a href="http://&#xff45;vil&#x200b;-marker&#65294;com/x">k</a>`,
		`<a href="http://` + strings.Repeat("a", 5000) + `@evil-marker.com/x">k</a>`,
		`<a href="http://www.bank.example` + strings.Repeat("%20", 30000) + `@evil-marker.com/x">k</a>`,
		`<a href="https://ok.example/" data-saferedirecturl="https://www.google.com/url?q=http://evil-marker.com/x">k</a>`,
		`<a href="https://ok.example/" originalsrc="http://evil-marker.com/x">k</a>`,
		`<svg><a xlink:href="http://evil-marker.com/x">k</a></svg>`,
		`<button formaction="http://evil-marker.com/x">k</button>`,
		`<!--[if mso]><a href="http://evil-marker.com/x">k</a><![endif]-->`,
		`<!-- [if gte mso 9]><p><![if x]><a href="http://evil-marker.com/x">k</a><![endif]-->`,
		`<!--[if mso]><v:roundrect href="http://evil-marker.com/x">k</v:roundrect><![endif]-->`,
		`<v:rect href="http://evil-marker.com/x" style="width:9px"><center>k</center></v:rect>`,
		`<a href="http://ok.example/"><!--[if mso]><a href="http://evil-marker.com/x">k</a><![endif]--></a>`,
		`<base href="&#1;http:\\evil-marker.com\y/"><a href="../x">k</a>`,
		`<base href="//evil-marker.com"><a href="/x">k</a>`,
		`<base href="http://evil-marker.com/x"><a href="?y">k</a>`,
		`<base href="http://evil-marker.com/x"><a href="%zz&#1;">k</a>`,
		`<meta http-equiv="refresh" content="0; http://evil-marker.com/x">`,
		`<meta http-equiv="refresh" content="0;URL = 'http://evil-marker.com/x'">`,
		`<img srcset="http://ok.example/a 1x, http://evil-marker.com/x 2x">`,
		`<video poster="http://evil-marker.com/x"></video>`,
		`<a href="https://ok.example//evil-marker.com/x">k</a>`,
		`<a onclick="window.location='http://evil-marker.com/x';return false">k</a>`,
		`<a href="#" onmouseover='location.href="https:\/\/evil-marker.com\/x"'>k</a>`,
		`<p onclick="window.open(&quot;//evil-marker.com/x&quot;)">k</p>`,
		`<p OnClick=open('http:evil-marker.com')>k</p>`,
		`<style>@import "http://evil-marker.com/x.css";</style>k`,
		`<style>p { color: red } @IMPORT url('http://evil-marker.com/x.css') screen;</style>k`,
		`<style>@media print{p{color:red}} @import'//evil-marker.com/x';</style>k`,
		`<style>p { background: URL( "http://evil-marker.com/x" ) }</style>k`,
		`<p style="color:red;list-style-image:url(http://evil-marker.com/x)">k</p>`,
		`<p style="background:url(http://ok.example/a);cursor:url(http://evil-marker.com/x),auto">k</p>`,
		`<a href="http://evil-marker[.]com/x">k</a>`,
		`<a href="hxxp://evil-marker(.)com/x">k</a>`,
		`<a href="search-ms:query=x&crumb=location:\\evil-marker.com\x">k</a>`,
		`<a href="https://ok.example/?u=ht%09tp://evil-marker%252Ecom/x">k</a>`,
		strings.Repeat(`<a href="http://ok.example/?x"></a>`, 2500) + `<a href="http://evil-marker.com/x">k</a>`,
		many(1001) + `<a href="http://evil-marker.com/x">k</a>`,
		many(2500) + `<a href="http://evil-marker.com/x">k</a>`,
		`<a href="http://evil-marker.com/x">k</a>` + many(9000),
		many(9000) + `<a href="http://evil-marker.com/x">k</a>`,
	} {
		urls := Parse([]byte("Content-Type: text/html; charset=utf-8\n\n<p>" + source)).URIs()
		if !slices.ContainsFunc(urls, func(u URI) bool {
			return u.Host == "evil-marker.com"
		}) {
			t.Errorf("%.150q: %d URIs, %.400v", source, len(urls), urls)
		}
	}
}

// many returns n links to as many hosts.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<a href="http://g%d.org/">a</a>`, i)
	}
	return b.String()
}

// TestURISpread holds that the number of URIs is bounded, and that of too many the first, the last and one of each
// host stay.
func TestURISpread(t *testing.T) {
	var b strings.Builder
	for i := range 9000 {
		host := "ok.example.com"
		if i == 4500 {
			host = "evil-marker.com"
		}
		fmt.Fprintf(&b, "http://%s/%d\n", host, i)
	}
	uris := Parse([]byte("Subject: x\n\n" + b.String())).URIs()
	if len(uris) != maxURIs+1 {
		t.Errorf("%d URIs", len(uris))
	}
	for i, want := range map[int]string{0: "http://ok.example.com/0", maxURIs / 2: "http://evil-marker.com/4500",
		maxURIs/2 + 1: "http://ok.example.com/8000", maxURIs: "http://ok.example.com/8999"} {
		if uris[i].URL != want {
			t.Errorf("%d is %s, want %s", i, uris[i].URL, want)
		}
	}
	h := ParseHTML(many(9000))
	if len(h.Links) != maxItems || h.Links[maxItems/2].URL != "http://g7000.org/" ||
		h.Links[maxItems-1].URL != "http://g8999.org/" {
		t.Errorf("%d links, %v", len(h.Links), h.Links[maxItems/2])
	}
}

// TestFoldedText holds that a URI is found that the line's end divides where a client joins the lines.
func TestFoldedText(t *testing.T) {
	const marker = "http://evil-marker.com/x"
	for _, mail := range []string{
		"Content-Type: text/plain; format=flowed; delsp=yes\n\n> old \n> text\nsee http://evil-mar \nker.com/x here\n",
		"Content-Type: text/plain; Format=Flowed; DelSp=Yes\n\n> http://evil- \n> mark \n> er.com/x\n",
		"Content-Type: text/calendar\n\nBEGIN:VEVENT\nDESCRIPTION:see http://evil-mark\n er.com/x\\nAll the best\\, Joe\n" +
			"END:VEVENT\n",
		"Content-Type: text/calendar\n\nURL:http://evil\r\n\t-mar\r\n ker.com/x\r\n",
		"Content-Type: application/ics; name=a.ics\n\nURL:http://evil-mark\n er.com/x\n",
		"Content-Type: text/plain; name=invite.ics\n\nURL:http://evil-mark\n er.com/x\n",
		"Content-Type: text/vcard\n\nURL:http://evil-mark\n er.com/x\n",
	} {
		if uris := Parse([]byte(mail)).URIs(); len(uris) != 1 || uris[0].URL != marker {
			t.Errorf("%q: %v", mail, uris)
		}
	}
	const flowedBody = "Content-Type: text/plain; format=flowed; delsp=yes\n\nDear cus \ntomer, you have w \non\n"
	if got := Parse([]byte(flowedBody)).Root().Visible(); got != "Dear customer, you have won" {
		t.Errorf("joined: %q", got)
	}
	flowed := Parse([]byte("Content-Type: text/plain; format=flowed\n\nhttp://evil- \nmarker.com/x\n"))
	if uris := flowed.URIs(); len(uris) != 2 || uris[0].Host != "evil-" || uris[1].Host != "marker.com" {
		t.Errorf("without delsp: %v", uris)
	}
}
