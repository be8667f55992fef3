package tag

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"

	"asterism/classifier"
	"asterism/message"
)

// The ways in which spam is handed on (report_safe).
const (
	SafeOff  = 0 // as it is, with fields added
	SafeMail = 1 // attached to the report, as a mail
	SafeText = 2 // attached to the report, as plain text
)

// safeCopied are the fields that the wrapper copies from the mail in it, in addition to the site's.
var safeCopied = []string{"From", "To", "Cc", "Subject", "Date", "Message-Id"}

// encapsulate returns a new message, the report, with the spam it is about attached, so that nothing of it is shown.
// An mbox "From " line stays in front.
func (o Options) encapsulate(raw []byte, v *classifier.Verdict) []byte {
	m := message.Parse(raw)
	var b bytes.Buffer
	original := raw
	if line := mboxLine(raw); line != nil {
		b.Write(line)
		original = raw[len(line):]
	}
	eol := "\n"
	if bytes.HasSuffix(firstLine(raw), []byte("\r\n")) {
		eol = "\r\n"
	}
	write := func(text string) { b.WriteString(strings.ReplaceAll(text, "\n", eol)) }
	if a := v.AuthResults; a != nil {
		write(classifier.AuthResultsName + ": " + OneField(a.Value) + "\n")
	}
	for _, f := range o.Fields(v) {
		write(f.Name + ": " + OneField(f.Value) + "\n")
	}
	o.copyFields(&b, m, v, eol)
	boundary := "=_spamd_" + rand.Text() // in no mail that was sent before
	write("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\n--" + boundary + "\n")
	report := o.ReportOn(raw, v)
	if !isPlain(m) && len(o.Unsafe) > 0 {
		report += "\n" + strings.Join(o.Unsafe, "\n") + "\n"
	}
	write(strings.ReplaceAll(string(reportPart(report)), "\r\n", "\n"))
	kind, disposition := "message/rfc822", "attachment"
	if o.Safe == SafeText {
		kind, disposition = "text/plain", "inline"
	}
	write("--" + boundary + "\nContent-Type: " + kind + "; x-spam-type=original\nContent-Description: original message " +
		"before it was checked\n" +
		"Content-Disposition: " + disposition + "\nContent-Transfer-Encoding: 8bit\n\n")
	b.Write(original)
	write("\n--" + boundary + "--\n")
	return b.Bytes()
}

// copyFields writes the fields that the wrapper has from the mail in it.
func (o Options) copyFields(b *bytes.Buffer, m *message.Message, v *classifier.Verdict, eol string) {
	names := append(slices.Clone(safeCopied), o.SafeCopy...)
	authserv := ""
	if v.AuthResults != nil {
		authserv = v.AuthResults.Authserv
	}
	write := func(name, value string) {
		b.WriteString(strings.ReplaceAll(name+": "+OneField(strings.ReplaceAll(value, "\r\n", "\n"))+"\n", "\n", eol))
	}
	marked := false
	for _, f := range m.Header().Fields() {
		if !slices.ContainsFunc(names, f.Is) || slices.ContainsFunc(o.Names(), f.Is) {
			continue
		}
		if f.Is(classifier.AuthResultsName) && o.ForgedResult(authserv, f.Value()) {
			continue
		}
		_, value, _ := strings.Cut(strings.TrimRight(string(f.Raw()), "\r\n"), ":")
		value = strings.TrimLeft(value, " \t")
		if f.Is("Subject") && !marked {
			marked = true
			value, _ = o.RewriteSubject(value, v)
		}
		write(f.Name, value)
	}
	if subject, change := o.RewriteSubject("", v); !marked && change {
		write("Subject", subject)
	}
}

// isPlain reports whether a mail is nothing but plain text.
func isPlain(m *message.Message) bool {
	return !slices.ContainsFunc(m.Leaves(), func(p *message.Part) bool {
		return p.MediaType != "text/plain" ||
			p.IsAttachment()
	})
}
