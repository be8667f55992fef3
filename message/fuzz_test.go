package message

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// fuzzMails are seeds of every shape that the parser knows.
var fuzzMails = []string{
	"",
	"\n",
	"From joe@example.org Mon Nov  2 10:00:00 2026\nSubject: x\n\nbody",
	"Subject: =?utf-8?b?w6TDtsO8?= =?iso-8859-1*de?q?=E4?=\r\n folded\r\n\r\nbody\r\n",
	"Content-Type: multipart/mixed; boundary=\"b\"\n\npre\n--b\nContent-Type: text/html; charset=utf-16\n" +
		"Content-Transfer-Encoding: base64\n\nPGI+\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ntext\n--b--\npost",
	"Content-Type: multipart/digest\n\n--x\n\nSubject: y\n\nz\n--x--\n",
	"Content-Type: text/html; name*0*=utf-8''%C3%A4; name*1=b\nContent-Transfer-Encoding: quoted-printable\n\n" +
		"<a href=3D\"http://ex=61mple.com/\">x=\n</a>=ZZ",
	"Received: from a (b [192.0.2.1]) by c with SMTP id d; Mon\nReceived: (qmail 1 invoked by uid 2); x\n\n",
	"Content-Type: text/plain; charset=gb2312\n\n\xc4\xe3\xba\xc3\x00\x1b$B",
	"Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=XYZ; boundary*=utf-8''a\n" +
		"Content-Transfer-Encoding: 7bit\n" +
		"Content-Transfer-Encoding: (x) base64\n\n--a\n--XYZ\n\nx\n--a b\nContent-Type: text/html\n<b>\n--a--\n--a\n\ny",
	"--x: y\nA: b\n \nwords\nC: d\r\r\n\r\r\nbody",
	"Content-Type: multipart/mixed boundary=\"A\n B\"\n\n--AB\nContent-A: b\n\nPA==PA==\n--AB--",
	"Content-Type: text/html; charset=utf-7\n\n+ADw-b+AD4-\x00",
	" continuation\n--boundary\n:\nbroken line\n",
	"Content-Disposition: attachment;\nfilename*1*=%65; filename*0*=utf-8''a%2E; filename*0=b; FileName*=x\"y\"; name = " +
		"\"=?utf-8?q?=E2=80=AE?=\" \"z\"\n" +
		"Content-Type: a/b; name*10=c; name*9=\"\u202e\u200b. . \"; name=(d)e\n\nx",
}

func FuzzParse(f *testing.F) {
	for _, s := range fuzzMails {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m := Parse(raw)
		everything(m)
		for _, d := range m.Defects() {
			if d.String() == "" {
				t.Errorf("defect %d has no name", d)
			}
		}
		for _, p := range m.Leaves() {
			if p.IsText() && !utf8.ValidString(p.Text()) {
				t.Errorf("text of %s is not UTF-8: %q", p.MediaType, p.Text())
			}
		}
		size := len(m.Body())
		for i := range m.Header().Fields() {
			f := &m.Header().Fields()[i]
			size += len(f.Raw())
			ParseAddresses(f.Value())
			if !utf8.ValidString(f.Decoded()) {
				t.Errorf("%q is not UTF-8", f.Decoded())
			}
			if strings.ContainsAny(f.Value(), "\n") {
				t.Errorf("%q is not unfolded", f.Value())
			}
		}
		if size > len(raw) {
			t.Errorf("header and body have %d octets of %d", size, len(raw))
		}
		m.Header().Date()
		SplitRelays(m.Relays(), Networks{})
		if !bytes.Equal(raw, before) {
			t.Error("the mail was changed")
		}
		crlf := bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r"), nil), []byte("\n"), []byte("\r\n"))
		if Parse(crlf).Digest() != Parse(bytes.ReplaceAll(crlf, []byte("\r\n"), []byte("\n"))).Digest() {
			t.Error("the digest depends on line ends")
		}
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("<style>.a{display:none}</style><p class=a style='color:#fff;font-size:0'>x<a href=http://example.com>y</a>")
	f.Add("<table background=x><tr><td bgcolor=red><font color=rgb(255,0,0)>z<td></tr></table><title>t")
	f.Add("a < b</><br/><!-->-><title>T &amp; t</title ><textarea></textarea x='>'><p a=b/c d = \"e>\"/f =g>h\r\n" +
		"&lt;</p q='>")
	f.Add("<style>a>b{}</style><script><!--<script>x</script>--></script><!DOCTYPE " +
		"x><?y?><iframe/>z>z>z>z>z</iframe><img src=a")
	f.Add("<!-- c --><form action=x><input type=password></form><svg><![CDATA[x]]></svg><plaintext>")
	f.Fuzz(func(t *testing.T, source string) {
		if !utf8.ValidString(source) {
			return
		}
		h := ParseHTML(source)
		if len(h.Text)+len(h.Hidden) > 3*len(source) {
			t.Errorf("%d octets of text from %d", len(h.Text)+len(h.Hidden), len(source))
		}
		if h.MaxDepth > maxNesting || len(h.Links) > maxItems {
			t.Errorf("depth %d, %d links", h.MaxDepth, len(h.Links))
		}
		z := html.NewTokenizer(strings.NewReader(source))
		for token := range h.Tokens {
			kind := z.Next()
			if kind == html.SelfClosingTagToken {
				kind = html.StartTagToken
			}
			switch name := strings.ToLower(token.Raw); {
			case kind != token.Type:
				t.Fatalf("%v: %q", token.Type, token.Raw)
			case string(z.Raw()) != token.Raw:
				t.Fatalf("token %q, want %q", token.Raw, z.Raw())
			case token.Type == html.TextToken && string(z.Text()) != token.Text:
				t.Fatalf("text %q of %q", token.Text, token.Raw)
			case strings.HasPrefix(name, "<no"):
				return // of what is in <noscript> and its like, the document decides
			}
		}
		if z.Next() != html.ErrorToken {
			t.Fatalf("no token for %q", z.Raw())
		}
	})
}

func FuzzReceived(f *testing.F) {
	f.Add("from a (IDENT:b@c [192.0.2.1] (may be forged)) (authenticated bits=0) by d (8.1/8.1) with ESMTP id e for " +
		"<f@g>; Mon")
	f.Add("from [192.0.2.1] (helo=a ident=b) by c with smtp (Exim 4) id d")
	f.Add("(from a@localhost) by b id c; ((")
	f.Fuzz(func(t *testing.T, value string) {
		r := ParseReceived(value)
		if r.Handover == HandoverTCP && !r.IP.IsValid() {
			t.Errorf("handover over the network without address: %+v", r)
		}
		s := Relay{Received: &r}.String()
		if strings.Count(s, "\n") > 0 {
			t.Errorf("%q", s)
		}
	})
}

func FuzzURI(f *testing.F) {
	f.Add("see http://user@ex%61mple.com:80/a(b)?c=https%3A%2F%2Fd.example.org, www.example.com; joe@example.org.")
	f.Add(`http:\\0x7f.1/ http://[::1]/ http://bücher.example mailto:a@b.example?subject=x //x.example data:x,y`)
	f.Add("www.Evil.Com .....http://a.example hxxp://b.example/x http://c\u3002example\uff0ecom d。example.org " +
		"www.пример.рф ев\u200bил.com")
	f.Add("https://www.google.com/url?q=a.example/x&u=HTTP%253A%252f%252fb.example?r=//c.example" +
		"#http:d.example&u=aHR0cHM6Ly9lLmV4YW1wbGU")
	f.Add("\x01http:/\\user@www\uff61a-b.translate.goog:80/http://a.example/*https:/b.example x://c.example " +
		"h**p://d.example")
	f.Fuzz(func(t *testing.T, text string) {
		scan := uriScanner{text: text}
		last := -1
		for n := 0; ; n++ {
			raw, ok := scan.next()
			if !ok {
				break
			}
			if n > len(text) || scan.pos <= last {
				t.Fatalf("no progress at %d", scan.pos)
			}
			last = scan.pos
			u, ok := ParseURI(raw)
			if ok && u.Scheme == "http" && u.Host == "" {
				t.Errorf("%q has no host", raw)
			}
			if again, ok2 := ParseURI(u.URL); ok && ok2 && again.Host != u.Host && u.Scheme == "http" {
				t.Errorf("%q: host %q, then %q", raw, u.Host, again.Host)
			}
		}
		parseURI("x/y", parseBase(text), nil)
		m := Parse([]byte("Subject: x\n\n"))
		c := uriCollector{m: m}
		c.add(text, parseBase("http://base.example/a/b"), URI{Source: SourceLink})
		if n := len(m.uris); n > 1+maxNested {
			t.Errorf("%d URIs in one", n)
		}
	})
}
