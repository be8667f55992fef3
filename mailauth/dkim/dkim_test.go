package dkim

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	peer "github.com/emersion/go-msgauth/dkim"

	"asterism/message"
)

// testZone holds TXT records by name.
type testZone map[string][]string

func (z testZone) lookup(_ context.Context, name string) ([]string, error) { return z[name], nil }

const letter = "From: Joe <joe@example.com>\r\nTo: Suzie <suzie@example.org>\r\nSubject: Is  dinner\r\n\t ready?  " +
	"\r\nX-Empty:\r\n" +
	"X-Twice: one\r\nX-Twice:  two \r\n\r\nHi. \r\n\r\n\tWe lost  the game. \t\r\n\r\n\r\n"

var edKey, rsaKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}()

// zone is the keys of example.com, in all the forms that key records have.
func zone(t testing.TB) testZone {
	t.Helper()
	pkix, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p := base64.StdEncoding.EncodeToString(pkix)
	ed := base64.StdEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey))
	z := testZone{}
	for selector, record := range map[string]string{
		"rsa": "v=DKIM1; k=rsa; p=" + p, "ed": "v=DKIM1; k=ed25519; p=" + ed,
		"pkcs1":  "p=" + base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)),
		"bare":   "p=" + p,
		"upper":  "v=DKIM1; k=RSA; p=" + p,
		"spaces": "v=DKIM1 ; k = rsa ; p = " + p[:40] + " " + p[40:80] + "\t" + p[80:] + " ; ; ",
		"tab":    "v=DKIM1;\tk=rsa;\tp=" + p[:100] + "\t" + p[100:],
		"hash":   "v=DKIM1; h=sha1:sha256; s=email; n=note with = sign; p=" + p,
		"sha1":   "v=DKIM1; h=sha1; p=" + p, "star": "v=DKIM1; s=*; p=" + p, "tls": "v=DKIM1; s=tlsrpt; p=" + p,
		"strict": "v=DKIM1; t=s:y; p=" + p, "junk": "v=DKIM1; p=" + p + "; foo", "twice": "v=DKIM1; p=; p=" + p,
		"revoked": "v=DKIM1; p=", "version": "v=DKIM2; p=" + p, "nokey": "v=DKIM1", "notrsa": "v=DKIM1; k=rsa; p=" + ed,
		"vt": "v=DKIM1; p\v=" + p,
	} {
		z[selector+"._domainkey.example.com"] = []string{record}
	}
	z["two._domainkey.example.com"] = []string{"v=spf1 -all", "v=DKIM1; p=" + p}
	z["both._domainkey.example.com"] = []string{"v=DKIM1; p=" + p, "v=DKIM1; p=" + p}
	z["rsa._domainkey.xn--bcher-kva.example"] = []string{"v=DKIM1; p=" + p}
	return z
}

// sign puts a signature before a mail, with the tags as they are given and bh= and b= as they are to be. It is another
// reading of RFC 6376 than that of this package.
func sign(t testing.TB, tagList, mail string) string {
	t.Helper()
	relaxedHeader, relaxedBody := strings.Contains(tagList, "c=relaxed"), strings.Contains(tagList, "/relaxed")
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	var hashed strings.Builder
	canonicalHeader := func(f string) string {
		if !relaxedHeader {
			return f
		}
		name, value, _ := strings.Cut(f, ":")
		return strings.ToLower(strings.TrimRight(name, " \t")) + ":" + strings.Join(strings.Fields(value), " ")
	}
	for strings.HasSuffix(body, "\r\n\r\n") {
		body = strings.TrimSuffix(body, "\r\n")
	}
	if relaxedBody {
		lines := strings.SplitAfter(body, "\r\n")
		for i, line := range lines {
			line, end := strings.CutSuffix(line, "\r\n")
			line = strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(line, "\t", " "), "  ", " "), " ")
			if lines[i] = line; end {
				lines[i] += "\r\n"
			}
		}
		body = strings.Join(lines, "")
	}
	sum := sha256.Sum256([]byte(body))
	tagList = strings.Replace(tagList, "bh=;", "bh="+base64.StdEncoding.EncodeToString(sum[:])+";", 1)
	fields := strings.Split(strings.ReplaceAll(head, "\r\n\t", "\r\t"), "\r\n")
	for _, f := range fields {
		f = strings.ReplaceAll(f, "\r\t", "\r\n\t")
		name, _, _ := strings.Cut(f, ":")
		if strings.Contains(":from:to:subject:x-empty:", ":"+strings.ToLower(name)+":") {
			hashed.WriteString(canonicalHeader(f) + "\r\n")
		}
	}
	own := "DKIM-Signature: " + tagList
	hashed.WriteString(canonicalHeader(own))
	sum = sha256.Sum256([]byte(hashed.String()))
	signature := ed25519.Sign(edKey, sum[:])
	if !strings.Contains(tagList, "ed25519") {
		var err error
		if signature, err = rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, sum[:]); err != nil {
			t.Fatal(err)
		}
	}
	return own + base64.StdEncoding.EncodeToString(signature) + "\r\n" + mail
}

// verify returns a mail's signatures as text.
func verify(t testing.TB, mail string, lookup LookupTXT) string {
	t.Helper()
	m := message.Parse([]byte(mail))
	var all []string
	for _, s := range Verify(t.Context(), m.Header().Fields(), m.Body(), lookup) {
		if s.Err != nil {
			all = append(all, fmt.Sprintf("%s: %s", s.Err.Outcome, s.Err))
			continue
		}
		all = append(all, fmt.Sprintf("%s %s %d", s.Domain, s.Identity, s.KeyBits))
	}
	return strings.Join(all, "; ")
}

// TestTags: what a signature may look like, and what it is then worth.
func TestTags(t *testing.T) {
	const base, rest = "v=1; a=rsa-sha256; d=example.com; s=rsa; ", "h=from:to:subject:x-empty; c=relaxed/relaxed; bh=; b="
	const good = "example.com @example.com 2048"
	for _, tc := range []struct{ name, tags, want string }{
		{"plain", base + rest, good},
		{"simple", base + "h=from:to:subject:x-empty; bh=; b=", good},
		{"relaxed header, simple body", base + "h=from:to:subject:x-empty; c=relaxed; bh=; b=", good},
		{"simple header, relaxed body", base + "h=from:to:subject:x-empty; c=simple/relaxed; bh=; b=", good},
		{"Ed25519", "v=1; a=ed25519-sha256; d=example.com; s=ed; " + rest, "example.com @example.com 256"},
		{"d= in capitals", "v=1; a=rsa-sha256; d=Example.COM; s=RSA; i=@example.com; " + rest, good},
		{"i= in capitals", base + "i=@EXAMPLE.com; " + rest, good},
		{"i= of a subdomain in capitals", base + "i=Joe@mail.Example.Com; " + rest, "example.com Joe@mail.example.com 2048"},
		{"i= of another domain", base + "i=@notexample.com; " + rest, "permerror: i= is not of d="},
		{"i= without @", base + "i=example.com; " + rest, "permerror: i= is not of d="},
		{"d= with a final dot", "v=1; a=rsa-sha256; d=example.com.; s=rsa; " + rest, good},
		{"d= of U-labels", "v=1; a=rsa-sha256; d=Bücher.example; s=rsa; " + rest,
			"xn--bcher-kva.example @xn--bcher-kva.example 2048"},
		{"d= and i= in other forms", "v=1; a=rsa-sha256; d=xn--bcher-kva.example; i=jürgen@BÜCHER.example; s=rsa; " + rest,
			"xn--bcher-kva.example jürgen@xn--bcher-kva.example 2048"},
		{"l= of the whole body, relaxed", base + "l=27; " + rest, good},
		{"l= of the whole body, simple", base + "h=from:to:subject:x-empty; l=31; bh=; b=", good},
		{"l= of less", base + "l=26; " + rest, "fail: body hash did not verify"},
		{"l= of nothing", base + "l=0; " + rest, "fail: body hash did not verify"},
		{"l= of more", base + "l=999; " + rest, "fail: body hash did not verify"},
		{"l= of nonsense", base + "l=-1; " + rest, "permerror: malformed l="},
		{"b= in z=", base + "z=From:b=x|Subject:b=3D1; " + rest, good},
		{"b= in a tag's name", base + "xb=1; " + rest, good},
		{"b= with blanks", base + "h = from : to :subject: x-empty; c=relaxed/relaxed; bh=;  b=", good},
		{"folded", base + "\r\n\th=from:to:subject:\r\n\tx-empty; c=relaxed/relaxed; bh=;\r\n\tb=", good},
		{"unknown tags", base + "x-tag=1; r=y; " + rest, good},
		{"no expiry yet", base + fmt.Sprintf("x=%d; ", time.Now().Unix()+3600) + rest, good},
		{"expired", base + "t=1; x=2; " + rest, "permerror: signature has expired"},
		{"method", base + "q=dns/txt; " + rest, good},
		{"unknown method", base + "q=http; " + rest, "permerror: key is not in the DNS"},
		{"SHA-1", "v=1; a=rsa-sha1; d=example.com; s=rsa; " + rest, "permerror: hash too weak: sha1"},
		{"wrong algorithm for key", "v=1; a=ed25519-sha256; d=example.com; s=rsa; " + rest,
			"permerror: key is of rsa, not of \"ed25519\""},
		{"version 2", "v=2; a=rsa-sha256; d=example.com; s=rsa; " + rest, "permerror: unknown version"},
		{"no d=", "v=1; a=rsa-sha256; s=rsa; " + rest, "permerror: no d="},
		{"d= twice", base + "d=example.com; " + rest, "permerror: a tag occurs twice"},
		{"a vertical tab in a name", "v=1; a=rsa-sha256; d\v=example.com; s=rsa; " + rest, "permerror: no d="},
		{"From not signed", base + "h=to:subject; bh=; b=", "permerror: From is not signed"},
		{"a hundred unknown tags", base + manyTags(89) + rest, good},
		{"a thousand unknown tags", base + manyTags(1000) + rest, "permerror: too many tags"},
		{"a word that is no tag", base + "hello; " + rest, "permerror: malformed list of tags"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := verify(t, sign(t, tc.tags, letter), zone(t).lookup); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
			}
		})
	}
}

// manyTags returns n tags that nobody knows.
func manyTags(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x%d=1; ", i)
	}
	return b.String()
}

// TestKeys: the forms of key records.
func TestKeys(t *testing.T) {
	z := zone(t)
	for name := range maps.Keys(z) {
		selector, domain, _ := strings.Cut(name, "._domainkey.")
		if domain != "example.com" || selector == "ed" {
			continue
		}
		want := map[string]string{
			"sha1": "permerror: key is not for sha256", "tls": "permerror: key is not for mail",
			"junk":  "permerror: key record: malformed list of tags",
			"twice": "permerror: key record: a tag occurs twice", "revoked": "permerror: key revoked",
			"version": "permerror: key record of version \"DKIM2\"",
			"nokey":   "permerror: key record without key", "both": "permerror: several keys for signature",
			"vt": "permerror: key record without key",
		}[selector]
		got := verify(t, sign(t, "v=1; a=rsa-sha256; d=example.com; s="+selector+"; h=from:to:subject:x-empty; bh=; b=",
			letter), z.lookup)
		if want == "" {
			want = "example.com @example.com 2048"
		}
		if selector == "notrsa" && strings.HasPrefix(got, "permerror: key: ") {
			continue
		}
		if got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	sub := sign(t, "v=1; a=rsa-sha256; d=example.com; i=@mail.example.com; s=strict; h=from:to:subject:x-empty; bh=; b=",
		letter)
	if got := verify(t, sub, z.lookup); got != "permerror: key is not for subdomains" {
		t.Errorf("strict key, subdomain: %q", got)
	}
	fails := func(context.Context, string) ([]string, error) { return nil, context.DeadlineExceeded }
	if got := verify(t, sub, fails); !strings.HasPrefix(got, "temperror: ") {
		t.Errorf("no answer: %q", got)
	}
	never := func(context.Context, string) ([]string, error) { return nil, errors.New("bad name") }
	if got := verify(t, sub, never); !strings.HasPrefix(got, "permerror: ") {
		t.Errorf("no such name: %q", got)
	}
}

// TestPeer: what another implementation has signed, and then changed in ways that must not matter or must.
func TestPeer(t *testing.T) {
	header := func(name string) []string { return []string{"From", "Subject", "X-Twice", "X-Twice", "X-Twice", name} }
	for _, h := range []peer.Canonicalization{peer.CanonicalizationSimple, peer.CanonicalizationRelaxed} {
		for _, b := range []peer.Canonicalization{peer.CanonicalizationSimple, peer.CanonicalizationRelaxed} {
			for name, mail := range map[string]string{
				"letter": letter, "empty body": "From: a@b\r\n\r\n", "no line end": "From: a@b\r\n\r\nx",
				"only empty lines": "From: a@b\r\n\r\n\r\n\r\n",
				"blank lines":      "From: a@b\r\n\r\n \r\n\t\r\n", "dots": "From: a@b\r\n\r\n.\r\n..\r\n",
				"long": "From: a@b\r\n\r\n" +
					strings.Repeat("x y\t \r\n\r\n", 3000),
			} {
				var out bytes.Buffer
				err := peer.Sign(&out, strings.NewReader(mail), &peer.SignOptions{Domain: "example.com", Selector: "ed",
					Signer: edKey,
					Hash:   crypto.SHA256, HeaderKeys: header("To"), HeaderCanonicalization: h, BodyCanonicalization: b})
				if err != nil {
					t.Fatal(err)
				}
				signed := out.String()
				const good = "example.com @example.com 256"
				if got := verify(t, signed, zone(t).lookup); got != good {
					t.Errorf("%s, %s/%s: %q", name, h, b, got)
				}
				if got := verify(t, strings.ReplaceAll(signed, "\r\n", "\n"), zone(t).lookup); got != good {
					t.Errorf("%s, %s/%s, LF: %q", name, h, b, got)
				}
				for _, added := range []string{"X-Twice: three\r\n", "To: eve@example.net\r\n", "From: eve@example.net\r\n"} {
					before, after, _ := strings.Cut(signed, "\r\n\r\n")
					changed := before + "\r\n" + added + "\r\n" + after
					if got := verify(t, changed, zone(t).lookup); got != "fail: signature did not verify" {
						t.Errorf("%s, %s/%s, with %q: %q", name, h, b, added, got)
					}
				}
			}
		}
	}
}

// TestSignatureOfSignature: a signature may sign others, and never itself.
func TestSignatureOfSignature(t *testing.T) {
	var out bytes.Buffer
	first := sign(t, "v=1; a=rsa-sha256; d=example.com; s=rsa; h=from:to:subject:x-empty; bh=; b=", letter)
	err := peer.Sign(&out, strings.NewReader(first), &peer.SignOptions{Domain: "example.com", Selector: "ed",
		Signer: edKey,
		Hash:   crypto.SHA256, HeaderKeys: []string{"From", "DKIM-Signature", "DKIM-Signature"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := verify(t, out.String(), zone(t).lookup); got != "example.com @example.com 256; example.com @example.com "+
		"2048" {
		t.Error(got)
	}
}

func FuzzVerify(f *testing.F) {
	z := zone(f)
	f.Add(sign(f, "v=1; a=rsa-sha256; d=example.com; s=rsa; h=from:to:subject:x-empty; c=relaxed/relaxed; l=27; bh=; b=",
		letter), "v=DKIM1; p=")
	f.Add(sign(f, "v=1; a=ed25519-sha256; d=example.com; s=ed; i=@bücher.example.com; h=from:to:subject:x-empty; bh=; b=",
		letter), z["tab._domainkey.example.com"][0])
	f.Add("DKIM-Signature:\r\n b=;bh=;;=\r\n\r\n", ";;p=;k")
	f.Fuzz(func(t *testing.T, mail, record string) {
		m := message.Parse([]byte(mail))
		for _, s := range Verify(t.Context(), m.Header().Fields(), m.Body(), func(context.Context, string) ([]string, error) {
			return []string{record}, nil
		}) {
			if s.Err == nil && (s.Domain == "" || s.Identity == "" || s.Selector == "" || s.KeyBits == 0) {
				t.Errorf("valid, but %+v", s)
			}
		}
	})
}

// BenchmarkHostile is a field that names ten thousand fields, in a mail that has as many.
func BenchmarkHostile(b *testing.B) {
	var names, fields strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&names, ":%x", i)
		fmt.Fprintf(&fields, "%x:\r\n", i)
	}
	one := "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=rsa; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; " +
		"c=relaxed/relaxed; b=; h=from" + names.String() + "\r\n"
	m := message.Parse([]byte(one + fields.String() + "\r\n"))
	lookup := zone(b).lookup
	for b.Loop() {
		Verify(b.Context(), m.Header().Fields(), m.Body(), lookup)
	}
}
