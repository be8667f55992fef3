package network

import (
	"net/netip"
	"strings"

	"asterism/classifier"
	"asterism/dnsbl"
	"asterism/mailauth"
	"asterism/message"
	"asterism/rules"
)

// question is what a message gives cause to ask the lists about.
func question(m *message.Message, scan *rules.Scan) *dnsbl.Question {
	relays := scan.Relays()
	q := &dnsbl.Question{
		Untrusted:    addresses(relays.Untrusted),
		External:     addresses(relays.External),
		From:         authors(m),
		EnvelopeFrom: scan.EnvelopeFrom(),
		Header: func(spec string) []string {
			value, _ := scan.Get(spec)
			return strings.Fields(value)
		},
		Addresses: func(field string) []string { return mailboxes(m, field) },
	}
	for _, u := range m.URIs() {
		if u.Scheme == "mailto" || u.Host == "" {
			continue
		}
		host := u.Host
		if u.IP.IsValid() {
			host = ""
		}
		q.URIs = append(q.URIs, dnsbl.URI{URL: u.URL, Host: host, Domain: u.Domain, Addr: u.IP})
	}
	return q
}

func addresses(relays []message.Relay) []netip.Addr {
	list := make([]netip.Addr, 0, len(relays))
	for _, r := range relays {
		list = append(list, r.IP)
	}
	return list
}

// authors returns the addresses of the From fields.
func authors(m *message.Message) []string { return mailboxes(m, "From") }

// mailboxes returns the addresses in all fields of a name, or those written in the body.
func mailboxes(m *message.Message, field string) []string {
	var list []string
	if field == "body" {
		for _, u := range m.URIs() {
			if u.Scheme == "mailto" {
				address, _, _ := strings.Cut(strings.TrimPrefix(u.URL, "mailto:"), "?")
				list = append(list, address)
			}
		}
		return list
	}
	for _, a := range m.Header().Addresses(field) {
		if a.Addr != "" {
			list = append(list, a.Addr)
		}
	}
	return list
}

// authInput is what sender authentication looks at: the host that handed the message to the site, and what it claimed.
func authInput(m *message.Message, in *classifier.Input, scan *rules.Scan) *mailauth.Input {
	input := &mailauth.Input{Raw: in.Raw, Sender: scan.EnvelopeFrom(), From: authors(m),
		AuthResults: m.Header().All("Authentication-Results")}
	if external := scan.Relays().External; len(external) > 0 {
		input.Client, input.Helo = external[0].IP, external[0].Helo
	}
	return input
}
