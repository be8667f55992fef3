package message

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// berElement returns an element of BER, its length in the long form if it has to be.
func berElement(tag byte, content ...[]byte) []byte {
	c := bytes.Join(content, nil)
	switch n := len(c); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, c...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, c...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, c...)
	}
}

// berOpen returns an element of BER of unknown length.
func berOpen(tag byte, content ...[]byte) []byte {
	return bytes.Join([][]byte{{tag, 0x80}, bytes.Join(content, nil), {0, 0}}, nil)
}

// signed returns a CMS object around content, with elements made by el.
func signed(el func(tag byte, content ...[]byte) []byte, oid []byte, content []byte) []byte {
	inner := el(tagSequence, berElement(tagOID, oidData), el(tagExplicit0, content))
	return el(tagSequence, berElement(tagOID, oid), el(tagExplicit0,
		el(tagSequence, berElement(tagInteger, []byte{1}), berElement(tagSet), inner, berElement(tagSet))))
}

func TestSignedContent(t *testing.T) {
	const entity = "Content-Type: text/html\n\n<b>hello</b>"
	long := []byte(entity + strings.Repeat(" and so on", 60))
	cut := func(n int) []byte { return []byte(entity[:n]) }
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"DER", signed(berElement, oidSignedData, berElement(tagOctetString, cut(20))), entity[:20]},
		{"DER, long", signed(berElement, oidSignedData, berElement(tagOctetString, long)), string(long)},
		{"BER", signed(berOpen, oidSignedData, berElement(tagOctetString, long)), string(long)},
		{"BER, in pieces", signed(berOpen, oidSignedData, berOpen(tagOctetString|tagConstructed,
			berElement(tagOctetString, cut(5)), berElement(tagOctetString, []byte(entity[5:])))), entity},
		{"in pieces of known length", signed(berElement, oidSignedData, berElement(tagOctetString|tagConstructed,
			berElement(tagOctetString, cut(5)), berElement(tagOctetString, []byte(entity[5:])))), entity},
		{"pieces in pieces", signed(berOpen, oidSignedData, berOpen(tagOctetString|tagConstructed,
			berOpen(tagOctetString|tagConstructed, berElement(tagOctetString, cut(5))),
			berElement(tagOctetString, []byte(entity[5:])))), entity},
		{"cut off", signed(berElement, oidSignedData, berElement(tagOctetString, long))[:200], string(long[:200-41])},
		{"encrypted", signed(berElement, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03},
			berElement(tagOctetString, long)), ""},
		{"signature alone", signed(berElement, oidSignedData, nil), ""},
		{"nothing", nil, ""},
		{"no CMS", []byte("Content-Type: text/plain\n\nhi"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(signedContent(tt.raw))
			if tt.name == "cut off" {
				if got == "" || !strings.HasPrefix(string(long), got) {
					t.Errorf("%s: %q", tt.name, got)
				}
			} else if got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

// What a signed mail says is read where mail programs read it, by type or by name.
func TestSignedMail(t *testing.T) {
	const entity = "Content-Type: text/html\n\n<b>hello</b>"
	object := base64.StdEncoding.EncodeToString(signed(berOpen, oidSignedData, berElement(tagOctetString,
		[]byte(entity))))
	for _, typ := range []string{
		"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
		"Application/X-PKCS7-MIME",
		"application/octet-stream; name=SMIME.P7M",
	} {
		m := Parse([]byte("Content-Type: " + typ + "\nContent-Transfer-Encoding: base64\n\n" + object))
		if p := m.Leaves()[0]; p.MediaType != "text/html" || p.Visible() != "hello" {
			t.Errorf("%s: %s %q", typ, p.MediaType, p.Visible())
		}
	}
}

func FuzzSignedContent(f *testing.F) {
	f.Add(signed(berElement, oidSignedData, berElement(tagOctetString, []byte("hi"))))
	f.Add(signed(berOpen, oidSignedData, berOpen(tagOctetString|tagConstructed, berElement(tagOctetString,
		[]byte("hi")))))
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := signedContent(b); len(got) > len(b) {
			t.Errorf("%d octets from %d", len(got), len(b))
		}
	})
}
