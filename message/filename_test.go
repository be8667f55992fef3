package message

import (
	"slices"
	"strings"
	"testing"
)

// TestNames holds that a part's names are read as mail programs read them.
func TestNames(t *testing.T) {
	long := strings.Repeat("a", 20000)
	const a = "a.exe"
	tests := []struct {
		header string
		names  []string
	}{
		{`Content-Disposition: attachment; filename="a.exe"`, []string{a}},
		{`Content-Disposition: attachment; filename = "a.exe"`, []string{a}},
		{"Content-Disposition:attachment;FILENAME\t=\ta.exe ;", []string{a}},
		{`Content-Disposition: attachment; filename*=utf-8''%61.e%78e`, []string{a}},
		{`Content-Disposition: attachment; filename*=a%2Eexe`, []string{a}},
		{`Content-Disposition: attachment; filename*=''a%2Eexe`, []string{a}},
		{`Content-Disposition: attachment; filename*="utf-8'en'a.exe"`, []string{a}},
		{`Content-Disposition: attachment; filename*=x-unknown''a.exe`, []string{a}},
		{`Content-Disposition: attachment; filename*0="a."; filename*1="exe"`, []string{a}},
		{`Content-Disposition: attachment; filename*1=exe; filename*0=a.`, []string{a}},
		{`Content-Disposition: attachment; filename*00="a."; filename*01*=%65xe`, []string{a}},
		{`Content-Disposition: attachment; filename*10=".exe"; filename*9="9"; filename*8="8"; filename*7="7"; ` +
			`filename*6="6"; filename*5="5";` +
			` filename*4="4"; filename*3="3"; filename*2="2"; filename*1="1"; filename*0="0"`, []string{"0123456789.exe"}},
		{"Content-Disposition: attachment;\n filename*0*=us-ascii''a\n\t%2Eex;\n filename*1*=e", []string{"a .exe"}},
		{`Content-Disposition: attachment; filename="=?utf-8?B?YS5leGU=?="`, []string{a}},
		{`Content-Disposition: attachment; filename==?utf-8?Q?a=2Eexe?=`, []string{a}},
		{`Content-Disposition: attachment; filename="=?utf-8?Q?a=2E?= =?utf-8?Q?exe?="`, []string{a}},
		{"Content-Disposition: attachment; filename*0=\"=?UTF-8?Q?a=2E?=\";\n filename*1=\"=?UTF-8?Q?exe?=\"", []string{a}},
		{`Content-Disposition: attachment; filename*0*=%3D%3Futf-8?Q?a=2E; filename*1="exe?="`, []string{a}},
		{`Content-Disposition: attachment; filename*=utf-8''=%3Futf-8%3FQ%3Fa=2Eexe%3F=`, []string{a}},
		{`Content-Disposition: attachment; filename="a.exe. . .. "`, []string{a}},
		{"Content-Disposition: attachment; filename=\"a.exe\u00a0\u3000\"", []string{a}},
		{"Content-Disposition: attachment; filename=\"a.e\u200bx\u2060\u00ade\u200f\"", []string{a}},
		{"Content-Disposition: attachment; filename=\"\u202ea\u202c.exe\"", []string{a}},
		{`Content-Disposition: attachment; filename*=utf-8''a%E2%80%AE.e%E2%80%8Bxe%2E%20`, []string{a}},
		{`Content-Disposition: attachment; filename='a.exe'`, []string{a}},
		{`Content-Disposition: attachment; filename="a.exe`, []string{a}},
		{`Content-Disposition: attachment; filename=(comment)a.exe(other)`, []string{a}},
		{`Content-Disposition: attachment; filename="` + long + `.exe"`, []string{long + ".exe"}},
		{`Content-Disposition: attachment; x="` + long + `"; filename=a.exe`, []string{a}},
		{`Content-Disposition: attachment; name="a.exe"`, []string{a}},
		{`Content-Disposition: attachment filename="a.exe"`, []string{a}},
		{"Content-Disposition: attachment;\nfilename=\"a.exe\"", []string{a}},
		{"Content-Disposition: attachment;\nfilename*0=\"a.\";\nfilename*1 = exe", []string{a}},
		{"Content-Type: application/octet-stream;\nname=\"a.exe\"\nContent-Disposition: attachment;\nfilename=\"a.exe\"",
			[]string{a}},
		{`Content-Type: application/octet-stream; name="a.exe"`, []string{a}},
		{`Content-Type: application/octet-stream; name*=utf-8''a.%65xe`, []string{a}},
		{`Content-Type: application/octet-stream; filename=a.exe`, []string{a}},
		{"Content-Type: text/plain; name=\"a.txt\"\nContent-Disposition: attachment; filename=\"a.exe\"",
			[]string{a, "a.txt"}},
		{"Content-Type: text/plain; name=\"a.exe\"\nContent-Disposition: attachment; filename=\"a.txt\"",
			[]string{"a.txt", a}},
		{`Content-Disposition: attachment; filename="a.txt"; filename="a.exe"`, []string{"a.txt", a}},
		{`Content-Disposition: attachment; filename="a.txt"; filename*=utf-8''a.exe`, []string{a, "a.txt"}},
		{`Content-Disposition: attachment; filename*=utf-8''a.exe; filename*0="b"; filename*1=".txt"`, []string{a, "b.txt"}},
		{`Content-Disposition: attachment; filename*0="a."; filename*1="exe"; filename*1="txt"`, []string{"a.exetxt", a,
			"a.txt"}},
		{"Content-Disposition: attachment; filename=a.txt\nContent-Disposition: attachment; filename=a.exe",
			[]string{"a.txt", a}},
		{`Content-Disposition: attachment; filename="a." "exe"`, []string{"a", a}},
		{`Content-Disposition: attachment; filename="a.e"xe`, []string{"a.e", a}},
		{`Content-Disposition: attachment; filename="=?utf-8?Q?a=2E?=" "=?utf-8?Q?exe?="`, []string{"a", a}},
		{`Content-Disposition: inline`, nil},
		{`Content-Type: text/plain; filename=""; name="..."`, nil},
	}
	for _, tt := range tests {
		p := Parse([]byte(tt.header + "\n\nbody")).Root()
		if got := p.Names(); !slices.Equal(got, tt.names) {
			t.Errorf("%.150s: %.200q, want %.200q", tt.header, got, tt.names)
		}
		if len(tt.names) > 0 && p.Filename != tt.names[0] {
			t.Errorf("%.150s: file name %.100q", tt.header, p.Filename)
		}
	}
}

func TestNamesContradict(t *testing.T) {
	for _, tt := range []struct {
		header      string
		differ, hid bool
	}{
		{`Content-Disposition: attachment; filename="a.exe"; filename*=utf-8''%61.exe`, false, false},
		{"Content-Type: text/plain; name=\"a.txt\"\nContent-Disposition: attachment; filename=\"a.exe\"", true, false},
		{"Content-Type: text/plain; name=\"a.TXT\"\nContent-Disposition: attachment; filename=\"long a.txt\"", false, false},
		{"Content-Type: application/pgp-signature; name=\"a.asc\"\nContent-Disposition: attachment; filename=\"a\"", false,
			false},
		{"Content-Disposition: attachment; filename=\"annexe\u202ecod.exe\"", false, true},
		{"Content-Disposition: attachment; filename=\"a.e\u200bxe\"", false, true},
		{"Content-Disposition: attachment; filename=\"\u200f\u05d0.pdf\"", false, false},
	} {
		p := Parse([]byte(tt.header + "\n\nbody")).Root()
		if p.NamesDiffer() != tt.differ || p.NameHides() != tt.hid {
			t.Errorf("%s: differ %v, hides %v", tt.header, p.NamesDiffer(), p.NameHides())
		}
	}
}
