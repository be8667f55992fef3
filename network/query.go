package network

import (
	"net/netip"
	"slices"
	"strings"

	"asterism/attachment"
	"asterism/classifier"
	"asterism/dnsbl"
	"asterism/mailauth"
	"asterism/message"
	"asterism/rules"
)

// listQuery is the names and addresses of a message to look up in the lists.
func (c *Checks) listQuery(m *message.Message, in *classifier.Input, scan *rules.Scan) *dnsbl.Query {
	relays := scan.Relays()
	q := &dnsbl.Query{
		From:         authors(m),
		EnvelopeFrom: scan.EnvelopeFrom(),
		Header: func(spec string) []string {
			value, _ := scan.Get(spec)
			return strings.Fields(value)
		},
		Addresses: func(field string) []string { return c.addressesIn(m, scan, field) },
		Body:      func(noURI, noQuote bool) []string { return c.addressesInBody(m, noURI, noQuote) },
		Texts:     scan.Texts,
		Parts:     func() []dnsbl.Part { return parts(m) },
	}
	if in.AuthUser == "" { // users who have authenticated may send from anywhere
		q.Untrusted, q.External = addresses(relays.Untrusted), addresses(relays.External)
		q.Originating = c.originating(m)
		for _, r := range relays.Untrusted {
			if r.RDNS != "" {
				q.RelayNames = append(q.RelayNames, r.RDNS)
			}
		}
	}
	q.Tags = tags(q, relays)
	uris := m.URIs()
	if inside := attachment.Of(m).URIs; len(inside) > 0 {
		uris = slices.Concat(uris, inside)
	}
	q.URIs = c.listURIs(uris)
	return q
}

// listURIs returns the URIs that lists are asked about.
func (c *Checks) listURIs(all []message.URI) (uris []dnsbl.URI) {
	for _, u := range all {
		if u.Scheme == "mailto" && c.cfg.Network.URIBLSkipMailto || u.Host == "" {
			continue
		}
		host := u.Host
		if u.IP.IsValid() {
			host = ""
		}
		uris = append(uris, dnsbl.URI{URL: u.URL, Host: host, Domain: c.registered(host, u.Domain), Addr: u.IP})
	}
	return uris
}

// registered returns the part of a host that someone registered: domain, or more of the host where the site says that
// what is below a name belongs to others.
func (c *Checks) registered(host, domain string) string {
	for h := host; len(h) > len(domain); {
		_, above, _ := strings.Cut(h, ".")
		if c.registries[above] {
			return h
		}
		h = above
	}
	return domain
}

func addresses(relays []message.Relay) []netip.Addr {
	list := make([]netip.Addr, 0, len(relays))
	for _, r := range relays {
		list = append(list, r.IP)
	}
	return list
}

// originating returns the addresses of webmail's users, in the fields of originating_ip_headers.
func (c *Checks) originating(m *message.Message) []netip.Addr {
	var list []netip.Addr
	for _, field := range c.cfg.Network.OriginatingIPHeaders {
		for _, value := range m.Header().All(field) {
			for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t[](),;", r) }) {
				if ip, err := netip.ParseAddr(word); err == nil {
					list = append(list, ip)
				}
			}
		}
	}
	return list
}

// tags are the values of the tags for askdns rules. Captured tags and DKIMDOMAIN come later.
func tags(q *dnsbl.Query, relays *message.Chain) map[string][]string {
	t := make(map[string][]string)
	for _, a := range q.From {
		t["AUTHORDOMAIN"] = append(t["AUTHORDOMAIN"], domainOf(a))
	}
	if q.EnvelopeFrom != "" {
		t["SENDERDOMAIN"] = []string{domainOf(q.EnvelopeFrom)}
	}
	if len(relays.External) > 0 {
		last := &relays.External[0]
		t["LASTEXTERNALIP"] = []string{last.IP.String()}
		t["LASTEXTERNALREVIP"] = []string{dnsbl.ReverseName(last.IP)}
		set(t, "LASTEXTERNALRDNS", last.RDNS)
		set(t, "LASTEXTERNALHELO", last.Helo)
	}
	return t
}

func set(tags map[string][]string, name, value string) {
	if value != "" {
		tags[name] = []string{value}
	}
}

func domainOf(address string) string {
	return message.ASCIIDomain(address[strings.LastIndexByte(address, '@')+1:])
}

// authors returns the addresses of the From fields.
func authors(m *message.Message) []string {
	var list []string
	for _, a := range m.Header().Addresses("From") {
		if a.Addr != "" {
			list = append(list, a.Addr)
		}
	}
	return list
}

// parts returns the leaves of a message.
func parts(m *message.Message) []dnsbl.Part {
	var list []dnsbl.Part
	for _, p := range m.Leaves() {
		list = append(list, dnsbl.Part{Type: p.MediaType, Names: p.Names(), Data: p.Decoded()})
	}
	return list
}

// authInput is the input of sender authentication: the host that handed the message to the site, and its claims.
func (c *Checks) authInput(m *message.Message, in *classifier.Input, scan *rules.Scan) *mailauth.Input {
	relays := scan.Relays()
	input := &mailauth.Input{Message: m, Sender: scan.EnvelopeFrom(), From: authors(m)}
	if len(relays.External) > 0 && (input.Sender != "" || in.Client.IsValid()) {
		// Without an envelope, as in a file, an empty sender is one that is not known.
		input.Client, input.Helo = relays.External[0].IP, relays.External[0].Helo
	}
	input.AuthResults, _ = scan.AuthResults()
	return input
}
