package network_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"asterism/dnsbl/dnstest"
)

// sealed returns a message with one ARC set of the domain list.example, which found that the author's domain vouches
// for it,
// and the record of the key.
func sealed(t *testing.T) (mail, record string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(data string) string {
		sum := sha256.Sum256([]byte(data))
		return base64.StdEncoding.EncodeToString(ed25519.Sign(private, sum[:]))
	}
	const from, body, results = "Joe <joe@bad.com>", "Hi.\r\n", "i=1; mx.list.example; dmarc=pass header.from=bad.com"
	bodyHash := sha256.Sum256([]byte(body))
	signature := "i=1; a=ed25519-sha256; c=relaxed/relaxed; d=list.example; s=arc; h=From; bh=" +
		base64.StdEncoding.EncodeToString(bodyHash[:]) + "; b="
	signature += sign("from:" + from + "\r\narc-message-signature:" + signature)
	seal := "i=1; a=ed25519-sha256; cv=none; d=list.example; s=arc; b="
	seal += sign("arc-authentication-results:" + results + "\r\narc-message-signature:" + signature + "\r\narc-seal:" +
		seal)
	mail = "ARC-Seal: " + seal + "\r\nARC-Message-Signature: " + signature + "\r\nARC-Authentication-Results: " + results +
		"\r\nFrom: " + from +
		"\r\nTo: sue@example.org\r\nSubject: [list] hello\r\n\r\n" + body
	return mail, fmt.Sprintf("arc._domainkey.list.example. TXT %q\n",
		"v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public))
}

// TestTrustedSealer: DMARC's failure does not count where a host that the site trusts saw it pass, and else it does.
func TestTrustedSealer(t *testing.T) {
	mail, record := sealed(t)
	for _, c := range []struct {
		options, mail string
		want          []string
	}{
		{"", mail, []string{"ARC_OK", "REJECT"}},
		{"arc_trusted_sealers list.example", mail, []string{"ARC_OK"}},
		{"arc_trusted_sealers other.example", mail, []string{"ARC_OK", "REJECT"}},
		{"arc_trusted_sealers list.example", strings.Replace(mail, "Hi.", "Buy.", 1), []string{"REJECT"}},
		{"arc_trusted_sealers list.example", strings.Replace(mail, "dmarc=pass", "dmarc=fail", 1), []string{"REJECT"}},
	} {
		server := dnstest.Start(t, record+`bad.com. TXT "v=spf1 -all"`+"\n"+`_dmarc.bad.com. TXT "v=DMARC1; p=reject"`+"\n")
		s := newSite(t, server,
			c.options+"\nfull ARC_OK eval:check_arc_valid()\nfull REJECT eval:check_dmarc_reject()\nscore REJECT 1\n")
		got, _ := s.check(t, input(c.mail))
		for _, name := range []string{"ARC_OK", "REJECT"} {
			if has := slices.Contains(strings.Fields(got), name); has != slices.Contains(c.want, name) {
				t.Errorf("%q: %s, want %q", c.options, got, c.want)
			}
		}
	}
}

// TestIgnoreSigned: an address in the display name is no imitation where a domain of fns_ignore_dkim signed the
// message.
func TestIgnoreSigned(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var mail strings.Builder
	spoofing := strings.Replace(letter, "From: Joe <joe@bad.com>", `From: "ann@firm.com" <joe@bad.com>`, 1)
	err = dkim.Sign(&mail, strings.NewReader(spoofing), &dkim.SignOptions{Domain: "bad.com", Selector: "t",
		Signer: private, Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	record := fmt.Sprintf("t._domainkey.bad.com. TXT %q\n",
		"v=DKIM1; k=ed25519; p="+base64.StdEncoding.EncodeToString(public))
	for options, want := range map[string]bool{"": true, "fns_ignore_dkim bad.com": false,
		"fns_ignore_dkim other.com": true} {
		s := newSite(t, dnstest.Start(t, record),
			options+"\nheader SPOOF eval:check_fromname_spoof('0')\nfull SIGNED eval:check_dkim_valid()\n")
		got, _ := s.check(t, input(mail.String()))
		if hits := strings.Fields(got); slices.Contains(hits, "SPOOF") != want || !slices.Contains(hits, "SIGNED") {
			t.Errorf("%q: %s, want SIGNED, and SPOOF %v", options, got, want)
		}
	}
}
