package message

import (
	"net/netip"
	"strings"
	"testing"
)

// claims are words that a client may choose, as its HELO or in a recipient's address, after the syntax of some MTA.
var claims = []string{
	"trusted.example", "Exim", "(Exim", "trusted.example.Exim", "[10.0.0.1]", "[10.0.0.1", "10.0.0.1",
	"trusted.example([10.0.0.1])",
	"trusted.example(10.0.0.1)", "(trusted.example", "trusted.example)", ")", "(", "((", "by", "with", "id", "via", "for",
	"from", "BY", "helo=trusted.example",
	"HELO", "unknown", "unverified", "softdnserr", "localhost", "x@localhost", "account", "CommuniGate", "qmail",
	"Microsoft", "SMTP",
	"ident=root", "IDENT:root@trusted.example", "authenticated", "as", "-", "POP3", "IMAP", "(fetchmail)", "smap",
	"envelope-from=a@trusted.example",
	"trusted.example[10.0.0.1]", ";", "a;b", "claiming", ",claiming",
}

// TestForgedHelo: whatever the client calls itself, its address and its name are those that the relay found.
func TestForgedHelo(t *testing.T) {
	for _, claim := range claims {
		for _, form := range []struct{ name, value, rdns string }{
			{"sendmail", "from HELO ([192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc for " +
				"<RCPT@example.com>; x", ""},
			{"sendmail without version",
				"from HELO ([192.0.2.1]) by mx.example.com with ESMTP id 3A1Bc for <RCPT@example.com>; x", ""},
			{"sendmail with name", "from HELO (host.example.net [192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id " +
				"3A1Bc; x", "host.example.net"},
			{"sendmail with TLS", "from HELO ([192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTPS id 3A1Bc " +
				"(version=TLSv1.3 cipher=X bits=256 verify=NO) for <RCPT@example.com>; x", ""},
			{"Postfix", "from HELO (unknown [192.0.2.1]) by mx.example.com (Postfix) with ESMTP id 4XyZ12 for " +
				"<RCPT@example.com>; x", ""},
			{"Postfix with name", "from HELO (host.example.net [192.0.2.1]) by mx.example.com (Postfix) with SMTP id 4XyZ12 " +
				"for <RCPT@example.com>; x", "host.example.net"},
			{"Postfix with a certificate", "from HELO (unknown [192.0.2.1]) (using TLSv1.3 with cipher X (256/256 bits)) " +
				"(Client CN \"HELO [10.0.0.1] helo=trusted.example a authenticated user b envelope-from a@b.example\", Issuer " +
				"\"HELO\" (not verified)) by mx.example.com (Postfix) with ESMTPS id 4XyZ12; x", ""},
			{"Gmail", "from HELO ([192.0.2.1]) by mx.google.com with ESMTPS id a1si2.3.2026 for <RCPT@example.com> " +
				"(version=TLS1_3 cipher=X bits=256/256); x", ""},
		} {
			value := strings.NewReplacer("HELO", claim, "RCPT", claim).Replace(form.value)
			if form.name == "Postfix with a certificate" && strings.ContainsAny(claim, "()") {
				continue // parentheses there are replaced
			}
			r := ParseReceived(value)
			if r.IP != netip.MustParseAddr("192.0.2.1") || r.RDNS != "" && r.RDNS != form.rdns || r.Handover != HandoverTCP ||
				r.Auth != "" || r.EnvelopeFrom != "" {
				t.Errorf("%s, %q: handover %d ip %v rdns %q auth %q envelope %q", form.name, claim, r.Handover, r.IP, r.RDNS,
					r.Auth, r.EnvelopeFrom)
			}
		}
	}
}

// TestForgedAuthentication: the name of a client does not make it an authenticated one.
func TestForgedAuthentication(t *testing.T) {
	for value, want := range map[string]string{
		"from x (authenticated.evil.example [192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc; " +
			"x": "",
		"from x (authenticated [192.0.2.1] (may be forged)) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc; " +
			"x": "",
		"from x (authenticated@[192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc; " +
			"x": "",
		"from x (HELO y) (authenticated@192.0.2.1) by mx.example.com with SMTP; " +
			"x": "",
		"from x (y.example [192.0.2.1]) (authenticated bits=0) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc; " +
			"x": "Sendmail",
		"from x (y.example [192.0.2.1]) (authenticated) by mx.example.com (8.17.1/8.17.1) with ESMTP id 3A1Bc; " +
			"x": "Sendmail",
		"from 192.0.2.1 (SquirrelMail authenticated user joe) by mx.example.com with HTTP; " +
			"x": "HTTP",
		"from x (unknown [192.0.2.1]) (Client CN \"a authenticated user b\", Issuer \"c\") by mx.example.com (Postfix) " +
			"with ESMTPS id 4X; x": "",
	} {
		if r := ParseReceived(value); r.Auth != want {
			t.Errorf("%s: authenticated %q, want %q", value, r.Auth, want)
		}
	}
}

// TestHandedOver: what the caller knows of the last handover is not read from the field that says so.
func TestHandedOver(t *testing.T) {
	known := Received{IP: netip.MustParseAddr("192.0.2.1"), Helo: "from by with Exim", By: "mx"}
	m := ParseHandedOver(
		[]byte("Received: from trusted.example ([10.0.0.1]) by x (Exim); x\r\n"+
			"Received: from a (b.example [192.0.2.2]) by c (Postfix) with SMTP id DDDD; x\r\nSubject: s\r\n\r\n"), 0, known)
	relays := m.Relays()
	if len(relays) != 2 || relays[0].IP != known.IP || relays[0].RDNS != "" || relays[0].Helo != known.Helo ||
		relays[1].RDNS != "b.example" || relays[1].Field != 1 {
		t.Errorf("relays %+v", relays)
	}
	if sent := m.Sent(); len(sent) != 2 || !sent[0].Is("Received") || !sent[1].Is("Subject") {
		t.Errorf("%d fields sent", len(sent))
	}
}
