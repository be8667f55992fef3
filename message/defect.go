package message

import (
	"math/bits"
	"slices"
)

// Defect is one way in which a mail breaks the standards it claims to follow.
type Defect uint8

// The defects, grouped as they are found.
const (
	// Header (RFC 5322).
	DefectNoHeader         Defect = iota // not one header field
	DefectMissingSeparator               // no empty line between header and body
	DefectMalformedField                 // a header line that is neither a field nor a continuation
	DefectBadFolding                     // a continuation before the first field, or an empty one
	DefectTooManyFields                  // more header fields than are kept
	DefectNULHeader                      // NUL in the header
	DefectEightBitHeader                 // octets above 127 in the header that are not UTF-8 (RFC 6532)
	DefectBadEncodedWord                 // an RFC 2047 word that cannot be decoded
	DefectDuplicateField                 // a field that RFC 5322 allows once, several times
	DefectUnclearEnd                     // lines in a header, of the mail or a part, that end it for some readers

	// MIME structure (RFC 2045, 2046).
	DefectBadContentType    // unreadable Content-Type
	DefectNoBoundary        // multipart without boundary parameter
	DefectMissingBoundary   // multipart whose boundary never occurs
	DefectUnclosedMultipart // multipart without closing delimiter
	DefectDuplicateBoundary // multipart within a multipart of the same boundary
	DefectEncodedMultipart  // multipart in base64 or quoted-printable (RFC 2045 section 6.4)
	DefectTooDeep           // nested deeper than is followed
	DefectTooManyParts      // more parts than are kept
	DefectMissingPartHeader // a MIME part whose header runs into its body
	DefectContradiction     // fields or boundaries that say different things of one part
	DefectPartsAfterEnd     // a delimiter behind the closing one
	DefectLooseDelimiter    // a delimiter with something behind the boundary, or of no multipart

	// Transfer encodings and charsets.
	DefectUnknownEncoding    // Content-Transfer-Encoding that does not exist
	DefectBadBase64          // characters outside the base64 alphabet
	DefectTruncatedBase64    // base64 that ends within a group
	DefectBadQuotedPrintable // "=" followed by neither two hex digits nor a line end
	DefectUnknownCharset     // charset that does not exist
	DefectWrongCharset       // text that is not in its declared charset
	DefectNULBody            // NUL in a text part
	DefectPaddedBase64       // base64 that goes on after its padding

	numDefects
)

var defectNames = [numDefects]string{
	"NO_HEADER", "MISSING_HB_SEP", "MALFORMED_FIELD", "BAD_FOLDING", "TOO_MANY_FIELDS", "NUL_IN_HEADER",
	"EIGHT_BIT_HEADER", "BAD_ENCODED_WORD", "DUPLICATE_FIELD", "UNCLEAR_HEADER_END",
	"BAD_CONTENT_TYPE", "MISSING_BOUNDARY_PARAM", "BOUNDARY_NOT_FOUND", "UNCLOSED_MULTIPART", "DUPLICATE_BOUNDARY",
	"ENCODED_MULTIPART", "MIME_TOO_DEEP", "MIME_TOO_MANY_PARTS", "MISSING_MIME_HB_SEP",
	"CONTRADICTION", "PARTS_AFTER_END", "LOOSE_DELIMITER",
	"UNKNOWN_ENCODING", "BAD_BASE64", "BASE64_TRUNCATED", "BAD_QP", "UNKNOWN_CHARSET", "WRONG_CHARSET", "NUL_IN_BODY",
	"BASE64_AFTER_PADDING",
}

// String returns the defect's name as a test of SpamAssassin might be called, such as "MISSING_HB_SEP".
func (d Defect) String() string {
	if int(d) < len(defectNames) {
		return defectNames[d]
	}
	return "UNKNOWN_DEFECT"
}

// DefectNamed returns the defect of that name.
func DefectNamed(name string) (d Defect, ok bool) {
	i := slices.Index(defectNames[:], name)
	return Defect(max(i, 0)), i >= 0
}

// defectSet is a set of Defects.
type defectSet uint64

func (s *defectSet) add(d Defect) { *s |= 1 << d }

func (s defectSet) list() []Defect {
	if s == 0 {
		return nil
	}
	list := make([]Defect, 0, bits.OnesCount64(uint64(s)))
	for ; s != 0; s &= s - 1 {
		list = append(list, Defect(bits.TrailingZeros64(uint64(s))))
	}
	return list
}
