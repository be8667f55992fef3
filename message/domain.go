package message

import (
	"strings"

	"golang.org/x/net/idna"
)

// ASCIIDomain returns a domain as the DNS has it: in lower case, without a final dot, and with each U-label as its
// A-label (RFC 5890, section 2.3.2.1). A domain that has no such form is returned in lower case.
func ASCIIDomain(domain string) string {
	domain = strings.TrimSuffix(domain, ".")
	if isASCIIString(domain) {
		return strings.ToLower(domain)
	}
	ascii, err := idna.Lookup.ToASCII(domain) // an error may come with a usable name
	if err != nil && (ascii == "" || !isASCIIString(ascii)) {
		return strings.ToLower(domain)
	}
	return strings.ToLower(strings.TrimSuffix(ascii, "."))
}
