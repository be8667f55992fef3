package tag

import (
	"bytes"
	"errors"
	"mime/quotedprintable"
	"slices"
	"strings"

	"asterism/attachment"
	"asterism/message"
)

// ErrSigned is why the parts of a mail stay: its signature, or its encryption, would not hold without them.
var ErrSigned = errors.New("the mail is signed or encrypted (attachment_drop_signed 0)")

// Dropping is how parts are dropped from mails.
type Dropping struct {
	Signed bool               // from signed mails too
	Note   string             // text in a part's place, with _NAME_ and _REASON_ in it
	Orders []attachment.Order // which parts, for fronts without a policy by envelope
}

// Drop returns the changes to a mail that replace parts by notes: fields of its header, mostly none, and its whole
// body; notes have the body's line ends. Dropping a part of an encoded mail drops that mail.
func (d *Dropping) Drop(m *message.Message, cuts []attachment.Cut) (header []Change, body []byte, err error) {
	if !d.Signed && isSigned(m) {
		return nil, nil, ErrSigned
	}
	eol := "\n"
	if bytes.HasSuffix(firstLine(m.Raw()), []byte("\r\n")) {
		eol = "\r\n"
	}
	leaves, end := m.Leaves(), 0
	var out []byte
	for _, s := range spans(m, leaves, cuts) {
		note := strings.ReplaceAll(d.note(s.cuts), "\n", eol)
		if s.whole {
			return wholeChanges(m), []byte(note), nil
		}
		if s.start < end { // within a dropped part
			continue
		}
		out = append(out, m.Body()[end:s.start]...)
		out = append(out, strings.ReplaceAll(noteHeader, "\n", eol)+note...)
		end = s.end
	}
	return nil, append(out, m.Body()[end:]...), nil
}

// noteHeader is the header of a part that is a note. A note in the place of the whole body has the mail's.
const (
	noteType     = "text/plain; charset=utf-8"
	noteEncoding = "quoted-printable"
	noteHeader   = "Content-Type: " + noteType + "\nContent-Disposition: inline\nContent-Transfer-Encoding: " +
		noteEncoding + "\n\n"
)

// note returns the text in the place of a part, encoded.
func (d *Dropping) note(cuts []attachment.Cut) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	for i, c := range cuts {
		if i > 0 {
			_, _ = w.Write([]byte("\n"))
		}
		name := strings.NewReplacer("_NAME_", OneField(strings.ReplaceAll(c.File.Path(), "\n", " ")), "_REASON_",
			c.When).Replace(d.Note)
		_, _ = w.Write([]byte(strings.ReplaceAll(name, `\n`, "\n")))
	}
	_ = w.Close() // a builder takes all
	return strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n"
}

// span is the octets of the body that are replaced, or the whole mail.
type span struct {
	start, end int
	whole      bool
	cuts       []attachment.Cut
}

// spans returns the replaced parts, in order.
func spans(m *message.Message, leaves []*message.Part, cuts []attachment.Cut) []span {
	var all []span
	for _, c := range cuts {
		if c.Leaf >= len(leaves) {
			continue
		}
		s := span{whole: true, cuts: []attachment.Cut{c}}
		for p := leaves[c.Leaf]; p != nil && p != m.Root(); p = p.Parent {
			if start, ok := within(m.Body(), p.Raw()); ok {
				s.start, s.end, s.whole = start, start+len(p.Raw()), false
				break
			}
		}
		i := slices.IndexFunc(all, func(o span) bool { return o.start == s.start && o.end == s.end && o.whole == s.whole })
		if i >= 0 {
			all[i].cuts = append(all[i].cuts, c)
			continue
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b span) int {
		if a.whole != b.whole {
			return map[bool]int{true: -1, false: 1}[a.whole]
		}
		return a.start - b.start
	})
	return all
}

// within returns the place of a part in body; ok is false if part has other memory, such as decoded text.
func within(body, part []byte) (start int, ok bool) {
	start = cap(body) - cap(part)
	ok = len(part) > 0 && start >= 0 && start+len(part) <= len(body) && &body[start] == &part[0]
	return start, ok
}

// wholeChanges replaces the header by a note's.
func wholeChanges(m *message.Message) []Change {
	counts := map[string]int{}
	mimeVersion := false
	for _, f := range m.Header().Fields() {
		name := strings.ToLower(f.Name)
		mimeVersion = mimeVersion || name == "mime-version"
		if strings.HasPrefix(name, "content-") {
			counts[name]++
		}
	}
	header := contentChanges(counts, noteType, noteEncoding)
	if !mimeVersion {
		header = append(header, Change{"MIME-Version", 0, "1.0"})
	}
	return header
}

// isSigned reports whether a mail has a signature that covers its parts, or is encrypted: DKIM (RFC 6376), S/MIME (RFC
// 8551), OpenPGP (RFC 3156).
func isSigned(m *message.Message) bool {
	return m.Header().Has("DKIM-Signature") || hasSigned(m.Root())
}

func hasSigned(p *message.Part) bool {
	switch p.MediaType {
	case "multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime":
		return true
	}
	return slices.ContainsFunc(p.Children, hasSigned)
}

// drop returns a mail with notes in the place of the parts that the orders name, where it can be changed.
func (d *Dropping) drop(raw []byte, found *attachment.Contents) []byte {
	var cuts []attachment.Cut
	for _, o := range d.Orders {
		if o.Do == attachment.Drop {
			cuts = append(cuts, found.Cuts(o)...)
		}
	}
	if len(cuts) == 0 {
		return raw
	}
	m := message.Parse(raw)
	header, body, err := d.Drop(m, attachment.Merge(cuts))
	if err != nil {
		return raw
	}
	head := raw[:len(raw)-len(m.Body())]
	if len(header) > 0 {
		head = changed(head, header)
	}
	return append(bytes.Clone(head), body...)
}

// changed returns a header with the fields of changes removed or added.
func changed(head []byte, changes []Change) []byte {
	out := bytes.Clone(mboxLine(head))
	head = head[len(out):]
	end := header(head)
	rest := head[len(end):]
	eol := "\n"
	if bytes.HasSuffix(firstLine(head), []byte("\r\n")) {
		eol = "\r\n"
	}
	for len(end) > 0 {
		line := firstLine(end)
		field := end[:len(line)+len(continuation(end[len(line):]))]
		end = end[len(field):]
		if !slices.ContainsFunc(changes, func(c Change) bool {
			return c.Value == "" && strings.EqualFold(c.Name,
				string(nameOf(field)))
		}) {
			out = append(out, field...)
		}
	}
	for _, c := range changes {
		if c.Index == 0 {
			out = append(out, c.Name+": "+c.Value+eol...)
		}
	}
	return append(out, rest...)
}
