package message

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestLeaves(t *testing.T) {
	head := "MIME-Version: 1.0\nContent-Type: "
	tests := []struct {
		name, raw string
		leaves    []string // "type: text"
		defects   []Defect
	}{
		{"no type", "A: b\n\ntext", []string{"text/plain: text"}, nil},
		{"two parts", head + "multipart/alternative; boundary=\"=_b\"\n\npreamble\n--=_b\n\none\n--=_b\n" +
			"Content-Type: text/html\n\n<b>two</b>\n\n--=_b--\nepilogue",
			[]string{"text/plain: one", "text/html: <b>two</b>\n"}, nil},
		{"white space after the delimiter", head + "multipart/mixed; boundary=b\n\n--b \n\none\n--b--  \n",
			[]string{"text/plain: one"}, nil},
		{"longer boundary inside", head + "multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n" +
			"\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n",
			[]string{"text/plain: one", "text/plain: two"}, nil},
		{"unclosed", head + "multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo", []string{"text/plain: one",
			"text/plain: two"},
			[]Defect{DefectUnclosedMultipart}},
		{"inner part unclosed", head + "multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n" +
			"--c\n\none\n--b\n\ntwo\n--b--\n",
			[]string{"text/plain: one", "text/plain: two"}, []Defect{DefectUnclosedMultipart}},
		{"boundary never occurs", head + "multipart/mixed; boundary=b\n\njust text", []string{"text/plain: just text"},
			[]Defect{DefectMissingBoundary}},
		{"no boundary parameter", head + "multipart/mixed\n\n--x\nContent-Type: text/html\n\none\n--x--\n",
			[]string{"text/html: one"},
			[]Defect{DefectNoBoundary}},
		{"nothing to guess from", head + "multipart/mixed\n\ntext", []string{"text/plain: text"},
			[]Defect{DefectNoBoundary, DefectMissingBoundary}},
		{"same boundary inside", head + "multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n" +
			"--b\n\none\n--b--\n",
			[]string{"multipart/mixed: ", "text/plain: one"}, []Defect{DefectDuplicateBoundary, DefectMissingBoundary}},
		{"mail in mail", head + "multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: x\n" +
			"Content-Type: text/html\n\n<i>\n--b--\n",
			[]string{"text/html: <i>"}, nil},
		{"mail in mail in base64", head + "message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKaGk=\n",
			[]string{"text/plain: hi"}, nil},
		{"digest", head + "multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b--\n", []string{"text/plain: one"},
			nil},
		{"part without empty line", head + "multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\nthis is\n" +
			"no header\nat all,\nnot at all\n--b--\n",
			[]string{"text/html: this is\nno header\nat all,\nnot at all"}, []Defect{DefectMissingPartHeader,
				DefectMalformedField}},
		{"broken type", head + "text\n\nx", []string{"text/plain: x"}, []Defect{DefectBadContentType}},
		{"base64", head + "text/plain\nContent-Transfer-Encoding: BASE64 (yes)\n\naGVs\n bG8=\n",
			[]string{"text/plain: hello"}, nil},
		{"base64 with a footer", head + "text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n____\nlist footer",
			[]string{"text/plain: hello"},
			[]Defect{DefectBadBase64}},
		{"base64 cut off", head + "text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ",
			[]string{"text/plain: hello world"},
			[]Defect{DefectTruncatedBase64}},
		{"base64 with junk", head + "text/plain\nContent-Transfer-Encoding: base64\n\naGV!sb-G8=\n",
			[]string{"text/plain: hello"},
			[]Defect{DefectBadBase64}},
		{"quoted-printable", head + "text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nh=C3=A4=\n" +
			"=c3=b6 \t\nx=3D=  \ny",
			[]string{"text/plain: häö\nx=y"}, nil},
		{"broken quoted-printable", head + "text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=b =ZZ =",
			[]string{"text/plain: a=b =ZZ "},
			[]Defect{DefectBadQuotedPrintable}},
		{"unknown encoding", head + "text/plain\nContent-Transfer-Encoding: x-odd\n\na=3D", []string{"text/plain: a=3D"},
			[]Defect{DefectUnknownEncoding}},
		{"unknown encoding of what is base64", head + "text/plain\nContent-Transfer-Encoding: x-base64\n\n" +
			strings.Repeat("aGVsbG8g", 6) + "\n",
			[]string{"text/plain: " + strings.Repeat("hello ", 6)}, []Defect{DefectUnknownEncoding}},
		{"uuencode", head + "text/plain\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n+:&5L;&\\@=V]R;&0 \n`\nend\n",
			[]string{"text/plain: hello world"}, nil},
		{"multipart in base64", head + "multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\none\n--b--",
			[]string{"text/plain: one"},
			[]Defect{DefectEncodedMultipart}},
		{"NUL", head + "text/plain\n\na\x00b", []string{"text/plain: ab"}, []Defect{DefectNULBody}},
	}
	for _, tt := range tests {
		for _, raw := range []string{tt.raw, strings.ReplaceAll(tt.raw, "\n", "\r\n")} {
			m := Parse([]byte(raw))
			var leaves []string
			for _, p := range m.Leaves() {
				leaves = append(leaves, p.MediaType+": "+p.Text())
			}
			if got, want := fmt.Sprintf("%q", leaves), fmt.Sprintf("%q", tt.leaves); got != want {
				t.Errorf("%s: %s, want %s", tt.name, got, want)
			}
			checkDefects(t, tt.name, m, tt.defects)
		}
	}
}

func TestPartFields(t *testing.T) {
	m := Parse([]byte("Content-Type: Multipart/Mixed; boundary=b\n\n--b\nContent-Type: application/pdf; name=x.pdf\n" +
		"Content-Disposition: ATTACHMENT; filename*=utf-8''%C3%9Cbersicht.pdf\nContent-Transfer-Encoding: Base64\n\nAAAA\n" +
		"--b\nContent-Type: text/plain; charset=\"UTF-8\" ; format=flowed (a comment)\nContent-Disposition: inline\n\nx\n" +
		"--b\nContent-Type: image/png; name=\"=?utf-8?q?=C3=A4.png?=\"\n\nx\n--b--\n"))
	p := m.Leaves()
	if len(p) != 3 || m.Root().MediaType != "multipart/mixed" || p[0].Parent != m.Root() {
		t.Fatalf("%d leaves of %s", len(p), m.Root().MediaType)
	}
	if p[0].Filename != "Übersicht.pdf" || p[0].Disposition != "attachment" || !p[0].IsAttachment() ||
		p[0].Encoding != "base64" ||
		!bytes.Equal(p[0].Decoded(), []byte{0, 0, 0}) {
		t.Errorf("attachment %q %q %q", p[0].Filename, p[0].Disposition, p[0].Encoding)
	}
	if p[1].Charset != "utf-8" || p[1].Params["format"] != "flowed" || p[1].IsAttachment() || !p[1].IsText() {
		t.Errorf("text %q %q", p[1].Charset, p[1].Params)
	}
	if p[2].Filename != "ä.png" || !p[2].IsAttachment() || !strings.HasPrefix(string(p[2].Raw()),
		"Content-Type: image/png") {
		t.Errorf("image %q", p[2].Filename)
	}
}

func TestParams(t *testing.T) {
	tests := []struct{ value, param, want string }{
		{`text/plain; charset=us-ascii`, "charset", "us-ascii"},
		{`text/plain; CHARSET = "us-ascii"`, "charset", "us-ascii"},
		{`text/plain (c;x); charset=a(b)c`, "charset", "ac"},
		{`a/b; name="a;b\"c"; x=y`, "name", `a;b"c`},
		{`a/b; name="C:\dir\file.txt"`, "name", `C:\dir\file.txt`},
		{`a/b; name=two words.txt; x=y`, "name", "two words.txt"},
		{`a/b; name="unclosed; x=y`, "x", "y"},
		{`a/b;; ;name=x`, "name", "x"},
		{`a/b; name=one; name=two`, "name", "one"},
		{`a/b; name*1=b; name*0=a; name*2*=%63`, "name", "abc"},
		{`a/b; name=plain; name*=iso-8859-1'de'%E4`, "name", "ä"},
		{`a/b; name*0*=utf-8''%C3; name*1*=%A4`, "name", "ä"},
		{`a/b; boundary=`, "boundary", ""},
	}
	for _, tt := range tests {
		if _, params := parseParams(tt.value); params[tt.param] != tt.want {
			t.Errorf("%q: %s is %q, want %q", tt.value, tt.param, params[tt.param], tt.want)
		}
	}
}

func TestCharsets(t *testing.T) {
	tests := []struct {
		name, typ, body, want string
		defects               []Defect
	}{
		{"declared", "text/plain; charset=iso-8859-1", "\x93caf\xe9\x94", "“café”", nil},
		{"cyrillic", "text/plain; charset=windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет", nil},
		{"chinese", "text/plain; charset=GB2312", "\xc4\xe3\xba\xc3", "你好", nil},
		{"japanese", "text/plain; charset=iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本", nil},
		{"utf-16", "text/plain; charset=utf-16le", "h\x00i\x00", "hi", nil},
		{"byte order mark", "text/plain; charset=utf-8", "\xef\xbb\xbfhé", "hé", nil},
		{"not declared, UTF-8", "text/plain", "caf\xc3\xa9", "café", nil},
		{"not declared, Western", "text/plain", "caf\xe9 na\xefve", "café naïve", nil},
		{"not declared, Russian", "text/plain", strings.Repeat("\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0? ",
			20),
			strings.Repeat("Привет, как дела? ", 20), nil},
		{"UTF-8 with a broken octet", "text/plain; charset=utf-8", "caf\xc3\xa9 \xff", "café \uFFFD",
			[]Defect{DefectWrongCharset}},
		{"Western as ASCII", "text/plain; charset=us-ascii", "caf\xe9", "café", []Defect{DefectWrongCharset}},
		{"no such charset", "text/plain; charset=nonsense", "caf\xc3\xa9", "café", []Defect{DefectUnknownCharset}},
		{"utf-7", "text/plain; charset=UTF-7", "+AGEAYg- +- x+ADwAYg-ad +2D3eAA-", "ab + x<bad \U0001F600", nil},
		{"utf-7, other name", "text/plain; charset=unicode-1-1-utf-7", "+ADw-b+AD4", "<b>", nil},
		{"utf-16 without a mark", "text/plain; charset=utf-16", "h\x00i\x00 \x00\x16\x04", "hi Ж", nil},
		{"utf-16 without a mark, big-endian", "text/plain; charset=\"UTF-16\"", "\x00h\x00i\x00 \x04\x16", "hi Ж", nil},
		{"utf-16 with a mark", "text/plain; charset=utf-16", "\xfe\xff\x00h\x00i", "hi", nil},
		{"utf-16 in name only", "text/plain; charset=utf-16", "hi there", "hi there", nil},
		{"utf-16 not declared", "text/plain", "h\x00i\x00 \x00t\x00h\x00e\x00r\x00e\x00", "hi there",
			[]Defect{DefectNULBody}},
		{"utf-32", "text/plain; charset=utf-32", "h\x00\x00\x00\x00\xf6\x01\x00", "h\U0001F600", nil},
		{"cp932", "text/plain; charset=cp932", "\x93\xfa\x96{ x", "日本 x", nil},
		{"windows-31j", "text/plain; charset=Windows-31J", "\x93\xfa\x96{ x", "日本 x", nil},
		{"iso-2022-jp-3", "text/plain; charset=iso-2022-jp-3", "a\x1b$(QF|K\\\x1b(Bb", "a日本b", nil},
		{"iso-2022-jp-2004", "text/plain; charset=ISO-2022-JP-2004", "a\x1b$(OF|K\\\x1b(Bb", "a日本b", nil},
		{"cp50221", "text/plain; charset=cp50221", "\x1b$BF|K\\\x1b(Bb", "日本b", nil},
		{"iso-2022-kr", "text/plain; charset=iso-2022-kr", "\x1b$)Chi \x0eGQ1[\x0f you", "hi 한글 you", nil},
		{"iso-2022-cn", "text/plain; charset=iso-2022-cn", "\x1b$)Ahi \x0eDc:C\x0f you", "hi 你好 you", nil},
		{"hz", "text/plain; charset=hz", "~{<:Ky~} x", "己所 x", nil},
		{"code page", "text/plain; charset=cp949", "\xc7\xd1\xb1\xdb", "한글", nil},
		{"other marks", "text/plain; charset=ISO8859_2", "\xb1", "ą", nil},
		{"other marks, Windows", "text/plain; charset=win-1251", "\xcf", "П", nil},
		{"utf-8 by a database's name", "text/plain; charset=utf8mb4", "caf\xc3\xa9", "café", nil},
		{"of no use", "text/plain; charset=replacement", "hi", "hi", []Defect{DefectUnknownCharset}},
		{"NUL in words", "text/plain; charset=utf-8", "Pay\x00Pal acc\x00ount", "PayPal account", []Defect{DefectNULBody}},
		{"line ends converted twice", "text/plain", "a\r\r\nb\r\n", "a\nb\n", nil},
		{"declared in HTML", "text/html", "<meta charset='koi8-r'>\xf0\xd2", "<meta charset='koi8-r'>Пр", nil},
	}
	for _, tt := range tests {
		m := Parse([]byte("Content-Type: " + tt.typ + "\n\n" + tt.body))
		if got := m.Root().Text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		checkDefects(t, tt.name, m, tt.defects)
	}
}

func TestHostileMail(t *testing.T) {
	const none = numDefects
	deep := strings.Builder{}
	for i := range 200 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	tests := []struct {
		name, raw string
		defect    Defect
	}{
		{"nested deeply", deep.String(), DefectTooDeep},
		{"many parts", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 50_000),
			DefectTooManyParts},
		{"mails in mails", strings.Repeat("Content-Type: message/rfc822\n\n", 10_000), DefectTooDeep},
		{"10 MB of header", strings.Repeat("X: y\n", 2<<20), DefectTooManyFields},
		{"10 MB in one field", "X: " + strings.Repeat("y\n ", 3<<20) + "\n\n", DefectBadFolding},
		{"a megabyte of dots", "A: b\n\n" + strings.Repeat("a.", 1<<19) + strings.Repeat("@:.", 1<<18), none},
		{"a megabyte of tags", "Content-Type: text/html\n\n" + strings.Repeat("<a href=x style='a:b(('><table>", 1<<15),
			none},
		{"unclosed encoded words", "Subject: " + strings.Repeat("=?u?q?", 1<<18) + "\n\n", DefectBadEncodedWord},
		{"bare octets in many fields", strings.Repeat("X: \xd0\xd1\xd2\xd3\xd4\n", 10_000), DefectEightBitHeader},
		{"unclosed comments", "To: " + strings.Repeat("(a@", 1<<19) + "\nContent-Type: " + strings.Repeat("text/plain;(",
			1<<18) + "\n\n", none},
		{"groups", "From: @" + strings.Repeat(":", 1<<20) + "\n\n", none},
		{"a rule for each element", "Content-Type: text/html\n\n<style>" + strings.Repeat(".a,", 200) + ".a{" +
			strings.Repeat("display:x;", 800) +
			"}</style>" + strings.Repeat("<b class=a>", 1<<16), none},
		{"a long style", "Content-Type: text/html\n\n" + strings.Repeat("<p style='background:"+strings.Repeat("rgb ",
			2000)+"'>", 100), none},
		{"encoded words", "Subject: " + strings.Repeat("=?utf-8?q?=?= =?", 1<<16) + "\n\n", DefectBadEncodedWord},
	}
	for _, tt := range tests {
		m := Parse([]byte(tt.raw))
		everything(m)
		m.Header().Addresses("From")
		m.Header().Addresses("To")
		if d := m.Defects(); tt.defect != none && !containsDefect(d, tt.defect) {
			t.Errorf("%s: defects %v", tt.name, d)
		}
		if n := len(m.Leaves()); n > maxParts {
			t.Errorf("%s: %d leaves", tt.name, n)
		}
	}
}

// A file with the name of a web page opens as one, whatever type it is said to have.
func TestAttachedPage(t *testing.T) {
	const page = "<form action=http://example.net/login>Your pass<b>word</b></form>"
	for _, c := range []struct {
		media, name string
		html        bool
	}{
		{"application/octet-stream", "Invoice.HTML", true},
		{"text/plain", "a.shtml", true},
		{"image/png", "voice.wav.htm", true},
		{"text/html", "report.pdf", true},
		{"application/octet-stream", "html", false},
		{"application/octet-stream", "a.html.zip", false},
		{"text/plain", "a.txt", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse([]byte("Content-Type: " + c.media + "\nContent-Disposition: attachment; filename=\"" + c.name + "\"\n\n" +
				page))
			p := m.Leaves()[0]
			if p.IsHTML() != c.html {
				t.Errorf("%s named %s: HTML is %v", c.media, c.name, p.IsHTML())
			}
			if c.html && (p.Visible() != "Your password" || len(p.HTML().Forms) != 1 || len(m.URIs()) != 1) {
				t.Errorf("%s named %s: %q, %d forms, %d URIs", c.media, c.name, p.Visible(), len(p.HTML().Forms), len(m.URIs()))
			}
			if p.MediaType != c.media {
				t.Errorf("%s became %s", c.media, p.MediaType)
			}
		})
	}
}
