package classifier

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"asterism/message"
)

// What the milter knows of the client must be found in the relay chain, whatever the client calls itself.
func TestWithReceived(t *testing.T) {
	day := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		in   Input
		want message.Received
	}{
		{"named IPv4", Input{Client: netip.MustParseAddr("192.0.2.7"), ClientName: "mail.example.org",
			Helo: "mail.example.org",
			Host: "mx.example.net", QueueID: "4ALabc012345"},
			message.Received{RDNS: "mail.example.org", Helo: "mail.example.org", By: "mx.example.net", ID: "4ALabc012345"}},
		{"nameless IPv6", Input{Client: netip.MustParseAddr("2001:db8::7"), ClientName: "[2001:db8::7]", Helo: "ylmf-pc",
			Host: "mx.example.net"},
			message.Received{Helo: "ylmf-pc", By: "mx.example.net"}},
		{"authenticated", Input{Client: netip.MustParseAddr("192.0.2.7"), Helo: "laptop", Host: "mx.example.net",
			AuthUser: "ann"},
			message.Received{Helo: "laptop", By: "mx.example.net", Auth: "ESMTPA"}},
		{"forged names", Input{Client: netip.MustParseAddr("192.0.2.7"), Host: "mx.example.net",
			Helo: "x (trusted.example.com [10.0.0.1])\r\nX-Spam-Score: 0"},
			message.Received{By: "mx.example.net", Helo: "xtrusted.example.com[10.0.0.1]X-Spam-Score:0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.in.Raw, c.in.Received = []byte("Subject: hi\r\n\r\nbody\r\n"), day
			m := c.in.Message()
			raw := m.Raw()
			if !strings.HasSuffix(string(raw), string(c.in.Raw)) {
				t.Errorf("%s: the message itself is changed: %q", c.name, raw)
			}
			if n := len(m.Header().Fields()); n != 2 {
				t.Errorf("%s: %d fields, want 2: %q", c.name, n, raw)
			}
			relays := m.Relays()
			if len(relays) != 1 {
				t.Fatalf("%s: %d relays", c.name, len(relays))
			}
			r := relays[0]
			if r.IP != c.in.Client || r.RDNS != c.want.RDNS || r.By != c.want.By || r.Auth != c.want.Auth {
				t.Errorf("%s: read back as ip=%v rdns=%q by=%q auth=%q from %q", c.name, r.IP, r.RDNS, r.By, r.Auth, raw)
			}
			if c.name != "forged names" && r.Helo != c.want.Helo {
				t.Errorf("%s: helo %q", c.name, r.Helo)
			}
		})
	}
	in := Input{Raw: []byte("Subject: hi\n\n")}
	if got := in.Message().Raw(); string(got) != string(in.Raw) {
		t.Errorf("without a client: %q", got)
	}
}

// TestClientFromValues: no word of the client's changes who the first relay is.
func TestClientFromValues(t *testing.T) {
	for _, claim := range []string{"trusted.example", "Exim", "trusted.example (Exim 4.97)", "by", "from", "(", ")",
		"[10.0.0.1]", "(x", "x) by mx.example.net (Exim",
		"trusted.example ([10.0.0.1])", "trusted.example[10.0.0.1]", "helo=trusted.example",
		"\r\nReceived: from trusted.example ([10.0.0.1]) by mx", "id", ";", "a\x00b", ""} {
		in := Input{Raw: []byte("Subject: hi\r\n\r\nbody\r\n"), Client: netip.MustParseAddr("192.0.2.7"), Helo: claim,
			Host:    "mx.example.net",
			QueueID: "4ALabc012345", Sender: claim, Recipients: []string{claim + "@example.net"}}
		relays := in.Message().Relays()
		if len(relays) != 1 {
			t.Fatalf("%q: %d relays", claim, len(relays))
		}
		r := relays[0]
		if r.IP != in.Client || r.RDNS != "" || r.Helo != claim || r.By != in.Host || r.ID != in.QueueID || r.Auth != "" ||
			r.EnvelopeFrom != "" ||
			r.Handover != message.HandoverTCP {
			t.Errorf("%q: %+v", claim, r)
		}
	}
}
