package options_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
)

// signed returns the letter with a signature of its author's domain by an RSA key of 1024 bits, and the records for
// it and for SPF.
func signed(t *testing.T) (mail, zone string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(letter, "From: ")
	var b bytes.Buffer
	err = dkim.Sign(&b, strings.NewReader("From: "+body), &dkim.SignOptions{
		Domain: "bad.com", Selector: "s", Signer: key, Hash: crypto.SHA256, HeaderKeys: []string{"From", "Subject", "Date"}})
	if err != nil {
		t.Fatal(err)
	}
	return head + b.String(), "bad.com. TXT \"v=spf1 ip4:8.2.3.4 -all\"\n" +
		"s._domainkey.bad.com. TXT \"v=DKIM1; p=" + base64.StdEncoding.EncodeToString(public)[:200] + "\" \"" +
		base64.StdEncoding.EncodeToString(public)[200:] + "\"\n"
}

// authRows are who sent a mail, and the lists of those who are welcome if they did.
func authRows(t *testing.T) []row {
	mail, zone := signed(t)
	const spf, dkimHit = "hit SPF_PASS ", "hit DKIM_VALID "
	const spfWelcome, dkimWelcome = "hit USER_IN_SPF_WELCOMELIST ", "hit USER_IN_DKIM_WELCOMELIST "
	slow := func(part string) func(*dnstest.Server) {
		return func(s *dnstest.Server) {
			s.Special(func(_ dns.ResponseWriter, q *dns.Msg) bool {
				if strings.HasSuffix(q.Question[0].Name, part) {
					time.Sleep(1500 * time.Millisecond)
				}
				return false
			})
		}
	}
	const ours = "Authentication-Results: mx.our.example; spf=pass smtp.mailfrom=joe@bad.com\r\n"
	const base = "spf_timeout 20\ndkim_timeout 20\nrbl_timeout 20"
	const trusted = "authres_trusted_authserv mx.our.example"
	all := []row{
		{option: "spf_timeout", with: "spf_timeout 0.3", dns: slow("bad.com."), gone: spf},
		{option: "dkim_timeout", with: "dkim_timeout 0.3", dns: slow("_domainkey.bad.com."), gone: dkimHit},
		{option: "dkim_minimum_key_bits", with: "dkim_minimum_key_bits 2048", gone: "hit DKIM_VALID_AU "},
		{option: "adsp_override", with: "adsp_override bad.com discardable", mail: letter, came: "hit DKIM_ADSP_DISCARD "},
		{option: "authres_trusted_authserv", with: trusted, zone: "nothing.example. A 127.0.0.1", mail: ours + letter,
			came: spf,
			in:   envelope(nil)},
		{option: "authres_ignored_authserv", base: trusted, with: "authres_ignored_authserv mx.our.example",
			zone: "nothing.example. A 127.0.0.1",
			mail: ours + letter, gone: spf, in: envelope(nil)},
		{option: "authres_networks", base: trusted, with: "authres_networks all", zone: "nothing.example. A 127.0.0.1",
			mail: strings.Replace(letter, "From: ", ours+"From: ", 1), came: spf, in: envelope(nil)},
		{option: "add_authentication_results", with: "add_authentication_results 1",
			came: "\nAuthentication-Results: mx.our.example;"},
		{option: "welcomelist_from_spf", with: "welcomelist_from_spf *@bad.com", came: spfWelcome},
		{option: "welcomelist_from_dkim", with: "welcomelist_from_dkim joe@bad.com bad.com", came: dkimWelcome},
		{option: "welcomelist_auth", with: "welcomelist_auth *@bad.com", came: spfWelcome},
		{option: "welcomelist_auth", with: "welcomelist_auth *@bad.com", came: dkimWelcome},
		{option: "def_welcomelist_from_spf", with: "def_welcomelist_from_spf *@bad.com", came: "hit USER_IN_DEF_SPF_WL "},
		{option: "def_welcomelist_from_dkim", with: "def_welcomelist_from_dkim *@bad.com", came: "hit USER_IN_DEF_DKIM_WL "},
		{option: "def_welcomelist_auth", with: "def_welcomelist_auth *@bad.com", came: "hit USER_IN_DEF_DKIM_WL "},
		{option: "unwelcomelist_auth", base: "welcomelist_auth *@bad.com", with: "unwelcomelist_auth *@bad.com",
			gone: dkimWelcome},
		{option: "unwelcomelist_from_spf", base: "welcomelist_from_spf *@bad.com", with: "unwelcomelist_from_spf *@bad.com",
			gone: spfWelcome},
		{option: "unwelcomelist_from_dkim", base: "welcomelist_from_dkim *@bad.com",
			with: "unwelcomelist_from_dkim *@bad.com", gone: dkimWelcome},
	}
	for i := range all {
		r := &all[i]
		r.base = base + "\n" + r.base
		if r.mail == "" {
			r.mail = mail
		}
		if r.zone == "" {
			r.zone = zone
		}
	}
	return all
}
