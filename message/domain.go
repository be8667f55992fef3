package message

import (
	"strings"

	"golang.org/x/net/idna"
)

// lookup maps a domain as browsers do (UTS 46, not transitional): letters of full width, of odd shapes and without
// width become plain ones or vanish, and what looks like a dot becomes one. What a registry would not accept stays.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// oddDots are the characters that UTS 46 maps to a full stop and package idna does not.
var oddDots = strings.NewReplacer("\u2024", ".", "\ufe52", ".")

// maxDomain is how long a domain may be in UTF-8: 253 characters (RFC 1035, section 3.1) of 4 bytes. What is longer is
// none, and would take long to encode.
const maxDomain = 253 * 4

// UnicodeDomain returns a domain in lower case with its A-labels as the U-labels that people see.
func UnicodeDomain(domain string) string {
	domain = strings.ToLower(domain)
	if !strings.Contains(domain, "xn--") || len(domain) > maxDomain {
		return domain
	}
	shown, _ := idna.Punycode.ToUnicode(domain) // where a label is none, it stays
	return shown
}

// ASCIIDomain returns a domain as the DNS has it: in lower case, without a final dot, and with each U-label as its
// A-label (RFC 5890, section 2.3.2.1). A domain that has no such form is returned in lower case.
func ASCIIDomain(domain string) string {
	domain = strings.TrimSuffix(domain, ".")
	if isASCIIString(domain) || len(domain) > maxDomain {
		return strings.ToLower(domain)
	}
	ascii, err := lookup.ToASCII(oddDots.Replace(domain)) // an error may come with a usable name
	if err != nil && (ascii == "" || !isASCIIString(ascii)) {
		return strings.ToLower(domain)
	}
	return strings.ToLower(strings.TrimSuffix(ascii, "."))
}

// AddressForms returns an address in the forms, in lower case, in which lists may have it: as it is, and, if its domain
// is an internationalized one, with A-labels and with U-labels.
func AddressForms(address string) []string {
	forms := []string{strings.ToLower(address)}
	at := strings.LastIndexByte(forms[0], '@')
	domain := forms[0][at+1:]
	if at < 0 || isASCIIString(domain) && !strings.Contains(domain, "xn--") {
		return forms
	}
	for _, form := range []string{ASCIIDomain(domain), UnicodeDomain(ASCIIDomain(domain))} {
		if form != domain {
			forms = append(forms, forms[0][:at+1]+form)
		}
	}
	return forms
}
