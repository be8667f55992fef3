package message

import (
	"strings"
	"testing"
)

func TestHTMLVisibility(t *testing.T) {
	tests := []struct{ name, source, visible, hidden string }{
		{"plain", "<p>Hello,\n  <b>wor</b>ld</p><p>Bye", "Hello, world\nBye", ""},
		{"display", `a<div style="DISPLAY : none !important">x</div>b`, "a\nb", "x"},
		{"display stays none inside", `<div style="display:none"><p style="display:block">x</p></div>b`, "b", "x"},
		{"visibility can be undone", `<div style="visibility:hidden">x<i style="visibility:visible">y</i></div>`, "y", "x"},
		{"font size", `<span style="font-size:0px">x</span>a<span style="font-size:1px">y</span>`, "a", "xy"},
		{"font size undone inside", `<td style="font-size:0"><span style="font-size:14px">a</span></td>`, "a", ""},
		{"white on white", `<font color="#FFFFFF">x</font>a`, "a", "x"},
		{"near white", `<font color=#fdfdfd>x</font>a`, "a", "x"},
		{"white on blue", `<table bgcolor=blue><tr><td><font color=white>a</font></table>`, "a", ""},
		{"white on an image", `<td style="background-image:url(x.png)"><font color=white>a</font>`, "a", ""},
		{"colours by name", `<body bgcolor=black text=black>x<font color=white>a`, "a", "x"},
		{"rgb", `<span style="color:rgb(255, 255, 255)">x</span>a`, "a", "x"},
		{"opacity", `<span style="opacity:0">x</span>a`, "a", "x"},
		{"preheader", `<div style="max-height:0;overflow:hidden">x</div>a`, "a", "x"},
		{"off screen", `<div style="position:absolute;left:-9999px">x</div>a`, "a", "x"},
		{"hidden attribute", `<p hidden>x</p>a`, "a", "x"},
		{"style sheet", `<style>@media screen{.m{display:none}} p.h, .z{display:none}</style><p class="q H">x</p><b ` +
			`class=m>a</b>`, "a", "x"},
		{"unclosed p", `<p style="display:none">x<p>a`, "a", "x"},
		{"zero width", "V\u200bi\u00adagra", "Viagra", ""},
		{"spaces", "a&nbsp;&nbsp;b\u3000c", "a b c", ""},
		{"script and style", `<script>x</script><style>y</style>a<!-- z -->`, "a", ""},
		{"noscript", `<noscript><b>a</b></noscript>`, "a", ""},
		{"cells", `<table><tr><td>a<td>b<tr><td>c</table>`, "a b\nc", ""},
		{"stray end tag in a cell",
			`<div style="color:red"><table bgcolor=white><td style="display:none"></div>x</td></table>a`, "a", "x"},
		{"broken tags", `<<b>a</b <i>c< d`, "<ac< d", ""},
	}
	for _, tt := range tests {
		h := ParseHTML(tt.source)
		if h.Text != tt.visible || h.Hidden != tt.hidden {
			t.Errorf("%s: visible %q, hidden %q; want %q, %q", tt.name, h.Text, h.Hidden, tt.visible, tt.hidden)
		}
	}
}

func TestHTMLParts(t *testing.T) {
	h := ParseHTML(`<html><head><title> The
		title </title><base href="http://b.example/"></head><body onload="x()">
		<a href=" http://a.example/?a=1&amp;b=2 ">click <b>here</b></a>
		<a href="http://h.example/" style="display:none">no</a> <a href=one>1<a href=two><img src=i.png width=1 height="1px" alt=x></a>
		<form action=/f><input name=u><input type=hidden><input type=PASSWORD></form>
		<iframe src=http://f.example/>text</iframe><meta http-equiv=Refresh content="0; URL='http://r.example/'">
		<table background="bg.png"></table>&#8203;</body></html>`)
	if h.Title != "The title" || h.Base != "http://b.example/" || h.Handlers != 1 || h.ZeroWidth != 1 {
		t.Errorf("title %q base %q handlers %d zero width %d", h.Title, h.Base, h.Handlers, h.ZeroWidth)
	}
	links := []Link{{"http://a.example/?a=1&b=2", "click here", false, false}, {"http://h.example/", "no", false, true},
		{"one", "1", false, false}, {"two", "", true, false}}
	if len(h.Links) != len(links) {
		t.Fatalf("links %+v", h.Links)
	}
	for i := range links {
		if h.Links[i] != links[i] {
			t.Errorf("link %+v, want %+v", h.Links[i], links[i])
		}
	}
	if len(h.Images) != 2 || h.Images[0] != (Image{"i.png", "x", 1, 1, false}) || !h.Images[1].Background {
		t.Errorf("images %+v", h.Images)
	}
	if len(h.Forms) != 1 || h.Forms[0] != (Form{"/f", 2, true}) {
		t.Errorf("forms %+v", h.Forms)
	}
	if got := strings.Join(h.Resources, " "); got != "http://f.example/ http://r.example/" {
		t.Errorf("resources %q", got)
	}
	if h.Tag("a") != (Tag{"a", 4, 3}) {
		t.Errorf("a: %+v", h.Tag("a"))
	}
}
