package mailauth_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/dnsbl/dnstest"
	"asterism/mailauth"
	"asterism/message"
)

// readZone starts a DNS server with the records of testdata.
func readZone(t testing.TB) *dnstest.Server {
	t.Helper()
	zone, err := os.ReadFile(filepath.Join("testdata", "zone.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return dnstest.Start(t, string(zone))
}

// checkFile checks a mail of testdata with the client and the sender that its fields name.
func checkFile(t testing.TB, c *mailauth.Checker, name string) *mailauth.Result {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	m := message.Parse(raw)
	in := &mailauth.Input{Message: m, Client: m.Relays()[0].IP, Helo: m.Relays()[0].Helo,
		Sender: strings.Trim(m.Header().Value("Return-Path"), "<>")}
	for _, a := range m.Header().Addresses("From") {
		in.From = append(in.From, a.Addr)
	}
	return c.Check(t.Context(), in)
}

// TestForgedFiles: a valid signature of an attacker beside a bogus one of the victim makes no mail of the victim's.
func TestForgedFiles(t *testing.T) {
	c := newChecker(t, readZone(t), mailauth.Options{})
	for _, name := range []string{"forge-vt.eml", "forge-space.eml"} {
		checkForgery(t, name, checkFile(t, c, name), "victim-bank.com")
	}
}

// checkForgery fails the test if a mail passes for one of the victim's.
func checkForgery(t *testing.T, name string, r *mailauth.Result, victim string) {
	t.Helper()
	for _, s := range r.DKIM {
		if s.Domain == victim && s.Outcome == mailauth.Pass {
			t.Errorf("%s: the signature of %s passes", name, victim)
		}
	}
	for _, function := range []string{"check_dkim_valid_author_sig", "check_dmarc_pass"} {
		if hit, _ := r.Eval(function, nil); hit {
			t.Errorf("%s: %s", name, function)
		}
	}
	if r.AuthenticDKIM("service@"+victim, "") {
		t.Errorf("%s: authentic", name)
	}
}

// TestForgedFieldNames spells the name of the field with the attacker's signature in every way that a reader might take
// for the usual one, before and behind a bogus signature of the victim's.
func TestForgedFieldNames(t *testing.T) {
	attacker := newSigner(t, "attacker.com", "s", "ed25519")
	victim := newSigner(t, "example.com", "s", "ed25519")
	srv := dnstest.Start(t, attacker.record(t)+"\n"+victim.record(t)+`
_dmarc.example.com. TXT "v=DMARC1; p=reject"
`)
	c := newChecker(t, srv, mailauth.Options{})
	signed := attacker.sign(t, letter, nil)
	field, ok := strings.CutPrefix(signed[:len(signed)-len(letter)], "DKIM-Signature:")
	if !ok {
		t.Fatalf("signed: %q", signed)
	}
	bogus := "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=s; h=from:to:subject:date;\r\n" +
		" bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA\r\n"
	for _, name := range spellings("DKIM-Signature") {
		forged := name + ":" + field
		for _, mail := range []string{forged + bogus, bogus + forged, forged + bogus + bogus, forged + forged + bogus,
			"X-First: x\r\n" + forged + bogus, bogus + forged + bogus} {
			r := c.Check(t.Context(), &mailauth.Input{Message: parse(mail + letter), Client: netip.MustParseAddr("8.1.1.1"),
				Helo: "attacker.com", Sender: "x@attacker.com", From: []string{"joe@example.com"}})
			checkForgery(t, fmt.Sprintf("%q", name), r, "example.com")
		}
	}
}

// spellings returns a field's name with each byte and each blank of Unicode in it, in other cases, and folded.
func spellings(name string) []string {
	var odd []string
	for c := range 256 {
		odd = append(odd, string([]byte{byte(c)}))
	}
	for _, r := range "\u0085\u00a0\u00ad\u1680\u2000\u2003\u2007\u200b\u200d" +
		"\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\ufffd" {
		odd = append(odd, string(r))
	}
	odd = append(odd, "\r\n ", "\n ", "\r\n\t", "\r\r\n ", "\r\n \r\n ", " \t ", "\xc2", "\xe2\x80", "\xa0\xa0")
	all := []string{name, strings.ToUpper(name), strings.ToLower(name), strings.Replace(name, "S", "ſ", 1),
		strings.Replace(name, "K", "\u212a", 1)}
	for _, s := range odd {
		all = append(all, name+s, s+name, strings.Replace(name, "-", s, 1), strings.Replace(name, "-", "-"+s, 1), " "+name+s)
	}
	return all
}

// TestInternationalSPF: the domain of a sender in U-labels is asked for as the DNS has it.
func TestInternationalSPF(t *testing.T) {
	r := checkFile(t, newChecker(t, readZone(t), mailauth.Options{}), "eai_spf.eml")
	if r.SPF.Outcome != mailauth.Pass || r.DMARC.Outcome != mailauth.Pass || !r.AuthenticSPF() {
		t.Errorf("%+v, %+v", r.SPF, r.DMARC)
	}
	want := "mx.our.example;\n\tspf=pass smtp.mailfrom=xn--bcher-laden-thb.de;\n\tdkim=none;\n\tdmarc=pass " +
		"header.from=xn--bcher-laden-thb.de"
	if got := r.Header("mx.our.example"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestRightFiles: signatures that are good, in spellings that other verifiers accept.
func TestRightFiles(t *testing.T) {
	c := newChecker(t, readZone(t), mailauth.Options{})
	for _, name := range []string{"d_d_upper_i_lower.eml", "d_i_case.eml", "d_i_sub_case.eml", "d_l_full.eml",
		"eai_dkim_alabel.eml", "eai_dkim_ulabel.eml"} {
		r := checkFile(t, c, name)
		for _, function := range []string{"check_dkim_valid", "check_dkim_valid_author_sig", "check_dmarc_pass"} {
			if hit, _ := r.Eval(function, nil); !hit {
				t.Errorf("%s: no %s (%+v)", name, function, r.DKIM)
			}
		}
	}
}

// TestEncodedFrom: a From whose address is in an encoded word is of the domain that mail programs show.
func TestEncodedFrom(t *testing.T) {
	c := newChecker(t, readZone(t), mailauth.Options{})
	for _, from := range []string{"=?utf-8?B?VmljdGltIDxzZXJ2aWNlQHZpY3RpbS1iYW5rLmNvbT4=?=",
		"=?utf-8?Q?service=40victim-bank.com?=",
		"<=?utf-8?Q?service=40victim-bank.com?=>", "Bank <service@VICTIM-BANK.com.>"} {
		m := parse("From: " + from + "\r\nSubject: s\r\n\r\nx\r\n")
		in := &mailauth.Input{Message: m, Client: netip.MustParseAddr("45.67.89.10"), Helo: "attacker.com",
			Sender: "x@attacker.com"}
		for _, a := range m.Header().Addresses("From") {
			in.From = append(in.From, a.Addr)
		}
		r := c.Check(t.Context(), in)
		if hit, _ := r.Eval("check_dmarc_reject", nil); !hit {
			t.Errorf("%s: %+v", from, r.DMARC)
		}
	}
}
