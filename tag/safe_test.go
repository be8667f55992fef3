package tag

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/message"
)

// TestSafe: with report_safe spam is handed on as an attachment of its report, byte for byte, and ham as ever.
func TestSafe(t *testing.T) {
	const mail = "From: a@example.com\nTo: b@example.com\nX-Spam-Score: -1 ()\nX-Foo: bar\nReceived: from x\n\tby y\n" +
		"Subject: win\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>\xe9 click</p>\n"
	spam := &classifier.Verdict{Score: 6, Required: 5,
		Hits: []classifier.Hit{{Name: "A", Score: 6, Description: "Looks like an A"}}}
	ham := &classifier.Verdict{Score: 1, Required: 5}
	for _, c := range []struct {
		name, in string
		safe     int
		part     string // type of the part with the mail
	}{
		{"mail", mail, SafeMail, "message/rfc822"},
		{"text", mail, SafeText, "text/plain"},
		{"mbox", "From a@example.com Sat Nov 21 10:00:00 2026\n" + mail, SafeMail, "message/rfc822"},
		{"CRLF", strings.ReplaceAll(mail, "\n", "\r\n"), SafeMail, "message/rfc822"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Safe: c.safe, SafeCopy: []string{"received"}, Unsafe: []string{"May be unsafe."}, Subject: "[SPAM]"}
			out := o.Rewrite([]byte(c.in), spam)
			m := message.Parse(out)
			var names []string
			for _, f := range m.Header().Fields() {
				names = append(names, f.Name)
			}
			if want := []string{"X-Spam-Score", "From", "To", "Received", "Subject", "MIME-Version",
				"Content-Type"}; !slices.Equal(names, want) {
				t.Errorf("%s: fields %v, want %v", c.name, names, want)
			}
			if got := m.Header().Get("Subject"); got != "[SPAM] win" {
				t.Errorf("%s: subject %q", c.name, got)
			}
			parts := m.Root().Children
			if len(parts) != 2 || parts[1].MediaType != c.part {
				t.Fatalf("%s: %d parts:\n%s", c.name, len(parts), out)
			}
			if text := parts[0].Text(); !strings.Contains(text, "Looks like an A") || !strings.Contains(text, "May be unsafe.") {
				t.Errorf("%s: the report is %q", c.name, text)
			}
			original := []byte(c.in)
			if line := firstLine(original); bytes.HasPrefix(line, []byte("From ")) {
				original = original[len(line):]
				if !bytes.HasPrefix(out, line) {
					t.Errorf("%s: the mbox line is gone", c.name)
				}
			}
			if got := parts[1].Body(); !bytes.Equal(bytes.TrimRight(got, "\r\n"), bytes.TrimRight(original, "\r\n")) {
				t.Errorf("%s: the mail has become %q", c.name, got)
			}
			if c.name == "CRLF" && bytes.Count(out, []byte("\n")) != bytes.Count(out, []byte("\r\n")) {
				t.Error("lines end in LF")
			}
			if got := o.Rewrite([]byte(c.in), ham); !bytes.Contains(got, []byte("<p>\xe9 click</p>")) ||
				bytes.Contains(got, []byte("multipart")) {
				t.Errorf("%s: ham has become %q", c.name, got)
			}
		})
	}
}

// TestWidth: long descriptions go on below themselves.
func TestWidth(t *testing.T) {
	v := &classifier.Verdict{Score: 6, Required: 5, Hits: []classifier.Hit{
		{Name: "A", Score: 1, Description: "a rather long description of what a rule has found"},
		{Name: "NAME_OF_MORE_THAN_SO_MANY_COLUMNS", Score: 5, Description: "short one"},
	}}
	want := ` 1.0 A                      a rather long description of
                            what a rule has found
 5.0 NAME_OF_MORE_THAN_SO_MANY_COLUMNS short one
`
	if got := summary(v, 56); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSafeBroken: whatever is no mail becomes an attachment, too.
func TestSafeBroken(t *testing.T) {
	spam := &classifier.Verdict{Score: 6, Required: 5}
	for _, raw := range []string{"", "\n", "no header", "Subject: x", "Subject: a\r\nSubject: b\n\n\x00",
		"From a@b Sat Nov 21 10:00:00 2026\n"} {
		out := Options{Safe: SafeText, Subject: "[SPAM]"}.Rewrite([]byte(raw), spam)
		if m := message.Parse(out); len(m.Root().Children) != 2 || m.Header().Get("X-Spam-Score") == "" {
			t.Errorf("%q has become %q", raw, out)
		}
	}
}
