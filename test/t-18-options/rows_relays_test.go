package options_test

import (
	"strings"
)

// relayRows are about whose Received fields are true, and whose address is asked about.
func relayRows() []row {
	// From a client outside by a relay of another network, and our own.
	const way = "Received: from relay.our.example (relay.our.example [203.0.113.9]) by mx.our.example with ESMTP id " +
		"2;\r\n" +
		"\tFri, 20 Nov 2026 21:00:39 -0700\r\n" +
		"Received: from mail.bad.com (mail.bad.com [8.2.3.4]) by relay.our.example with ESMTP id 1;\r\n" +
		"\tFri, 20 Nov 2026 21:00:38 -0700\r\n" + "From: Joe <joe@bad.com>\r\nTo: <sue@our.example>\r\nSubject: hello\r\n" +
		"Date: Fri, 20 Nov 2026 21:00:37 -0700\r\nMessage-ID: <1@bad.com>\r\n\r\nNothing to see.\r\n"
	const tags = "add_header all Trust [_RELAYSTRUSTED_]\nadd_header all Untrust [_RELAYSUNTRUSTED_]\n" +
		"add_header all Intern [_RELAYSINTERNAL_]\nfold_headers 0\n"
	const relay, client = "[[ ip=203.0.113.9 rdns=relay.our.example", "msa=1"
	const origin = "add_header all Trust x\nrbl_timeout 20\n"
	return []row{
		{option: "trusted_networks", base: tags, mail: way, with: "trusted_networks 203.0.113.9", came: "X-Spam-Trust: " +
			relay},
		{option: "clear_trusted_networks", base: tags + "trusted_networks 203.0.113.9", mail: way,
			with: "clear_trusted_networks",
			gone: "X-Spam-Trust: " + relay},
		{option: "internal_networks", base: tags + "trusted_networks 203.0.113.0/24", mail: way,
			with: "internal_networks 203.0.113.1",
			gone: "X-Spam-Intern: " + relay},
		{option: "clear_internal_networks", base: tags + "trusted_networks 203.0.113.0/24\ninternal_networks 203.0.113.1",
			mail: way,
			with: "clear_internal_networks", came: "X-Spam-Intern: " + relay},
		{option: "msa_networks", base: tags + "trusted_networks 203.0.113.9", mail: way, with: "msa_networks 203.0.113.9",
			came: client},
		{option: "clear_msa_networks", base: tags + "trusted_networks 203.0.113.9\nmsa_networks 203.0.113.9", mail: way,
			with: "clear_msa_networks", gone: client},
		{option: "originating_ip_headers", base: origin, zone: "example.invalid. A 127.0.0.1",
			mail: "X-Client-Of-Ours: [9.8.7.6]\r\n" + letter,
			with: "originating_ip_headers X-Client-Of-Ours", came: "6.7.8.9.zen.spamhaus.org"},
		{option: "clear_originating_ip_headers", base: origin + "originating_ip_headers X-Client-Of-Ours",
			zone: "example.invalid. A 127.0.0.1",
			mail: "X-Client-Of-Ours: [9.8.7.6]\r\n" + letter, with: "clear_originating_ip_headers",
			gone: "6.7.8.9.zen.spamhaus.org"},
		{option: "envelope_sender_header", base: "blocklist_from list@other.com",
			with: "envelope_sender_header X-Envelope-Of-Ours",
			mail: "X-Envelope-Of-Ours: <list@other.com>\r\n" + letter, came: "hit USER_IN_BLOCKLIST "},
		{option: "always_trust_envelope_sender", base: "blocklist_from list@other.com",
			with: "always_trust_envelope_sender 1",
			mail: strings.Replace(strings.TrimPrefix(letter, "Return-Path: <joe@bad.com>\r\n"), "From: Joe",
				"Return-Path: <list@other.com>\r\nFrom: Joe", 1),
			came: "hit USER_IN_BLOCKLIST "},
	}
}
