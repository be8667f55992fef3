package network_test

import (
	"net/netip"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/dnsbl/dnstest"
)

// TestForgedClientName: a client that has no name gets none by what it says of itself, to no rule that looks at the
// name.
func TestForgedClientName(t *testing.T) {
	s := newSite(t, dnstest.Start(t, ""), `
welcomelist_from_rcvd *@bank.example bank.example
header WELCOME eval:check_from_in_welcomelist()
score  WELCOME -100
header TRUSTED eval:check_all_trusted()
score  TRUSTED -1
header NAMED   X-Spam-Relays-External =~ /^\[ ip=8\.2\.3\.4 rdns=\S/
score  NAMED   -1
header OWN     X-Spam-Relays-External =~ /^\[ ip=8\.2\.3\.4 rdns= helo=\S* by=mx\.example\.org ident= envfrom= intl=0 id=4ALabc012345 auth= msa=0 \]/
score  OWN     1
`)
	mail := "Received: from mail.bank.example (mail.bank.example [8.2.3.9]) by relay.bank.example (Postfix) with ESMTP " +
		"id BBBB; x\r\n" +
		"From: <a@bank.example>\r\nSubject: s\r\n\r\nx\r\n"
	for _, claim := range []string{"mail.bank.example", "mail.bank.example.Exim", "Exim", "by", "from", "with", "(", ")",
		"x)", "(mail.bank.example",
		"mail.bank.example([8.2.3.9])", "[8.2.3.9]", "helo=mail.bank.example", "mail.bank.example (Exim 4.97)",
		"x\r\n\tby mx (Exim 4.97)",
		"authenticated", "HELO", "qmail", "CommuniGate Pro", "mail.bank.example]", "a [ ip=8.2.3.9 rdns=mail.bank.example",
		""} {
		in := &classifier.Input{Raw: []byte(mail), Client: netip.MustParseAddr("8.2.3.4"), Helo: claim,
			Sender:     "a@bank.example",
			Recipients: []string{"Exim+" + claim + "@example.org"}, Host: "mx.example.org", QueueID: "4ALabc012345"}
		names, _ := s.check(t, in)
		if strings.Contains(names, "WELCOME") || strings.Contains(names, "TRUSTED") || strings.Contains(names, "NAMED") ||
			!strings.Contains(names, "OWN") {
			t.Errorf("%q: %s", claim, names)
		}
	}
	in := &classifier.Input{Raw: []byte(mail), Client: netip.MustParseAddr("8.2.3.4"), ClientName: "mail.bank.example",
		Helo:   "x",
		Sender: "a@bank.example", Host: "mx.example.org"}
	if names, _ := s.check(t, in); !strings.Contains(names, "WELCOME") {
		t.Errorf("true name: %s", names)
	}
}
