package message

import (
	"net/netip"
	"testing"
)

func TestSplitRelays(t *testing.T) {
	relays := []Received{
		ParseReceived("from mx.example.com (mx.example.com [192.0.2.10]) by store.example.com (Postfix) with LMTP id AAAA; " +
			"x"),
		ParseReceived("from backup.example.net (backup.example.net [198.51.100.1]) by mx.example.com (Postfix) with ESMTP " +
			"id BBBB; x"),
		ParseReceived("from out.example.org (out.example.org [203.0.113.5]) by backup.example.net (Postfix) with ESMTP id " +
			"CCCC; x"),
		ParseReceived("from pc (pc [10.0.0.1]) by out.example.org (Postfix) with ESMTPA id DDDD; x"),
	}
	prefix := netip.MustParsePrefix
	tests := []struct {
		name              string
		networks          Networks
		trusted, internal int
	}{
		{"nothing known", Networks{}, 0, 0},
		{"own network", Networks{Internal: []netip.Prefix{prefix("192.0.2.0/24")}}, 1, 1},
		{"trusted backup MX", Networks{Trusted: []netip.Prefix{prefix("192.0.2.0/24"), prefix("198.51.100.1/32")},
			Internal: []netip.Prefix{prefix("192.0.2.0/24")}}, 2, 1},
		{"MSA", Networks{Trusted: []netip.Prefix{prefix("192.0.2.0/24")}, MSA: []netip.Prefix{prefix("192.0.2.10/32")}}, 4,
			4},
	}
	for _, tt := range tests {
		c := SplitRelays(relays, tt.networks)
		if len(c.Trusted) != tt.trusted || len(c.Internal) != tt.internal || len(c.Trusted)+len(c.Untrusted) != 4 ||
			len(c.Internal)+len(c.External) != 4 {
			t.Errorf("%s: %d trusted, %d internal", tt.name, len(c.Trusted), len(c.Internal))
		}
	}
	c := SplitRelays(relays, Networks{Internal: []netip.Prefix{prefix("192.0.2.0/24")}})
	want := "[ ip=192.0.2.10 rdns=mx.example.com helo=mx.example.com by=store.example.com ident= envfrom= intl=1 " +
		"id=AAAA auth= msa=0 ]"
	if got := c.Trusted[0].String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSplitRelaysFetched(t *testing.T) {
	c := SplitRelays([]Received{
		ParseReceived("from localhost [127.0.0.1] by pc.example.com with ESMTP id 1234; x"),
		ParseReceived("from pop.example.org [192.0.2.1] by localhost with POP3 (fetchmail-6.3) for joe@localhost; x"),
		ParseReceived("from spammer (unknown [203.0.113.5]) by pop.example.org (Postfix) with ESMTP id CCCC; x"),
	}, Networks{})
	if len(c.Relays) != 1 || c.Relays[0].By != "pop.example.org" {
		t.Errorf("relays %v", c.Relays)
	}
}
