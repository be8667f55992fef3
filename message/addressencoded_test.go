package message

import (
	"fmt"
	"strings"
	"testing"
)

// TestEncodedAddresses: an address in an encoded word is the one that mail programs show.
func TestEncodedAddresses(t *testing.T) {
	for value, want := range map[string]string{
		"=?utf-8?B?VmljdGltIDxzZXJ2aWNlQHZpY3RpbS5jb20+?=":                  "Victim|service@victim.com",
		"=?utf-8?Q?Victim_<service=40victim.com>?=":                         "Victim|service@victim.com",
		"=?utf-8?Q?Victim_=3Cservice=40victim=2Ecom=3E?=":                   "Victim|service@victim.com",
		"=?utf-8?Q?service=40victim.com?=":                                  "|service@victim.com",
		"<=?utf-8?Q?service=40victim.com?=>":                                "|service@victim.com",
		"Victim <=?utf-8?Q?service=40victim.com?=>":                         "Victim|service@victim.com",
		"\"Victim\" =?utf-8?B?PHNlcnZpY2VAdmljdGltLmNvbT4=?=":               "Victim|service@victim.com",
		"=?utf-8?B?VmljdGlt?= =?utf-8?B?IDxzZXJ2aWNlQHZpY3RpbS5jb20+?=":     "Victim|service@victim.com",
		"\"=?utf-8?B?VmljdGltIDxzZXJ2aWNlQHZpY3RpbS5jb20+?=\"":              "Victim|service@victim.com",
		"=?utf-8?B?YUBhLmNvbSwgYkBiLmNvbQ==?=":                              "|a@a.com |b@b.com",
		"=?utf-8?Q?a=40a.com?=, b@b.com":                                    "|a@a.com |b@b.com",
		"=?utf-8?B?VmljdGltIDxzZXJ2aWNlQHZpY3RpbS5jb20+?= <x@attacker.com>": "Victim <service@victim.com>|x@attacker.com",
		"=?utf-8?Q?Joe?= <joe@example.org>":                                 "Joe|joe@example.org",
		"=?utf-8?Q?Joe?=":                                                   "|=?utf-8?Q?Joe?=",
		"=?utf-8?Q?a=40b?= =?broken":                                        "=?broken|a@b",
		"=?utf-8?Q?=3D=3Futf-8=3FQ=3F" +
			"a=3D40b.com=3F=3D?=": "|=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3D40b.com=3F=3D?=",
	} {
		var got []string
		for _, a := range ParseAddresses(value) {
			got = append(got, fmt.Sprintf("%s|%s", a.Name, a.Addr))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", value, strings.Join(got, " "), want)
		}
	}
}

func TestDomains(t *testing.T) {
	for domain, want := range map[string][2]string{
		"Bücher.DE.": {"xn--bcher-kva.de", "bücher.de."}, "xn--bcher-kva.de": {"xn--bcher-kva.de", "bücher.de"},
		"EXAMPLE.org": {"example.org", "example.org"},
		"例え。jp":       {"xn--r8jz45g.jp", "例え。jp"}, "": {"", ""}, "a_b.Example": {"a_b.example", "a_b.example"},
		"xn--.de": {"xn--.de", ".de"},
	} {
		t.Run(domain, func(t *testing.T) {
			if ascii, shown := ASCIIDomain(domain), UnicodeDomain(domain); ascii != want[0] || shown != want[1] {
				t.Errorf("%q: %q and %q, want %q", domain, ascii, shown, want)
			}
		})
	}
}

// TestLongDomain: a text of 95 KB is no domain, and is not encoded as one.
func TestLongDomain(t *testing.T) {
	var b strings.Builder
	for r := rune(0x4e00); b.Len() < 95_000; r++ {
		b.WriteRune(r)
	}
	if got := ASCIIDomain(b.String()); got != strings.ToLower(b.String()) {
		t.Errorf("%.100q", got)
	}
}

func TestAddressForms(t *testing.T) {
	for address, want := range map[string]string{
		"Joe@Example.ORG": "joe@example.org", "Jürgen@Bücher.de": "jürgen@bücher.de jürgen@xn--bcher-kva.de",
		"a@xn--bcher-kva.de": "a@xn--bcher-kva.de a@bücher.de",
		"joe":                "joe", "": "", "jürgen@example.org": "jürgen@example.org",
	} {
		t.Run(address, func(t *testing.T) {
			if got := strings.Join(AddressForms(address), " "); got != want {
				t.Errorf("%q: %q, want %q", address, got, want)
			}
		})
	}
}
