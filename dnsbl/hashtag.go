package dnsbl

import (
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// setTag makes the lookup one of a tag's values, "_NAME_" or "NAME".
func (h *hashLookup) setTag(tag string) error {
	if tag = strings.ToUpper(strings.Trim(tag, "_")); tag == "" {
		return errors.New("check_hashbl_tag takes a list, options and a tag")
	}
	h.tag = tag
	h.find = func(r *Running, q *Query) []string { return h.tagged(r.c, q.Tags[tag]) }
	return nil
}

// tagged returns the values of a tag that are looked up.
func (h *hashLookup) tagged(c *Checks, values []string) []string {
	var wanted []string
	for _, v := range values {
		if v = h.tagValue(c, v); v != "" {
			wanted = append(wanted, v)
		}
	}
	return wanted
}

// tagValue returns one value as the options want it; it is empty if they do not want it.
func (h *hashLookup) tagValue(c *Checks, value string) string {
	has := h.opts.words
	if ip, err := netip.ParseAddr(value); err == nil {
		if has["ipv4"] && !ip.Is4() || has["ipv6"] && ip.Is4() {
			return ""
		}
		if has["revip"] {
			return ReverseName(ip)
		}
		return value
	}
	if has["ip"] || has["ipv4"] || has["ipv6"] {
		return ""
	}
	host := hostname(value)
	if (has["fqdn"] || has["trim"]) && host == "" {
		return ""
	}
	domain := registrable(host)
	if c.skip[host] || c.skip[domain] {
		return ""
	}
	if has["tld"] || has["trim"] {
		if _, icann := publicsuffix.PublicSuffix(host); !icann {
			return ""
		}
	}
	if has["trim"] && domain != "" {
		return domain
	}
	return value
}
