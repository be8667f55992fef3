package mailauth_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"asterism/dnsbl/dnstest"
	"asterism/mailauth"
	"asterism/message"
)

func TestTrustedResults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		fields []string
		want   string // SPF, HELO SPF, DKIM, DMARC with policy
	}{
		{"none", nil, "none none [] none/"},
		{"a stranger's", []string{"evil.example; spf=pass smtp.mailfrom=x@example.com; dkim=pass header.d=example.com; " +
			"dmarc=pass header.from=example.com"},
			"none none [] none/"},
		{"name that begins alike", []string{"mx.site.example.evil.com; dkim=pass header.d=example.com"},
			"none none [] none/"},
		{"SPF", []string{"mx.site.example; spf=softfail smtp.mailfrom=x@example.com"}, "softfail  [] none/"},
		{"SPF of null sender", []string{"mx.site.example; spf=pass smtp.helo=h.example"}, "pass pass [] none/"},
		{"hardfail", []string{"MX.site.example; spf=hardfail smtp.mailfrom=example.com"}, "fail  [] none/"},
		{"DKIM", []string{"mx.site.example; dkim=pass (2048-bit key) header.d=Example.com header.i=@example.com " +
			"header.b=abc"},
			"none none [example.com=pass] none/"},
		{"DKIM by identity", []string{"mx.site.example; dkim=fail reason=\"bad signature\" header.i=@example.com"},
			"none none [example.com=fail] none/"},
		{"unsigned", []string{"mx.site.example; dkim=none"}, "none none [] none/"},
		{"several filters", []string{"mx.site.example; dmarc=fail (p=reject dis=none) header.from=example.com",
			"mx.site.example; dkim=pass header.d=a.com; dkim=fail header.d=b.com",
			"mx.site.example; spf=fail smtp.mailfrom=x@example.com"},
			"fail  [a.com=pass b.com=fail] fail/reject"},
		{"the newest counts", []string{"mx.site.example; dkim=fail header.d=a.com",
			"mx.site.example; dkim=pass header.d=a.com"},
			"none none [a.com=fail] none/"},
		{"broken", []string{"mx.site.example; dkim", ";;;", "", "mx.site.example; =pass",
			"mx.site.example; dkim=pass header.d=\""},
			"none none [] none/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := dnstest.Start(t, "")
			c := newChecker(t, srv, mailauth.Options{Trusted: []string{"other.example", "mx.site.example"}})
			r := c.Check(t.Context(), &mailauth.Input{
				Message: parse(letter), Client: netip.MustParseAddr("8.1.1.1"), Helo: "h.example", Sender: "x@example.com",
				From: []string{"joe@example.com"}, AuthResults: tc.fields,
			})
			var sigs []string
			for _, s := range r.DKIM {
				sigs = append(sigs, s.Domain+"="+string(s.Outcome))
			}
			got := fmt.Sprintf("%s %s %v %s/%s", r.SPF.Outcome, r.SPFHelo.Outcome, sigs, r.DMARC.Outcome, r.DMARC.Policy)
			if got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	own := newSigner(t, "example.com", "s", "ed25519")
	srv := dnstest.Start(t, own.record(t)+`
_dmarc.example.com.  TXT "v=DMARC1; p=reject"
example.com.         TXT "v=spf1 -all"
`)
	c := newChecker(t, srv, mailauth.Options{})
	in := &mailauth.Input{Message: parse(own.sign(t, letter, nil)), Client: netip.MustParseAddr("8.1.1.1"),
		Sender: "joe@example.com", Helo: "h", From: []string{"joe@example.com"}}
	got := c.Check(t.Context(), in).Header("mx.site.example")
	want := "mx.site.example;\n\tspf=fail smtp.mailfrom=joe@example.com;\n\tdkim=pass header.d=example.com " +
		"header.i=@example.com;\n\tdmarc=pass header.from=example.com"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	in.Sender = "a\r\nX-Evil: yes; spf=pass\"\\@example.com"
	if got := c.Check(t.Context(), in).Header("mx.site.example"); strings.Contains(got, "\r") ||
		strings.Contains(got, "\nX-Evil") ||
		strings.Count(got, "spf=") != 2 || !strings.Contains(got, `smtp.mailfrom="`) {
		t.Errorf("a sender's bytes in the header: %q", got)
	}
}

func TestAuthenticSenders(t *testing.T) {
	own := newSigner(t, "mail.example.com", "s", "ed25519")
	srv := dnstest.Start(t, own.record(t)+"\nexample.com. TXT \"v=spf1 ip4:8.1.1.1 -all\"\n")
	c := newChecker(t, srv, mailauth.Options{})
	r := c.Check(t.Context(), &mailauth.Input{Message: parse(own.sign(t, letter, nil)),
		Client: netip.MustParseAddr("8.1.1.1"), Sender: "joe@example.com"})
	if !r.AuthenticSPF() {
		t.Error("SPF passed but does not vouch for the sender")
	}
	for _, tc := range []struct {
		author, domain string
		want           bool
	}{
		{"joe@mail.example.com", "", true},
		{"joe@example.com", "", false},
		{"joe@example.com", "mail.example.com", true},
		{"joe@example.com", "*.example.com", true},
		{"joe@example.com", "ample.com", false},
	} {
		if got := r.AuthenticDKIM(tc.author, tc.domain); got != tc.want {
			t.Errorf("DKIM for %s by %q: %v", tc.author, tc.domain, got)
		}
	}
	r = c.Check(t.Context(), &mailauth.Input{Client: netip.MustParseAddr("8.1.1.2"), Sender: "joe@example.com"})
	if r.AuthenticSPF() {
		t.Error("SPF failed but vouches for the sender")
	}
}

func FuzzCheck(f *testing.F) {
	own := newSigner(f, "example.com", "s", "ed25519")
	f.Add([]byte(own.sign(f, letter, nil)), "joe@example.com",
		"mx.example; dkim=pass header.d=x (comment); spf=fail smtp.mailfrom=\"a b\"@c")
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; d=x.y; s=s; h=from; b=; bh=\n\n"), "@", "mx.example 1; none")
	f.Add([]byte(""), "", "")
	srv := dnstest.Start(f, own.record(f)+"\nexample.com. TXT \"v=spf1 exists:%{l1r-}.%{d} -all\"\n_dmarc.example.com. "+
		"TXT \"v=DMARC1; p=reject\"\n")
	c := newChecker(f, srv, mailauth.Options{Trusted: []string{"mx.example"}})
	f.Fuzz(func(t *testing.T, raw []byte, sender, results string) {
		r := c.Check(t.Context(), &mailauth.Input{Message: message.Parse(raw), Client: netip.MustParseAddr("8.1.1.1"),
			Helo: sender, Sender: sender,
			From: []string{sender}, AuthResults: []string{results}})
		if h := r.Header("mx.example"); strings.ContainsAny(strings.ReplaceAll(h, "\n\t", ""), "\r\n\x00") {
			t.Errorf("header %q", h)
		}
		for _, f := range []string{"check_dkim_valid", "check_dkim_valid_author_sig", "check_dmarc_pass",
			"check_for_spf_pass"} {
			r.Eval(f, nil)
		}
	})
}
