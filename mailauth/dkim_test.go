package mailauth_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"asterism/dnsbl/dnstest"
	"asterism/mailauth"
	"asterism/message"
)

const letter = "From: Joe <joe@example.com>\r\nTo: Suzie <suzie@example.org>\r\nSubject: Is dinner ready?\r\n" +
	"Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@example.com>\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you " +
	"hungry yet?\r\n\r\nJoe.\r\n"

func parse(raw string) *message.Message { return message.Parse([]byte(raw)) }

// signer signs as one domain.
type signer struct {
	domain, selector string
	key              crypto.Signer
}

func newSigner(t testing.TB, domain, selector, kind string) signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "rsa1024":
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer{domain, selector, key}
}

// record returns the key's record in zone file form.
func (s signer) record(t testing.TB) string {
	t.Helper()
	var tags string
	switch key := s.key.Public().(type) {
	case ed25519.PublicKey:
		tags = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key)
	default:
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		tags = "v=DKIM1; p=" + base64.StdEncoding.EncodeToString(der)
	}
	var parts []string
	for len(tags) > 200 {
		parts, tags = append(parts, `"`+tags[:200]+`"`), tags[200:]
	}
	return s.selector + "._domainkey." + s.domain + ". TXT " + strings.Join(append(parts, `"`+tags+`"`), " ")
}

func (s signer) sign(t testing.TB, mail string, change func(*dkim.SignOptions)) string {
	t.Helper()
	opt := &dkim.SignOptions{
		Domain: s.domain, Selector: s.selector, Signer: s.key, Hash: crypto.SHA256,
		HeaderKeys:             []string{"From", "To", "Subject", "Date"},
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
	if change != nil {
		change(opt)
	}
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(mail), opt); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// verify returns "domain=outcome" for each signature, and the names of the DKIM tests that hit.
func verify(t testing.TB, c *mailauth.Checker, mail string) string {
	t.Helper()
	r := c.Check(t.Context(), &mailauth.Input{Message: parse(mail), From: []string{"joe@example.com"},
		Sender: "bounce@lists.example.com"})
	var out []string
	for _, s := range r.DKIM {
		out = append(out, s.Domain+"="+string(s.Outcome))
	}
	for _, test := range []struct{ name, function string }{
		{"SIGNED", "check_dkim_signed"}, {"VALID", "check_dkim_valid"}, {"AU", "check_dkim_valid_author_sig"},
		{"EF", "check_dkim_valid_envelopefrom"},
	} {
		if hit, _ := r.Eval(test.function, nil); hit {
			out = append(out, test.name)
		}
	}
	return strings.Join(out, " ")
}

func TestDKIM(t *testing.T) {
	own, ed := newSigner(t, "example.com", "rsa", "rsa"), newSigner(t, "example.com", "ed", "ed25519")
	other, weak := newSigner(t, "lists.example.org", "s", "rsa"), newSigner(t, "example.com", "weak", "rsa1024")
	unknown := newSigner(t, "example.com", "nokey", "rsa")
	srv := dnstest.Start(t, strings.Join([]string{own.record(t), ed.record(t), other.record(t), weak.record(t)}, "\n"))
	srv.Add(t, `revoked._domainkey.example.com. TXT "v=DKIM1; p="`)
	revoked := signer{"example.com", "revoked", own.key}
	c := newChecker(t, srv, mailauth.Options{MinKeyBits: 2048})
	signed := own.sign(t, letter, nil)
	simple := own.sign(t, letter, func(o *dkim.SignOptions) {
		o.HeaderCanonicalization, o.BodyCanonicalization = dkim.CanonicalizationSimple, dkim.CanonicalizationSimple
	})
	for _, tc := range []struct{ name, mail, want string }{
		{"unsigned", letter, ""},
		{"RSA", signed, "example.com=pass SIGNED VALID AU EF"},
		{"Ed25519", ed.sign(t, letter, nil), "example.com=pass SIGNED VALID AU EF"},
		{"simple", simple, "example.com=pass SIGNED VALID AU EF"},
		{"with bare line feeds", strings.ReplaceAll(simple, "\r\n", "\n"), "example.com=pass SIGNED VALID AU EF"},
		{"headers before it", "Received: from a by b\r\nX-Spam-Score: 1.0\r\n" + signed,
			"example.com=pass SIGNED VALID AU EF"},
		{"blanks changed, relaxed", strings.Replace(signed, "Subject: Is dinner", "Subject:  Is  dinner", 1),
			"example.com=pass SIGNED VALID AU EF"},
		{"blanks changed, simple", strings.Replace(simple, "Subject: Is dinner", "Subject:  Is dinner", 1),
			"example.com=fail SIGNED"},
		{"body changed", strings.Replace(signed, "lost", "won", 1), "example.com=fail SIGNED"},
		{"subject changed", strings.Replace(signed, "dinner", "money", 1), "example.com=fail SIGNED"},
		{"author changed", strings.Replace(signed, "Joe <joe@", "Joe <ceo@", 1), "example.com=fail SIGNED"},
		{"other's signature", other.sign(t, letter, nil), "lists.example.org=pass SIGNED VALID"},
		{"two signatures", other.sign(t, signed, nil), "lists.example.org=pass example.com=pass SIGNED VALID AU EF"},
		{"one of two broken", other.sign(t, strings.Replace(signed, "lost", "won", 1), nil),
			"lists.example.org=pass example.com=fail SIGNED VALID"},
		{"small key", weak.sign(t, letter, nil), "example.com=pass SIGNED VALID EF"},
		{"no key", unknown.sign(t, letter, nil), "example.com=permerror SIGNED"},
		{"key revoked", revoked.sign(t, letter, nil), "example.com=permerror SIGNED"},
		{"expired", own.sign(t, letter, func(o *dkim.SignOptions) { o.Expiration = time.Now().Add(-time.Hour) }),
			"example.com=permerror SIGNED"},
		{"empty field", "DKIM-Signature:\r\n" + letter, "=permerror SIGNED"},
		{"nonsense", "DKIM-Signature: v=1; a=b; c=;;;=\r\n" + letter, "=permerror SIGNED"},
		{"header only", "DKIM-Signature: v=1; d=example.com\r\n", "example.com=permerror SIGNED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := verify(t, c, tc.mail); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
	srv.Silence(true)
	fresh := newChecker(t, srv, mailauth.Options{Timeout: 200 * time.Millisecond})
	if got := verify(t, fresh, signed); got != "example.com=temperror SIGNED" {
		t.Errorf("silent DNS server: %q", got)
	}
}

// TestManySignatures: a mail may carry a thousand; each would cost a question and a pass over the body.
func TestManySignatures(t *testing.T) {
	s := newSigner(t, "example.com", "rsa", "rsa")
	srv := dnstest.Start(t, s.record(t))
	signed := s.sign(t, letter, nil)
	field := signed[:len(signed)-len(letter)]
	c := newChecker(t, srv, mailauth.Options{})
	r := c.Check(t.Context(), &mailauth.Input{Message: parse(strings.Repeat(field, 1000) + letter)})
	if len(r.DKIM) == 0 || len(r.DKIM) > 20 {
		t.Errorf("%d signatures verified", len(r.DKIM))
	}
}

// TestRFC8463 verifies the message of RFC 8463, appendix A: one body signed by Ed25519 and by RSA.
func TestRFC8463(t *testing.T) {
	srv := dnstest.Start(t, `
brisbane._domainkey.football.example.com. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
test._domainkey.football.example.com. TXT "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR" "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/b" "yYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKr" "M3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K" "4w3QIDAQAB"
`)
	const mail = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" +
		" d=football.example.com; i=@football.example.com;\r\n" +
		" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" +
		" subject : date : message-id : from : subject : date;\r\n" +
		" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n" +
		" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n" +
		" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n" +
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n" +
		" d=football.example.com; i=@football.example.com;\r\n" +
		" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n" +
		" date : message-id : from : subject : date;\r\n" +
		" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n" +
		" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n" +
		" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n" +
		" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n" +
		"From: Joe SixPack <joe@football.example.com>\r\n" +
		"To: Suzie Q <suzie@shopping.example.net>\r\n" +
		"Subject: Is dinner ready?\r\n" +
		"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" +
		"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n" +
		"\r\n" +
		"Hi.\r\n" +
		"\r\n" +
		"We lost the game.  Are you hungry yet?\r\n" +
		"\r\n" +
		"Joe.\r\n"
	r := newChecker(t, srv, mailauth.Options{}).Check(t.Context(), &mailauth.Input{Message: parse(mail)})
	got := ""
	for _, s := range r.DKIM {
		got += fmt.Sprintf("%s %s %d %s; ", s.Selector, s.Outcome, s.KeyBits, s.Reason)
	}
	if got != "brisbane pass 256 ; test pass 1024 ; " {
		t.Error(got)
	}
}

func TestDMARC(t *testing.T) {
	own, list := newSigner(t, "example.com", "s", "ed25519"), newSigner(t, "lists.test.org", "s", "ed25519")
	srv := dnstest.Start(t, own.record(t)+"\n"+list.record(t)+`
_dmarc.example.com.  TXT "v=DMARC1; p=reject; sp=quarantine"
_dmarc.quar.com.     TXT "v=DMARC1; p=quarantine"
_dmarc.none.com.     TXT "v=DMARC1; p=none; rua=mailto:x@none.com"
_dmarc.strict.com.   TXT "v=DMARC1; p=reject; aspf=s; adkim=s"
_dmarc.half.com.     TXT "v=DMARC1; p=reject; pct=0"
_dmarc.broken.com.   TXT "v=DMARC1; p=perhaps"
_dmarc.twice.com.    TXT "v=DMARC1; p=reject"
_dmarc.twice.com.    TXT "v=DMARC1; p=none"
_dmarc.other.com.    TXT "v=spf1 -all"
_dmarc.case.com.     TXT "v=DMARC1; p=Reject; adkim=R; pct=; sp="
_dmarc.reports.com.  TXT "v=DMARC1; rua=mailto:x@reports.com"
_dmarc.sub.twice.com. TXT "v=DMARC1; p=reject"
_dmarc.sub.twice.com. TXT "v=DMARC1; p=none"
_dmarc.new.com.      TXT "v=DMARC1; p=none; sp=quarantine; np=reject"
here.new.com.        MX 10 mail.new.com.
empty.new.com.       TXT "nothing that takes mail"
_dmarc.test.com.     TXT "v=DMARC1; p=reject; t=y"
_dmarc.xn--bcher-kva.com. TXT "v=DMARC1; p=reject"
xn--bcher-kva.com.   TXT "v=spf1 ip4:8.1.1.1 -all"
example.com.         TXT "v=spf1 ip4:8.1.1.1 -all"
bounce.example.com.  TXT "v=spf1 ip4:8.1.1.1 -all"
strict.com.          TXT "v=spf1 ip4:8.1.1.1 -all"
mail.strict.com.     TXT "v=spf1 ip4:8.1.1.1 -all"
quar.com.            TXT "v=spf1 ip4:8.1.1.1 -all"
`)
	c := newChecker(t, srv, mailauth.Options{})
	signed := own.sign(t, letter, nil)
	for _, tc := range []struct{ name, from, sender, client, mail, want string }{
		{"DKIM alone", "joe@example.com", "x@elsewhere.net", "8.2.2.2", signed, "PASS"},
		{"SPF alone", "joe@example.com", "joe@example.com", "8.1.1.1", letter, "PASS"},
		{"SPF of a subdomain, relaxed", "joe@example.com", "x@bounce.example.com", "8.1.1.1", letter, "PASS"},
		{"SPF of a subdomain, strict", "joe@strict.com", "x@mail.strict.com", "8.1.1.1", letter, "REJECT"},
		{"SPF of the domain, strict", "joe@strict.com", "x@strict.com", "8.1.1.1", letter, "PASS"},
		{"forged", "joe@example.com", "joe@example.com", "8.2.2.2", letter, "REJECT"},
		{"forged, another's SPF", "joe@example.com", "x@quar.com", "8.1.1.1", letter, "REJECT"},
		{"forged, another's DKIM", "joe@example.com", "x@quar.com", "8.2.2.2", list.sign(t, letter, nil), "REJECT"},
		{"subdomain's policy", "joe@sub.example.com", "joe@sub.example.com", "8.2.2.2", letter, "QUAR"},
		{"quarantine", "joe@quar.com", "joe@quar.com", "8.2.2.2", letter, "QUAR"},
		{"policy none", "joe@none.com", "joe@none.com", "8.2.2.2", letter, "NONE"},
		{"reject for 0 percent", "joe@half.com", "joe@half.com", "8.2.2.2", letter, "QUAR"},
		{"no policy", "joe@nowhere.com", "joe@nowhere.com", "8.1.1.1", letter, "MISSING"},
		{"another text", "joe@other.com", "joe@other.com", "8.1.1.1", letter, "MISSING"},
		{"two policies are none", "joe@twice.com", "joe@twice.com", "8.2.2.2", letter, "MISSING"},
		{"broken policy", "joe@broken.com", "joe@broken.com", "8.2.2.2", letter, ""},
		{"any case, empty tags", "joe@case.com", "joe@case.com", "8.2.2.2", letter, "REJECT"},
		{"no policy, but reports wanted", "joe@reports.com", "joe@reports.com", "8.2.2.2", letter, "NONE"},
		{"two policies end the search", "joe@sub.twice.com", "joe@sub.twice.com", "8.2.2.2", letter, "MISSING"},
		{"subdomain that is there", "joe@here.new.com", "joe@here.new.com", "8.2.2.2", letter, "QUAR"},
		{"subdomain that is not there", "joe@gone.new.com", "joe@gone.new.com", "8.2.2.2", letter, "REJECT"},
		{"subdomain without host", "joe@empty.new.com", "joe@empty.new.com", "8.2.2.2", letter, "REJECT"},
		{"domain itself", "joe@new.com", "joe@new.com", "8.2.2.2", letter, "NONE"},
		{"policy under test", "joe@test.com", "joe@test.com", "8.2.2.2", letter, "QUAR"},
		{"two @, the last one's", "joe@example.com@quar.com", "x@quar.com", "8.1.1.1", letter, "REJECT"},
		{"two @, the first one's", "joe@quar.com@example.com", "x@quar.com", "8.1.1.1", letter, "REJECT"},
		{"a quoted @", "\"x@example.com\"@quar.com", "x@quar.com", "8.1.1.1", letter, "PASS"},
		{"U-labels", "jürgen@bücher.com", "jürgen@BÜCHER.com", "8.1.1.1", letter, "PASS"},
		{"U-labels, forged", "jürgen@bücher.com", "jürgen@bücher.com", "8.2.2.2", letter, "REJECT"},
		{"U-labels, a link's form", "joe@xn--bcher-kva.com", "jürgen@bücher.com", "8.1.1.1", letter, "PASS"},
		{"no author", "", "joe@example.com", "8.1.1.1", letter, ""},
		{"author without domain", "joe", "joe@example.com", "8.1.1.1", letter, ""},
		{"one of our own users", "joe@example.com", "joe@example.com", "", letter, ""},
		{"one of our own users, signed", "joe@example.com", "joe@example.com", "", signed, "PASS"},
		{"from our own network", "joe@example.com", "joe@example.com", "10.1.1.1", letter, ""},
		{"true and forged author", "x@quar.com,joe@example.com", "x@quar.com", "8.1.1.1", letter, "REJECT"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := &mailauth.Input{Message: parse(tc.mail), Helo: "h", Sender: tc.sender}
			if tc.client != "" {
				in.Client = netip.MustParseAddr(tc.client)
			}
			if tc.from != "" {
				in.From = strings.Split(tc.from, ",")
			}
			r := c.Check(t.Context(), in)
			var got []string
			for _, test := range []struct{ name, function string }{
				{"PASS", "check_dmarc_pass"}, {"REJECT", "check_dmarc_reject"}, {"QUAR", "check_dmarc_quarantine"},
				{"NONE", "check_dmarc_none"}, {"MISSING", "check_dmarc_missing"},
			} {
				if hit, _ := r.Eval(test.function, nil); hit {
					got = append(got, test.name)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%s: %q (%+v), want %q", tc.name, got, r.DMARC, tc.want)
			}
		})
	}
}

// TestDMARCWithoutDNS: who cannot be asked is not called a forger.
func TestDMARCWithoutDNS(t *testing.T) {
	own := newSigner(t, "example.com", "s", "ed25519")
	srv := dnstest.Start(t, own.record(t)+"\n_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n")
	signed := own.sign(t, letter, nil)
	srv.Remove("s._domainkey.example.com")
	c := newChecker(t, srv, mailauth.Options{Timeout: 200 * time.Millisecond})
	in := &mailauth.Input{Message: parse(signed), From: []string{"joe@example.com"},
		Client: netip.MustParseAddr("8.1.1.1")}
	if r := c.Check(t.Context(), in); r.DMARC.Outcome != mailauth.Fail {
		t.Errorf("key gone: %+v", r.DMARC)
	}
	srv.Silence(true)
	c = newChecker(t, srv, mailauth.Options{Timeout: 200 * time.Millisecond})
	if r := c.Check(t.Context(), in); r.DMARC.Outcome != mailauth.TempError {
		t.Errorf("silent server: %+v", r.DMARC)
	}
}

func TestADSP(t *testing.T) {
	own := newSigner(t, "example.com", "s", "ed25519")
	srv := dnstest.Start(t,
		own.record(t)+"\nexample.com. MX 0 mail.example.com.\nother.com. MX 0 mail.other.com.\nsub.bank.com. A 8.1.1.1\n")
	c := newChecker(t, srv, mailauth.Options{ADSP: true, Practices: []mailauth.Practice{
		{Domain: "*.bank.com", Practice: "discardable"}, {Domain: "www.bank.com", Practice: "custom_low"},
		{Domain: "example.com", Practice: "all"},
	}})
	signed := own.sign(t, letter, nil)
	for _, tc := range []struct{ from, mail, letters, want string }{
		{"joe@example.com", letter, "A", "example.com"},
		{"joe@example.com", letter, "*", "example.com"},
		{"joe@example.com", letter, "ND", ""},
		{"joe@example.com", signed, "*", ""},
		{"joe@sub.bank.com", signed, "D", "sub.bank.com"},
		{"joe@www.bank.com", letter, "D", ""},
		{"joe@www.bank.com", letter, "1", "www.bank.com"},
		{"joe@other.com", letter, "*", ""},
		{"joe@nowhere.com", letter, "N", "nowhere.com"},
		{"joe", letter, "*", ""},
	} {
		r := c.Check(t.Context(), &mailauth.Input{Message: parse(tc.mail), From: []string{tc.from},
			Client: netip.MustParseAddr("8.1.1.1")})
		if hit, domain := r.Eval("check_dkim_adsp", []string{tc.letters}); hit != (tc.want != "") || domain != tc.want {
			t.Errorf("%s, %s: %v %q, want %q", tc.from, tc.letters, hit, domain, tc.want)
		}
	}
}
