package rules

import (
	"bytes"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"asterism/message"
)

// mimeEvals are the functions that look at MIME structure and encodings.
func mimeEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_for_mime":                         checkForMIME,
		"check_for_mime_html":                    checkForMIMEHTML,
		"check_for_mime_html_only":               checkForMIMEHTMLOnly,
		"check_mime_multipart_ratio":             checkMultipartRatio,
		"check_alternative_ratio":                checkAlternativeRatio,
		"check_msg_parse_flags":                  checkParseFlags,
		"check_defect":                           checkDefect,
		"check_base64_length":                    checkBase64Length,
		"check_suspect_name":                     checkSuspectName,
		"check_microsoft_executable":             checkMicrosoftExecutable,
		"check_file_names":                       checkFileNames,
		"check_ma_non_text":                      checkMultipartAlternativeNonText,
		"check_for_faraway_charset":              checkFarawayCharset,
		"check_for_ascii_text_illegal":           checkASCIITextIllegal,
		"check_abundant_unicode_ratio":           checkAbundantUnicode,
		"multipart_alternative_difference":       alternativeDifference,
		"multipart_alternative_difference_count": alternativeDifferenceCount,
		"check_qp_ratio":                         checkQPRatio,
	}
}

// mimeFacts is what rules ask of the parts, gathered once.
type mimeFacts struct {
	parts, html, plain int
	base64             int // parts in that encoding
	qpLongLine         bool
	base64Text         bool // plain text in base64, in ASCII
	base64Blanks       bool
	attachment         bool
	badISO             bool
	faraway            bool
	asciiIllegal       bool
	longestBase64      int // with its newline
	qpBytes, qpChars   int // of quoted-printable parts: bytes, and characters that had no need of being encoded
}

// mime returns the facts about the message's parts.
func (sc *Scan) mime() *mimeFacts {
	if sc.cache.mime == nil {
		f := &mimeFacts{}
		sc.cache.mime = f
		for _, p := range sc.msg.Leaves() {
			sc.mimePart(p, f)
		}
	}
	return sc.cache.mime
}

func (sc *Scan) mimePart(p *message.Part, f *mimeFacts) {
	f.parts++
	if p.IsAttachment() && p.Disposition == "attachment" {
		f.attachment = true
	}
	switch p.MediaType {
	case "text/html":
		f.html++
	case "text/plain":
		f.plain++
	}
	text := strings.HasPrefix(p.MediaType, "text/")
	if cs := p.Charset; strings.HasPrefix(cs, "iso-") && !strings.HasPrefix(cs, "iso-8859-") && !strings.HasPrefix(cs,
		"iso-2022-") {
		f.badISO = true
	}
	if text && p.Charset != "" && sc.farawayCharset(p.Charset) {
		f.faraway = true
	}
	switch p.Encoding {
	case "base64":
		f.base64++
		f.base64Lines(p)
		if text && (p.Charset == "" || p.Charset == "us-ascii") &&
			p.Disposition != "attachment" {
			f.base64Text = true
		}
	case "quoted-printable":
		for line := range bytes.Lines(p.Body()) {
			f.qpBytes += len(line)
			f.qpChars += needlesslyEncoded(line)
			if len(bytes.TrimRight(line, "\r\n")) > maxQPLine {
				f.qpLongLine = true
			}
		}
	}
	if p.MediaType == "text/plain" && (p.Charset == "" || p.Charset == "us-ascii") {
		f.asciiIllegal = f.asciiIllegal || notASCIIText(p.Body())
	}
}

// needlesslyEncoded counts the printable characters and tabs of a quoted-printable line that are encoded, except for
// "=" and white space at the end.
func needlesslyEncoded(line []byte) int {
	const hex = "0123456789ABCDEF"
	line = bytes.TrimRight(line, " \t\r\n")
	for bytes.HasSuffix(line, []byte("=20")) || bytes.HasSuffix(line, []byte("=09")) {
		line = line[:len(line)-3]
	}
	n := 0
	for i := bytes.IndexByte(line, '='); i >= 0 && i+2 < len(line); i++ {
		if line[i] != '=' {
			continue
		}
		high, low := strings.IndexByte(hex, line[i+1]), strings.IndexByte(hex, line[i+2])
		if high < 0 || low < 0 {
			continue
		}
		if c := byte(high<<4 | low); c == '\t' || c >= ' ' && c < 0x7f && c != '=' {
			n++
		}
	}
	return n
}

// maxQPLine is how long quoted-printable lines are that do no harm: RFC 2045 wants 76 at most, some programs add 2.
const maxQPLine = 78

// notASCIIText reports whether text, its transfer encoding not undone, has bytes that text in ASCII cannot have: those
// above 127, NUL, and CR but at the end of a line.
func notASCIIText(b []byte) bool {
	for i, c := range b {
		if c >= utf8.RuneSelf || c == 0 || c == '\r' && (i+1 == len(b) || b[i+1] != '\n') {
			return true
		}
	}
	return false
}

// base64Lines looks at the lines of a base64 part.
func (f *mimeFacts) base64Lines(p *message.Part) {
	body := bytes.TrimRight(p.Body(), "\r\n")
	for line := range bytes.Lines(body) {
		n := len(bytes.TrimRight(line, "\r\n"))
		f.longestBase64 = max(f.longestBase64, n+1)
		if n == 0 {
			f.base64Blanks = true
		}
	}
}

// checkForMIME is check_for_mime('fact').
func checkForMIME(sc *Scan, args []string) int {
	if len(args) == 0 {
		return 0
	}
	f := sc.mime()
	switch args[0] {
	case "mime_html":
		return truth(f.html > 0)
	case "mime_base64_count":
		return f.base64
	case "mime_qp_count":
		return truth(f.qpChars > 0)
	case "mime_qp_long_line":
		return truth(f.qpLongLine)
	case "mime_base64_encoded_text":
		return truth(f.base64Text)
	case "mime_base64_blanks":
		return truth(f.base64Blanks)
	case "mime_attachment":
		return truth(f.attachment)
	case "mime_bad_iso_charset":
		return truth(f.badISO)
	case "mime_faraway_charset":
		return truth(f.faraway)
	case "mimepart_limit_exceeded":
		return truth(sc.hasDefect(message.DefectTooManyParts))
	}
	return 0
}

func checkForMIMEHTML(sc *Scan, _ []string) int { return truth(sc.mime().html > 0) }

func checkForMIMEHTMLOnly(sc *Scan, _ []string) int {
	f := sc.mime()
	return truth(f.html > 0 && f.plain == 0)
}

// checkMultipartRatio is check_mime_multipart_ratio('low', 'high'): bytes of the last plain text for each byte of the
// last HTML,
// where the message has an alternative. Those before it have no bytes, and attachments do not count.
func checkMultipartRatio(sc *Scan, args []string) int {
	const none = -1
	alternative, plain, html := false, none, none
	walk(sc.msg.Root(), func(p *message.Part) {
		alternative = alternative || p.MediaType == "multipart/alternative"
		if !p.IsLeaf() || strings.Contains(strings.ToLower(p.Header.Get("Content-Disposition")), "attachment") {
			return
		}
		size := 0
		if alternative {
			size = len(p.Body()) - bytes.Count(p.Body(), []byte("\r\n"))
		}
		switch p.MediaType {
		case "text/plain":
			plain = size
		case "text/html":
			html = size
		}
	})
	ratio := 1.0
	if alternative && plain != none && html > 0 {
		ratio = float64(plain) / float64(html)
	}
	return truth(ratio >= number(args, 0, 0) && ratio < number(args, 1, 1))
}

// checkAlternativeRatio is check_alternative_ratio('low', 'high'): what share of the text of alternatives is plain.
func checkAlternativeRatio(sc *Scan, args []string) int {
	plain, html := 0, 0
	both := false
	for _, p := range sc.msg.Leaves() {
		if p.Parent == nil || p.Parent.MediaType != "multipart/alternative" {
			continue
		}
		switch p.MediaType {
		case "text/plain":
			plain += len(bytes.TrimSpace(p.Body()))
			both = true
		case "text/html":
			html += len(bytes.TrimSpace(p.Body()))
		}
	}
	if html == 0 || !both || len(args) < 2 {
		return 0
	}
	ratio := float64(plain) / float64(plain+html)
	return truth(ratio >= number(args, 0, 0) && ratio < number(args, 1, 1))
}

// checkBase64Length is check_base64_length('low', 'high'): a base64 line is that long.
func checkBase64Length(sc *Scan, args []string) int {
	n := float64(sc.mime().longestBase64)
	return truth(n >= number(args, 0, 0) && n <= number(args, 1, math.Inf(1)) && n > 0)
}

func checkFarawayCharset(sc *Scan, _ []string) int { return truth(sc.mime().faraway) }

func checkASCIITextIllegal(sc *Scan, _ []string) int { return truth(sc.mime().asciiIllegal) }

// escapedCharacter is a character of plain text written as HTML would.
var escapedCharacter = regexp.MustCompile(`&#x[0-9A-F]{4};`)

// checkAbundantUnicode is check_abundant_unicode_ratio(n): there are that many escaped characters (&#x200B;) in plain
// text for each
// other byte of it.
func checkAbundantUnicode(sc *Scan, args []string) int {
	escaped, others := 0, 0
	for _, p := range sc.msg.Leaves() {
		if p.MediaType != "text/plain" || p.Encoding != "" && p.Encoding != "7bit" && p.Encoding != "8bit" {
			continue
		}
		body := p.Body()
		others += len(body)
		if bytes.Contains(body, []byte("&#x")) {
			n := len(escapedCharacter.FindAllIndex(body, -1))
			escaped, others = escaped+n, others-n*len("&#x200B;")
		}
	}
	return truth(escaped > 0 && others > 0 && float64(escaped)/float64(others) >= number(args, 0, 1))
}

func checkQPRatio(sc *Scan, args []string) int {
	f := sc.mime()
	return truth(f.qpBytes > 0 && float64(f.qpChars)/float64(f.qpBytes) >= number(args, 0, 1))
}
