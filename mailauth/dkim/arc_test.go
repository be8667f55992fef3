package dkim

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/message"
	"asterism/test/tool"
)

// arcSigner is a program that adds an ARC set by Mail::DKIM, SpamAssassin's library: key file, domain, state of the
// chain.
const arcSigner = `
use Mail::DKIM::ARC::Signer;
my ($key, $domain) = @ARGV;
my $s = Mail::DKIM::ARC::Signer->new(Algorithm => 'rsa-sha256', Chain => 'ar', Domain => $domain, Selector => 's',
  SrvId => "mx.$domain", KeyFile => $key, Headers => 'From:To:Subject');
my $mail = do { local $/; <STDIN> };
$mail =~ s/\r?\n/\r\n/g;
$s->PRINT($mail); $s->CLOSE;
for my $field ($s->as_strings) { $field =~ s/\r\n/\n/g; $field =~ s/\s+$//; print "$field\n"; }
$mail =~ s/\r\n/\n/g;
print $mail;
`

// seal adds a set, and the Authentication-Results field from which it takes its own.
func seal(t *testing.T, keyFile, domain, chain, mail string) string {
	t.Helper()
	mail = "Authentication-Results: mx." + domain + "; dmarc=pass header.from=example.com; arc=" + chain + "\n" + mail
	cmd := exec.Command("perl", "-e", arcSigner, keyFile, domain)
	cmd.Stdin = strings.NewReader(mail)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("Mail::DKIM: %v\n%s", err, stderr.String())
	}
	return string(out)
}

// TestARC verifies chains that Mail::DKIM made, and broken ones.
func TestARC(t *testing.T) {
	if exec.Command("perl", "-MMail::DKIM::ARC::Signer", "-e", "1").Run() != nil {
		tool.Missing(t, "Mail::DKIM is missing: install Debian's package libmail-dkim-perl")
	}
	key := filepath.Join(t.TempDir(), "key.pem")
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	record := []string{"v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)}
	zone := testZone{"s._domainkey.one.example": record, "s._domainkey.two.example": record}
	plain := "From: Joe <joe@example.com>\nTo: sue@example.org\nSubject: hello\n\nHi.\n"
	one := seal(t, key, "one.example", "none", plain)
	two := seal(t, key, "two.example", "pass", one)
	for _, c := range []struct{ name, mail, sealers, reason string }{
		{"no sets", plain, "", "no chain"},
		{"one set", one, "one.example", ""},
		{"two sets", two, "one.example two.example", ""},
		{"body changed", strings.Replace(two, "Hi.", "Buy.", 1), "one.example two.example", "body hash did not verify"},
		{"subject changed", strings.Replace(two, "Subject: hello", "Subject: buy", 1), "one.example two.example",
			"signature did not verify"},
		{"older results changed", strings.Replace(two, "ARC-Authentication-Results: i=1; mx.one.example;",
			"ARC-Authentication-Results: i=1; mx.evil.example;", 1),
			"one.example two.example", "signature did not verify"},
		{"a set is missing", strings.Replace(two, "ARC-Seal: i=1;", "X-Seal: i=1;", 1), " two.example", "incomplete set"},
		{"a set twice", strings.Replace(two, "\nARC-Seal: i=1;", "\nARC-Seal: i=1; a=x\nARC-Seal: i=1;", 1), " ",
			"two ARC-Seal fields of one number"},
		{"number out of range", "ARC-Seal: i=51; cv=none\n" + two, "", "ARC-Seal without a number from 1 to 50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := message.Parse([]byte(c.mail))
			chain := VerifyARC(context.Background(), m.Sent(), m.Body(), zone.lookup)
			var sealers []string
			reason := "no chain"
			if chain != nil {
				reason = ""
				for i := range chain.Sets {
					sealers = append(sealers, chain.Sets[i].Sealer)
				}
				if chain.Err != nil {
					reason = chain.Err.Reason
				}
			}
			if reason != c.reason || c.reason == "" && strings.Join(sealers, " ") != c.sealers {
				t.Errorf("%s: %q %q, want %q %q", c.name, sealers, reason, c.sealers, c.reason)
			}
		})
	}
}

// FuzzARC: no header makes the verification of a chain fail but by an error.
func FuzzARC(f *testing.F) {
	f.Add("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=AA==\n" +
		"ARC-Message-Signature: i=1; a=rsa-sha256; d=a.example; s=s; h=From; bh=; b=\n" +
		"ARC-Authentication-Results: i=1; mx; spf=pass\nFrom: a@a.example\n\nx\n")
	f.Add("ARC-Seal: i=0\n\n")
	f.Add("ARC-Seal: i=1; h=x\nARC-Seal: i=2\nARC-Message-Signature: i=1\nARC-Authentication-Results: i=1\n\n")
	f.Fuzz(func(_ *testing.T, mail string) {
		m := message.Parse([]byte(mail))
		VerifyARC(context.Background(), m.Sent(), m.Body(), testZone{}.lookup)
	})
}
