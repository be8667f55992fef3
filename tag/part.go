package tag

import (
	"bytes"
	"crypto/rand"
	"mime/quotedprintable"
	"strings"

	"asterism/message"
)

// reportName is the file name of the report as a part of a mail; mail readers and people know it from MIMEDefang.
const reportName = "SpamAssassinReport.txt"

// Change is one change of a mail's header: the field of a name that is Index-th of them, counted from 1, gets a
// value, or is removed by an empty one. Index 0 adds a field. Changes are in an order in which no removal changes the
// count of a later one.
type Change struct {
	Name  string
	Index int
	Value string
}

// AttachReport returns the changes to a mail that add a report as its last part: the fields of its header, and its
// whole body. The mail must have CRLF line ends. multipart/mixed gets one more part; any other content becomes the
// first part of a new one, with its Content fields. Signed and encrypted mails must not change: for them ok is false.
func AttachReport(m *message.Message, report string) (header []Change, body []byte, ok bool) {
	root := m.Root()
	switch root.MediaType {
	case "multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime":
		return nil, nil, false
	case "multipart/mixed":
		if body := appendPart(m.Body(), root.Params["boundary"], reportPart(report)); body != nil {
			return nil, body, true
		}
	}
	header, body = wrap(m, reportPart(report))
	return header, body, true
}

// reportPart returns the report as a part of a multipart entity.
func reportPart(report string) []byte {
	var b bytes.Buffer
	b.WriteString("Content-Type: text/plain; charset=utf-8; name=\"" + reportName + "\"\r\n" +
		"Content-Disposition: inline; filename=\"" + reportName + "\"\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(report, "\n", "\r\n")))
	_ = w.Close() // a buffer takes all
	b.WriteString("\r\n")
	return b.Bytes()
}

// appendPart returns a body of multipart/mixed with a further part, or nil if it has no part so far or is not closed:
// the body could not be told from a closed one when the part is removed.
func appendPart(body []byte, boundary string, part []byte) []byte {
	if boundary == "" {
		return nil
	}
	opened, end := false, len(body)
	for at := 0; at < len(body); {
		line := firstLine(body[at:])
		switch delimiter := string(bytes.TrimRight(line, " \t\r\n")); delimiter {
		case "--" + boundary:
			opened = true
		case "--" + boundary + "--":
			end = at
		}
		if end < len(body) {
			break
		}
		at += len(line)
	}
	if !opened || end == len(body) {
		return nil
	}
	out := make([]byte, 0, len(body)+len(part)+2*len(boundary)+16)
	out = append(out, body[:end]...)
	out = append(out, "--"+boundary+"\r\n"...)
	out = append(out, part...)
	return append(out, body[end:]...)
}

// wrap makes a message multipart/mixed, with its former content as the first part.
func wrap(m *message.Message, part []byte) (header []Change, body []byte) {
	boundary := "=_spamd_" + rand.Text() // in no mail that was sent before
	var first bytes.Buffer
	counts := map[string]int{}
	mimeVersion, encoding := false, ""
	for _, f := range m.Header().Fields() {
		name := strings.ToLower(f.Name)
		mimeVersion = mimeVersion || name == "mime-version"
		if !strings.HasPrefix(name, "content-") {
			continue
		}
		counts[name]++
		if name == "content-length" { // is not true any more
			continue
		}
		first.Write(bytes.TrimRight(f.Raw(), "\r\n"))
		first.WriteString("\r\n")
		if v := strings.ToLower(strings.TrimSpace(f.Value())); name == "content-transfer-encoding" && (v == "8bit" ||
			v == "binary") {
			encoding = v // that of the whole has to allow for its parts' (RFC 2045, section 6.4)
		}
	}
	header = contentChanges(counts, `multipart/mixed; boundary="`+boundary+`"`, encoding)
	if !mimeVersion {
		header = append(header, Change{"MIME-Version", 0, "1.0"})
	}
	body = append(body, "--"+boundary+"\r\n"+first.String()+"\r\n"...)
	body = append(body, m.Body()...)
	body = append(body, "\r\n--"+boundary+"\r\n"...)
	body = append(body, part...)
	return header, append(body, "--"+boundary+"--\r\n"...)
}

// contentChanges removes the Content fields of which there are so many, and sets the type and, if it is not empty,
// the encoding.
func contentChanges(counts map[string]int, mediaType, encoding string) []Change {
	var changes []Change
	for name, n := range counts {
		for ; n > 0; n-- {
			changes = append(changes, Change{name, n, ""})
		}
	}
	changes = append(changes, Change{"Content-Type", 0, mediaType})
	if encoding != "" {
		changes = append(changes, Change{"Content-Transfer-Encoding", 0, encoding})
	}
	return changes
}
