package message

import (
	"encoding/base64"
	"slices"
	"strings"
)

const (
	maxReadings = 4            // of one part, that is of fields that contradict each other
	rereadings  = 3            // how often a mail may be read in all, in other ways than the first
	partsAgain  = maxParts / 8 // parts that another way of reading may find, however many there are
	maxAllParts = 3 * maxParts // in all ways of reading; beyond, there is no further way
)

// reading is what a pair of fields says that a part is.
type reading struct {
	contentType string
	media       string
	params      map[string]string
	encoding    string
}

// newReading reads the values of the two fields, "" where they are missing.
func (p *Part) newReading(contentType, encoding string) reading {
	r := reading{contentType: contentType, media: "text/plain", encoding: p.likelyEncoding(encodingName(encoding))}
	if p.Parent != nil && p.Parent.MediaType == "multipart/digest" {
		r.media = "message/rfc822" // RFC 2046 section 5.1.5
	}
	if contentType == "" {
		return r
	}
	media, params := parseParams(contentType)
	r.params = params
	switch {
	case validMediaType(media):
		r.media = media
	case params["boundary"] != "":
		r.media = "multipart/mixed"
		p.m.defects.add(DefectBadContentType)
	default:
		// RFC 2045 section 5.2 leaves it to the reader; clients show plain text.
		r.media = "text/plain"
		if looksHTML(p.body) {
			r.media = "text/html"
		}
		p.m.defects.add(DefectBadContentType)
	}
	return r
}

// likelyEncoding returns the encoding that a name stands for: a name that no standard knows for what the body looks
// like.
func (p *Part) likelyEncoding(name string) string {
	switch name {
	case "7bit", "8bit", "binary", "base64", "quoted-printable":
		return name
	case "x-uuencode", "x-uue", "uuencode", "uue":
		return uuencode
	}
	p.m.defects.add(DefectUnknownEncoding)
	switch {
	case isBase64(p.body):
		return "base64"
	case strings.HasPrefix(name, "quoted") || strings.HasPrefix(name, "qp"):
		return "quoted-printable"
	}
	return name
}

// take sets what r says of the part.
func (p *Part) take(r reading) {
	p.contentType, p.MediaType, p.Params, p.Encoding = r.contentType, r.media, r.params, r.encoding
	p.Charset = strings.ToLower(strings.Trim(r.params["charset"], " \t'\""))
}

// encodingName returns the lower-case name in the value of a Content-Transfer-Encoding field, without what stands
// around it.
func encodingName(value string) string {
	for strings.HasPrefix(value, "(") {
		n := CommentLen(value)
		if n == 0 {
			break
		}
		value = strings.TrimLeft(value[n:], " \t")
	}
	value = strings.TrimLeft(value, " \t\"'(;:,=")
	end := 0
	for end < len(value) && isTokenChar(value[end]) {
		end++
	}
	if end == 0 {
		return "7bit"
	}
	return strings.ToLower(value[:end])
}

// isTokenChar reports whether c may be in the name of an encoding.
func isTokenChar(c byte) bool { return classOfName[c] != 0 }

// same reports whether both say the same.
func (r reading) same(o reading) bool {
	return r.media == o.media && r.encoding == o.encoding && r.params["boundary"] == o.params["boundary"] &&
		r.params["charset"] == o.params["charset"]
}

// readOtherwise reads p as its other fields say it is, if it has several Content-Type or Content-Transfer-Encoding
// fields that contradict each other. Readers differ in which they take, SpamAssassin takes the last, as describe
// does.
func (p *Part) readOtherwise(depth int) {
	types, encodings := p.values("Content-Type"), p.values("Content-Transfer-Encoding")
	if len(types) < 2 && len(encodings) < 2 {
		return
	}
	seen := []reading{{media: p.MediaType, params: p.Params, encoding: p.Encoding}}
	sure := p.Encoding == "base64" && isBase64(p.body) // what else may it be
	for _, t := range orNone(types) {
		for _, e := range orNone(encodings) {
			r := p.newReading(t, e)
			if len(seen) == maxReadings || slices.ContainsFunc(seen, r.same) {
				continue
			}
			seen = append(seen, r)
			p.m.defects.add(DefectContradiction)
			if sure && r.encoding != "base64" {
				continue
			}
			if o := p.other(p.header, p.body); o != nil {
				o.take(r)
				o.divide(depth, p.m.roomAgain())
			}
		}
	}
}

// orNone returns list, or one empty value.
func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// values returns the values of the fields of that name, up to maxReadings: the first ones and the last.
func (p *Part) values(name string) []string {
	var list []string
	h := p.Header
	for i := h.Find(name, 0); i >= 0; i = h.Find(name, i+1) {
		if len(list) == maxReadings {
			list = list[:maxReadings-1]
		}
		list = append(list, h.fields[i].value)
	}
	return list
}

// readEarly reads p as readers do that end its header at the first line that is no field, or that is white space alone.
func (p *Part) readEarly(end headerEnd, depth int) {
	if end.early == nil {
		return
	}
	p.m.defects.add(DefectUnclearEnd)
	h := &p.header
	header := Header{fields: h.fields[:end.fields], keys: h.keys[:end.fields], known: h.known, plain: h.plain}
	if o := p.other(header, end.early); o != nil {
		o.describe()
		o.divide(depth, p.m.roomAgain())
	}
}

// other adds a part to p that is what p is in another way of reading it, nil if enough has been read.
func (p *Part) other(header Header, body []byte) *Part {
	if p.m.again -= len(body); p.m.again < 0 || p.m.parts >= maxAllParts {
		return nil
	}
	p.m.parts++
	o := &Part{Parent: p.Parent, m: p.m, header: header, raw: p.raw, body: body}
	o.Header = &o.header
	p.Others = append(p.Others, o)
	return o
}

// roomAgain returns how many parts there may be in another reading of a part.
func (m *Message) roomAgain() int { return max(partsAgain, maxParts-m.parts) }

// isBase64 reports whether body is base64 without a doubt, at least a line of it.
func isBase64(body []byte) bool {
	const line = 40
	if len(body) < line {
		return false
	}
	_, err := base64.StdEncoding.Decode(make([]byte, base64.StdEncoding.DecodedLen(len(body))), body)
	return err == nil
}

// looksHTML reports whether b starts like a document of HTML.
func looksHTML(b []byte) bool {
	const start = 1024
	s := strings.ToLower(strings.TrimLeft(view(b[:min(len(b), start)]), " \t\r\n\ufeff"))
	return strings.HasPrefix(s, "<") &&
		(strings.Contains(s, "<html") || strings.Contains(s, "<body") || strings.HasPrefix(s, "<!doctype html"))
}
