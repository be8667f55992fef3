package mailauth

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
)

// record is a DMARC policy record (RFC 7489, section 6.3; np of RFC 9091).
type record struct {
	policy       string // p: "none", "quarantine" or "reject"
	subdomain    string // sp: of subdomains; empty where it is not given
	missing      string // np: of subdomains that do not exist; empty where it is not given
	strictDKIM   bool   // adkim
	strictSPF    bool   // aspf
	softer       bool   // pct=0, or t=y of a policy under test: one step softer
	haveReceiver bool   // rua names somebody who takes reports
}

// errPolicy is a record that nothing can be done with (RFC 7489, section 6.6.3).
var errPolicy = errors.New("record without valid policy")

// parseRecord reads a record. It returns nil for a text that is none. As RFC 7489 wants it, values are of any case,
// other faults than in the policies stand for the defaults, and a record with faulty policies that asks for reports is
// one of p=none.
func parseRecord(text string) (*record, error) {
	tags := make(map[string]string)
	for i, part := range strings.Split(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if i == 0 && (name != "v" || value != "DMARC1") {
			return nil, nil
		}
		if _, twice := tags[name]; ok && !twice && value != "" {
			tags[name] = value
		}
	}
	percent, err := strconv.Atoi(tags["pct"])
	r := &record{
		policy: policyOf(tags["p"]), subdomain: policyOf(tags["sp"]), missing: policyOf(tags["np"]),
		strictDKIM: strings.EqualFold(tags["adkim"], "s"), strictSPF: strings.EqualFold(tags["aspf"], "s"),
		softer: err == nil && percent == 0 || strings.EqualFold(tags["t"], "y"), haveReceiver: hasReceiver(tags["rua"]),
	}
	if r.policy == "" || r.subdomain == "" && tags["sp"] != "" {
		if !r.haveReceiver {
			return nil, errPolicy
		}
		r.policy, r.subdomain, r.missing = "none", "", ""
	}
	return r, nil
}

// policyOf returns a policy in lower case, "" for an unknown one.
func policyOf(value string) string {
	switch value = strings.ToLower(value); value {
	case "none", "quarantine", "reject":
		return value
	}
	return ""
}

// hasReceiver reports whether one of the URIs in a list could take reports. A limit of size, as in
// "mailto:a@example.org!10m", is a part of one.
func hasReceiver(list string) bool {
	for uri := range strings.SplitSeq(list, ",") {
		if u, err := url.Parse(strings.TrimSpace(uri)); err == nil && u.Scheme != "" && u.Opaque+u.Host != "" {
			return true
		}
	}
	return false
}
