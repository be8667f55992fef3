package message

import (
	"strings"
	"testing"
)

func TestHeaderFields(t *testing.T) {
	raw := "From joe@example.org Mon Nov  2 10:00:00 2026\r\nReceived: from a\r\n\tby b\r\nSUBJECT : one \r\n" +
		"X-Empty:\r\nsubject: two\r\n\r\nbody\r\n"
	h := Parse([]byte(raw)).Header()
	names := ""
	joined := ""
	for i := range h.Fields() {
		names += h.Fields()[i].Name + " "
		joined += string(h.Fields()[i].Raw())
	}
	if names != "Received SUBJECT X-Empty subject " {
		t.Errorf("names %q", names)
	}
	if want := raw[strings.Index(raw, "Received"):strings.Index(raw, "\r\nbody")]; joined != want {
		t.Errorf("fields as they were: %q, want %q", joined, want)
	}
	if got := h.Get("Subject"); got != "one" {
		t.Errorf("first Subject %q", got)
	}
	if got := h.All("Subject"); len(got) != 2 || got[1] != "two" {
		t.Errorf("all Subjects %q", got)
	}
	if got := h.Raw("received"); got != " from a\r\n\tby b\r\n" {
		t.Errorf("raw Received %q", got)
	}
	if got := h.Value("Received"); got != "from a by b" {
		t.Errorf("unfolded Received %q", got)
	}
	if h.Has("X-Nothing") || h.Get("X-Nothing") != "" || !h.Has("x-empty") {
		t.Error("presence of fields is wrong")
	}
}

func TestHeaderEnd(t *testing.T) {
	tests := []struct {
		name, raw, body string
		fields          int
		defects         []Defect
	}{
		{"nothing", "", "", 0, []Defect{DefectNoHeader, DefectMissingSeparator}},
		{"no header", "\nbody", "body", 0, []Defect{DefectNoHeader}},
		{"no body", "A: b\n\n", "", 1, nil},
		{"no empty line", "A: b\nC: d\n", "", 2, []Defect{DefectMissingSeparator}},
		{"no line end", "A: b", "", 1, []Defect{DefectMissingSeparator}},
		{"mixed line ends", "A: b\r\nC: d\n\r\nbody", "body", 2, nil},
		{"broken line", "A: b\nnonsense here\nC: d\n\nbody", "body", 2, []Defect{DefectMalformedField, DefectUnclearEnd}},
		{"text instead of a header", "Hi Joe,\nhow are you?\nI am well.\nSee you!\nJane",
			"Hi Joe,\nhow are you?\nI am well.\nSee you!\nJane", 0,
			[]Defect{DefectNoHeader, DefectMissingSeparator, DefectMalformedField}},
		{"delimiter", "A: b\nContent-Type: multipart/mixed; boundary=x\n--x\nC: d\n\nbody", "--x\nC: d\n\nbody", 2,
			[]Defect{DefectMissingSeparator, DefectUnclosedMultipart}},
		{"delimiter of nothing", "A: b\n--x\nC: d\n\nbody", "body", 2, []Defect{DefectMalformedField, DefectUnclearEnd}},
		{"field like a delimiter", "A: b\n--x: y\nC: d\n\nbody", "body", 3, nil},
		{"field like the delimiter", "A: b\nContent-Type: multipart/mixed; boundary=\"x: y\"\n--x: y\n\nbody",
			"--x: y\n\nbody", 2,
			[]Defect{DefectMissingSeparator, DefectUnclosedMultipart}},
		{"line ends converted twice", "A: b\r\r\nC: d\r\r\n\r\r\nbody", "body", 2, nil},
		{"continuation first", " x\nA: b\n\nbody", "body", 1, []Defect{DefectBadFolding}},
		{"empty continuation", "A: b\n \nC: d\n\nbody", "body", 2, []Defect{DefectBadFolding, DefectUnclearEnd}},
		{"NUL", "A: b\x00c\n\nbody", "body", 1, []Defect{DefectNULHeader}},
		{"old mbox line", ">From x\nA: b\n\nbody", "body", 1, []Defect{DefectMalformedField}},
		{"From as a name", "From : joe\n\nbody", "body", 1, nil},
		{"twice", "From: a\nfrom: b\n\nbody", "body", 2, []Defect{DefectDuplicateField}},
	}
	for _, tt := range tests {
		m := Parse([]byte(tt.raw))
		if string(m.Body()) != tt.body || len(m.Header().Fields()) != tt.fields {
			t.Errorf("%s: %d fields, body %q", tt.name, len(m.Header().Fields()), m.Body())
		}
		checkDefects(t, tt.name, m, tt.defects)
	}
}

func checkDefects(t *testing.T, name string, m *Message, want []Defect) {
	t.Helper()
	got := m.Defects()
	for _, d := range want {
		if !containsDefect(got, d) {
			t.Errorf("%s: no %v among %v", name, d, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: defects %v, want %v", name, got, want)
	}
}

func containsDefect(list []Defect, d Defect) bool {
	for _, x := range list {
		if x == d {
			return true
		}
	}
	return false
}

func TestEncodedWords(t *testing.T) {
	tests := []struct{ value, want string }{
		{"plain", "plain"},
		{"=?utf-8?q?h=C3=A9llo_w=6Frld?=", "héllo world"},
		{"=?UTF-8?B?w6TDtsO8?= x", "äöü x"},
		{"=?iso-8859-1*de?Q?=E4?= =?iso-8859-1?Q?=F6?=", "äö"},
		{"a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d"},
		{"=?utf-8?b?4pyT4pw=?= =?utf-8?b?kw==?=", "✓✓"}, // a character cut in two
		{"=?koi8-r?B?8NLJ18XU?=", "Привет"},
		{"=?gb2312?B?xOO6ww?=", "你好"}, // padding missing
		{"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"\"=?utf-8?q?in_quotes?=\" <a@b>", "\"in quotes\" <a@b>"},
		{"=?utf-8?q?with space?=", "with space"},
		{"=?utf-8?x?no?= =?broken", "=?utf-8?x?no?= =?broken"},
		{"=?nosuch?q?x?=", "x"},
		{"=?utf-7?Q?+AFAAYQB5-Pal?=", "PayPal"},
		{"=?utf-16?B?UABhAHkA?=", "Pay"},
		{"=?utf-16le?Q?P=00a=00y=00?=", "Pay"},
		{"=?cp932?B?k/qWew==?=", "日本"},
		{"=?iso-2022-jp-3?B?GyQoUUZ8S1wbKEI=?=", "日本"},
		{"=?utf-8?Q?Pay=00Pal?=", "PayPal"},
		{"=?utf-8?B?UGF5AFBhbA==?=", "PayPal"},
		{"=?utf-8?B?UGF5==UGFs?=", "PayPal"},
		{"caf\xe9", "café"},
		{"caf\xc3\xa9", "café"},
	}
	for _, tt := range tests {
		if got, _ := decodeWords(tt.value); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		value string
		want  []Address
	}{
		{"joe@example.org", []Address{{"", "joe@example.org"}}},
		{"Joe Doe <joe@example.org>", []Address{{"Joe Doe", "joe@example.org"}}},
		{`"Doe, Joe" <joe@example.org>, jane@example.org (Jane (x) Roe)`,
			[]Address{{"Doe, Joe", "joe@example.org"}, {"Jane (x) Roe", "jane@example.org"}}},
		{"=?utf-8?q?J=C3=B6?= <joe@example.org>", []Address{{"Jö", "joe@example.org"}}},
		{"=?utf-8?q?Doe=2C_Joe?= <joe@example.org>", []Address{{"Doe, Joe", "joe@example.org"}}},
		{"Friends: a@example.org, b@example.org;", []Address{{"", "a@example.org"}, {"", "b@example.org"}}},
		{"undisclosed-recipients:;", nil},
		{"<>", nil},
		{"Joe <joe@example.org", []Address{{"Joe", "joe@example.org"}}},
		{"<<joe@example.org>>", []Address{{"", "joe@example.org"}}},
		{`"joe@bank.example" <evil@example.org>`, []Address{{"joe@bank.example", "evil@example.org"}}},
		{`"joe doe"@example.org`, []Address{{"", `"joe doe"@example.org`}}},
		{"joe@bank.example <evil@example.org>", []Address{{"joe@bank.example", "evil@example.org"}}},
		{"Joe Doe joe@example.org", []Address{{"Joe Doe", "joe@example.org"}}},
		{"<@relay.example:joe@example.org>", []Address{{"", "joe@example.org"}}},
		{`"unclosed <joe@example.org>`, []Address{{"unclosed", "joe@example.org"}}},
		{"Just A Name", []Address{{"Just A Name", ""}}},
		{"(a, (b) joe@example.org", []Address{{"", "(a"}, {"b", "joe@example.org"}}},
		{`"unclosed \"x\" <joe@example.org>, \"jane\" <jane@example.org>`,
			[]Address{{`unclosed "x"`, "joe@example.org"}, {`\jane"`, "jane@example.org"}}},
	}
	for _, tt := range tests {
		got := ParseAddresses(tt.value)
		if len(got) != len(tt.want) {
			t.Errorf("%q: %+v", tt.value, got)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%q: %+v, want %+v", tt.value, got[i], tt.want[i])
			}
		}
	}
	if d := (Address{Addr: "x@Example.ORG"}).Domain(); d != "example.org" {
		t.Errorf("domain %q", d)
	}
}
