package unmark_test

import (
	"os"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/message"
	"asterism/tag"
	"asterism/unmark"
)

const siteMark = "[BULK _SCORE_]"

var spam = &classifier.Verdict{Score: 6.8, Required: 5, Hits: []classifier.Hit{{Name: "A", Score: 6.8,
	Description: "Reportwords"}}}

// originals are messages as they were sent.
var originals = map[string]string{
	"plain":      "From: a@example.com\nSubject: hello\n there\nMessage-ID: <1@example.com>\n\none\n",
	"no subject": "From: a@example.com\nMessage-ID: <1@example.com>\n\none\n",
	"encoded": "From: a@example.com\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\nContent-Type: " +
		"text/html\n\n<p>one</p>\n",
	"base64": "Subject: x\nMIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+\n",
	"8bit": "Subject: x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: " +
		"8bit\n\ngr\xfc\xdfe\n",
	"mixed": "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\n" +
		"Content-Type: text/html\n\n<p>two</p>\n--b--\nepilogue\n",
	"never closed": "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n",
	"alternative": "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; " +
		"boundary=b\n\n--b\n\none\n--b--\n",
	"mbox":  "From a@example.com Sat Nov 21 10:00:00 2026\nSubject: x\n\none\n",
	"empty": "Subject: x\n\n",
}

// TestOriginal: a message that this program marked is the message it was.
func TestOriginal(t *testing.T) {
	rewrite := func(o tag.Options) func(string) string {
		return func(raw string) string { return string(o.Rewrite([]byte(raw), spam)) }
	}
	marks := map[string]func(string) string{
		"subject":              rewrite(tag.Options{Subject: siteMark}),
		"report_safe 1":        rewrite(tag.Options{Subject: siteMark, Safe: tag.SafeMail}),
		"report_safe 2":        rewrite(tag.Options{Safe: tag.SafeText}),
		"report_part":          attachReport,
		"report_part, subject": func(raw string) string { return attachReport(rewrite(tag.Options{Subject: siteMark})(raw)) },
		"twice": func(raw string) string {
			return rewrite(tag.Options{Safe: tag.SafeMail})(rewrite(tag.Options{Safe: tag.SafeMail})(raw))
		},
	}
	for name, raw := range originals {
		for _, form := range []string{raw, strings.ReplaceAll(raw, "\n", "\r\n")} {
			want := message.Parse([]byte(form)).Digest()
			for how, mark := range marks {
				marked := mark(form)
				got := unmark.New(siteMark).Original(message.Parse([]byte(marked)))
				if got.Digest() != want {
					t.Errorf("%s, %s: the original of\n%q is\n%q", name, how, marked, got.Raw())
				}
				if strings.Contains(string(got.Raw()), "Reportwords") {
					t.Errorf("%s, %s: the report is still in %q", name, how, got.Raw())
				}
			}
		}
	}
}

// TestRemove: a message that this program marked comes back byte by byte, one without marks stays as it is, and of one
// that SpamAssassin marked only its own fields go.
func TestRemove(t *testing.T) {
	k := unmark.New(siteMark)
	mark := map[string]tag.Options{
		"fields":        {},
		"subject":       {Subject: siteMark},
		"report_safe 1": {Subject: siteMark, Safe: tag.SafeMail},
		"report_safe 2": {Safe: tag.SafeText},
	}
	sent := map[string]string{
		"broken header": "From: a@example.com\nno field\nSubject: x\n\none\n",
		"own words":     "Subject: [SPAM] the word\n\none\n",
		"no body":       "Subject: x\n",
	}
	for name, raw := range originals {
		sent[name] = raw
	}
	for name, raw := range sent {
		for _, form := range []string{raw, strings.ReplaceAll(raw, "\n", "\r\n")} {
			if got := string(k.Remove(message.Parse([]byte(form)))); got != form {
				t.Errorf("%s: %q became %q", name, form, got)
			}
			if name == "no body" {
				continue
			}
			for how, o := range mark {
				marked := o.Rewrite([]byte(form), spam)
				if got := string(k.Remove(message.Parse(marked))); got != form {
					t.Errorf("%s, %s: %q became\n%q, want\n%q", name, how, marked, got, form)
				}
			}
		}
	}
	for marked, want := range map[string]string{
		"X-Spam-Prev-Subject: a\n b\nX-Spam-Flag: YES\nX-Spam-Report:\n\t* 1.0 A\nSubject: [X] a b\nTo: c\n\n" +
			"x": "Subject: a\n b\nTo: c\n\nx",
		"X-Spam-Prev-Subject: a\nX-Spam-Flag: YES\nTo: c\n\nx": "Subject: a\nTo: c\n\nx",
		"X-Spam-Flag: YES\nSubject: [BULK 12.3] a\n\nx":        "Subject: a\n\nx",
		"Subject: [BULK 12.3] a\n\nx":                          "Subject: [BULK 12.3] a\n\nx",
		"X-Spam-Flag: YES\nX-Spam-Prev-Subject: (nonexistent)\nSubject: [BULK 1]\nFrom: c\n\n" +
			"x": "From: c\n\nx",
		"X-Spam-Flag: YES\nX-Spam-Prev-From: a\nFrom: a\t(SPAM)\nSubject: s\n\n" +
			"x": "From: a\nSubject: s\n\nx",
	} {
		if got := string(k.Remove(message.Parse([]byte(marked)))); got != want {
			t.Errorf("%q became %q, want %q", marked, got, want)
		}
	}
	attached := attachReport("From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" +
		"<p>one</p>\r\n")
	if got := string(k.Remove(message.Parse([]byte(attached)))); strings.Contains(got, "Reportwords") ||
		strings.Contains(got, "X-Spam-") || !strings.HasSuffix(got, "\r\n\r\n<p>one</p>\r\n") {
		t.Errorf("%q became %q", attached, got)
	}
}

// attachReport marks as the milter does with report_part.
func attachReport(raw string) string {
	crlf := strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n")
	tagged := tag.Options{}.Rewrite([]byte(crlf), spam)
	changes, body, ok := tag.AttachReport(message.Parse(tagged), tag.Report(spam))
	if !ok {
		return raw
	}
	fields := []string{}
	for _, f := range message.Parse(tagged).Header().Fields() {
		fields = append(fields, string(f.Raw()))
	}
	for _, c := range changes {
		if c.Index == 0 {
			fields = append(fields, c.Name+": "+c.Value+"\r\n")
			continue
		}
		n := 0
		for i, f := range fields {
			if name, _, _ := strings.Cut(f, ":"); strings.EqualFold(name, c.Name) {
				if n++; n == c.Index {
					fields[i] = ""
				}
			}
		}
	}
	return strings.Join(fields, "") + "\r\n" + string(body)
}

// TestFiles: marks of SpamAssassin, and of this program before it kept the subject's value.
func TestFiles(t *testing.T) {
	read := func(name string) *message.Message {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return message.Parse(raw)
	}
	want := read("s.eml").Digest()
	for _, name := range []string{"by_subject.eml", "by_sa_report_safe.eml", "own_rw.eml"} {
		if got := unmark.New().Original(read(name)); got.Digest() != want {
			t.Errorf("%s: the original is\n%s", name, got.Raw())
		}
	}
}

func TestSubjects(t *testing.T) {
	const verdict = "X-Spam-Status: Yes\n"
	for _, c := range []struct{ fields, subject, want string }{
		{"", "*****SPAM***** hello", "hello"},
		{"", "***Spam*** hello", "hello"},
		{"", "[SPAM] hello", "hello"},
		{"", "[ spam 12.3 ] hello", "hello"},
		{"", "{Spam?} {Spam?} hello", "hello"},
		{"", "[Suspected Spam] hello", "hello"},
		{"", "(SPAM) hello", "hello"},
		{"", "[SPAM]", ""},
		{"", "[BULK 6.8] hello", "[BULK 6.8] hello"},
		{verdict, "[BULK 6.8] hello", "hello"},
		{verdict + "X-Spam-Prev-Subject: [SPAM] as sent\n", "[SPAM] [SPAM] as sent", "[SPAM] as sent"},
		{"X-Spam-Prev-Subject: (nonexistent)\n", "[SPAM]", ""},
		{"", "[spam-l] digest", "[spam-l] digest"},
		{"", "spam and eggs", "spam and eggs"},
		{"", "Re: [SPAM] hello", "Re: [SPAM] hello"},
		{"", "[list] spam", "[list] spam"},
		{"", "** spam", "** spam"},
	} {
		got := unmark.New(siteMark).Original(message.Parse([]byte(c.fields + "Subject: " + c.subject + "\n\nx\n")))
		if subject := got.Header().Get("Subject"); subject != c.want {
			t.Errorf("%q: %q, want %q", c.subject, subject, c.want)
		}
	}
}

// TestUnmarked: what only looks like a mark stays as it is.
func TestUnmarked(t *testing.T) {
	part := func(name string) string {
		return "--b\n\none\n--b\nContent-Type: text/plain; name=" + name + "\n\nReport\n--b--\n"
	}
	for name, raw := range map[string]string{
		"plain":                        originals["plain"],
		"mixed":                        originals["mixed"],
		"a report of the sender's":     "Content-Type: multipart/mixed; boundary=b\n\n" + part("SpamAssassinReport.txt"),
		"another file beside verdicts": "X-Spam-Flag: NO\nContent-Type: multipart/mixed; boundary=b\n\n" + part("report.txt"),
		"a wrapper of the sender's": "Content-Type: multipart/mixed; " +
			"boundary=\"=_spamd_b\"\n\n--=_spamd_b\n\nreport\n--=_spamd_b\n" +
			"Content-Type: message/rfc822; x-spam-type=original\n\nSubject: y\n\ntwo\n--=_spamd_b--\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := message.Parse([]byte(raw))
			if got := unmark.New(siteMark).Original(m); got != m || unmark.New().Marked(m) {
				t.Errorf("%s: has become %q", name, got.Raw())
			}
		})
	}
	if m := message.Parse([]byte("Subject: anything at all\nX-Spam-Flag: YES\n\n")); unmark.New("_SCORE_",
		"_STARS(*)_ ").Marked(m) {
		t.Error("a template without letters of its own matches any subject")
	}
}

// FuzzOriginal: an original is never longer than the marked message, except for line ends.
func FuzzOriginal(f *testing.F) {
	for _, raw := range originals {
		f.Add([]byte(raw))
		f.Add([]byte(attachReport(raw)))
		f.Add(tag.Options{Subject: siteMark, Safe: tag.SafeMail}.Rewrite([]byte(raw), spam))
	}
	marks := unmark.New(siteMark)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := marks.Original(message.Parse(raw)); len(got.Raw()) > len(raw)+2*len(got.Header().Fields())+2 {
			t.Errorf("%q became the longer %q", raw, got.Raw())
		}
	})
}

// FuzzRemove: nothing is added to a message but line ends, and one without a verdict stays as it is.
func FuzzRemove(f *testing.F) {
	for _, raw := range originals {
		f.Add([]byte(raw))
		f.Add([]byte(attachReport(raw)))
		f.Add(tag.Options{Subject: siteMark}.Rewrite([]byte(raw), spam))
		f.Add(tag.Options{Safe: tag.SafeMail}.Rewrite([]byte(raw), spam))
	}
	marks := unmark.New(siteMark)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw)
		got := marks.Remove(m)
		if len(got) > len(raw)+2*len(m.Header().Fields())+2 ||
			!strings.Contains(strings.ToLower(string(raw)), "x-spam-") && string(got) != string(raw) {
			t.Errorf("%q became %q", raw, got)
		}
	})
}
