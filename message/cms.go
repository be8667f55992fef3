package message

import (
	"bytes"
	"path"
	"strings"
)

// isSigned reports whether p may be a CMS object (RFC 8551 section 3.2): by its type, or by the name of a file that
// mail clients open as one.
func (p *Part) isSigned() bool {
	switch p.MediaType {
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return true
	case "application/octet-stream", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return strings.EqualFold(path.Ext(p.Filename), ".p7m")
	}
	return false
}

// DER of the object identifiers that a CMS object without encryption has (RFC 5652 sections 4 and 5).
var (
	oidData       = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}
	oidSignedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
)

// Tags of ASN.1 that a CMS object is made of, in BER (X.690 section 8.1.2).
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagOID         = 0x06
	tagSequence    = 0x30
	tagSet         = 0x31
	tagExplicit0   = 0xa0
	tagConstructed = 0x20
)

// signedContent returns the MIME entity that a CMS SignedData holds in the clear, nil if b is something else.
func signedContent(b []byte) []byte {
	info := ber{rest: b}.open(tagSequence)
	if !bytes.Equal(info.next(tagOID).rest, oidSignedData) {
		return nil
	}
	signed := info.open(tagExplicit0).open(tagSequence)
	signed.next(tagInteger)
	signed.next(tagSet)
	content := signed.open(tagSequence)
	if !bytes.Equal(content.next(tagOID).rest, oidData) {
		return nil
	}
	explicit := content.open(tagExplicit0)
	return explicit.octets(nil, 0)
}

// ber reads BER, which senders of large mails use: lengths may be unknown, and strings in pieces.
type ber struct {
	rest       []byte
	indefinite bool // ends at two zero octets
}

// header reads a tag and a length. It returns the content that is known to be there: of unknown length all that is
// left.
func (r *ber) header() (tag byte, content []byte, indefinite, ok bool) {
	b := r.rest
	if len(b) < 2 || b[0]&0x1f == 0x1f { // no tag here needs more than one octet
		return 0, nil, false, false
	}
	tag, size := b[0], int(b[1])
	b = b[2:]
	switch {
	case size == 0x80:
		return tag, b, true, tag&tagConstructed != 0
	case size > 0x80:
		n := size & 0x7f
		if n > 4 || n > len(b) {
			return 0, nil, false, false
		}
		size = 0
		for _, c := range b[:n] {
			size = size<<8 | int(c)
		}
		b = b[n:]
	}
	return tag, b[:min(size, len(b))], false, true // of a mail that was cut off, what is there
}

// open returns the content of the next element, which must have the tag.
func (r ber) open(tag byte) ber {
	got, content, indefinite, ok := r.header()
	if !ok || got != tag {
		return ber{}
	}
	return ber{content, indefinite}
}

// next returns the content of the next element of known length, which must have the tag, and goes behind it.
func (r *ber) next(tag byte) ber {
	got, content, indefinite, ok := r.header()
	if !ok || got != tag || indefinite {
		r.rest = nil
		return ber{}
	}
	r.rest = r.rest[len(r.rest)-len(behind(r.rest, content)):]
	return ber{content, false}
}

// behind returns the rest after content in b, of which it is a part.
func behind(b, content []byte) []byte { return b[cap(b)-cap(content)+len(content):] }

// maxPieces is how deep the pieces of a string may be nested. Programs do not nest them.
const maxPieces = 4

// octets appends the OCTET STRINGs that follow to dst.
func (r *ber) octets(dst []byte, depth int) []byte {
	for depth < maxPieces {
		if r.indefinite && bytes.HasPrefix(r.rest, []byte{0, 0}) {
			r.rest = r.rest[2:]
			break
		}
		tag, content, indefinite, ok := r.header()
		if !ok {
			break
		}
		after := behind(r.rest, content)
		switch tag {
		case tagOctetString:
			dst = append(dst, content...)
		case tagOctetString | tagConstructed:
			inner := ber{content, indefinite}
			dst = inner.octets(dst, depth+1)
			if indefinite {
				after = inner.rest
			}
		default:
			return dst
		}
		r.rest = after
	}
	return dst
}
