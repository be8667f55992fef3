package tag

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"asterism/message"
)

// attach applies AttachReport's changes as an MTA does.
func attach(t testing.TB, raw string) (string, bool) {
	t.Helper()
	changes, body, ok := AttachReport(message.Parse([]byte(raw)), "Grüße: a=b\n\nThis message is spam.\n")
	if !ok {
		return raw, false
	}
	head := string(HeaderOf([]byte(raw)))
	head = strings.TrimSuffix(head, "\r\n")
	for _, c := range changes {
		if c.Index == 0 {
			head += c.Name + ": " + c.Value + "\r\n"
			continue
		}
		fields, n := splitFields(head), 0
		for i, f := range fields {
			if strings.EqualFold(string(nameOf([]byte(f))), c.Name) {
				if n++; n == c.Index {
					fields[i] = ""
				}
			}
		}
		head = strings.Join(fields, "")
	}
	return head + "\r\n" + string(body), true
}

func splitFields(head string) []string {
	var fields []string
	for line := range strings.Lines(head) {
		if line[0] == ' ' || line[0] == '\t' {
			fields[len(fields)-1] += line
			continue
		}
		fields = append(fields, line)
	}
	return fields
}

// parts reads the parts of a multipart/mixed mail: the text before their bodies, and their bodies.
func parts(t testing.TB, raw string) (types []string, bodies []string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/mixed" {
		t.Fatalf("the mail is %q, %v:\n%s", media, err, raw)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return types, bodies
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, raw)
		}
		body, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, p.Header.Get("Content-Type")+"|"+p.Header.Get("Content-Disposition")+"|"+p.Header.Get(
			"Content-Transfer-Encoding"))
		bodies = append(bodies, string(body))
	}
}

const reportType = `text/plain; charset=utf-8; name="SpamAssassinReport.txt"|inline; ` +
	`filename="SpamAssassinReport.txt"|quoted-printable`

func TestAttachReport(t *testing.T) {
	mixed := "Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"b " +
		"b\"\r\n\r\npreamble\r\n--b b\r\n\r\none\r\n\r\n--b b\t\r\n" +
		"Content-Type: multipart/alternative; boundary=\"b b-\"\r\n\r\n--b b-\r\n\r\ntwo\r\n"
	for _, c := range []struct {
		name, raw string
		types     []string
		bodies    []string
		header    string // that is there afterwards
	}{
		{"plain", "Subject: a\r\n\r\none\r\n\r\n", []string{"||"}, []string{"one\r\n\r\n"}, "\r\nMIME-Version: 1.0\r\n"},
		{"empty", "Subject: a\r\n\r\n", []string{"||"}, []string{""}, ""},
		{"no end of line", "Subject: a\r\n\r\none", []string{"||"}, []string{"one"}, ""},
		{"text", "CONTENT-type: text/plain;\r\n\tcharset=iso-8859-1\r\nMime-version: 1.0\r\nContent-Transfer-Encoding: " +
			"8bit\r\nContent-Length: 4\r\nSubject: a\r\n\r\ngr\xfc\xdf\r\n",
			[]string{"text/plain; charset=iso-8859-1||8bit"}, []string{"gr\xfc\xdf\r\n"},
			"\r\nContent-Transfer-Encoding: 8bit\r\n"},
		{"html, base64", "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: " +
			"inline\r\n\r\nPGI+\r\n",
			[]string{"text/html|inline|base64"}, []string{"PGI+\r\n"}, ""},
		{"two types", "Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\nx\r\n", []string{"text/html||"},
			[]string{"x\r\n"}, ""},
		{"alternative", "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x--\r\n",
			[]string{"multipart/alternative; boundary=x||"}, []string{"--x\r\n\r\none\r\n--x--\r\n"}, ""},
		{"mixed", mixed + "--b b-\r\n\r\n--b b--\r\n--b b--\r\n\r\nepilogue\r\n--b b--\r\n",
			[]string{"||", `multipart/alternative; boundary="b b-"||`},
			[]string{"one\r\n", "--b b-\r\n\r\ntwo\r\n--b b-\r\n"}, ""},
		{"mixed, never closed", mixed, []string{`multipart/mixed; boundary="b b"||`},
			[]string{strings.SplitN(mixed, "\r\n\r\n", 2)[1]}, ""},
		{"mixed, no boundary", "Content-Type: multipart/mixed\r\n\r\n--x\r\n", []string{"multipart/mixed||"},
			[]string{"--x\r\n"}, ""},
		{"mixed, no part", "Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing\r\n",
			[]string{"multipart/mixed; boundary=x||"}, []string{"nothing\r\n"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := attach(t, c.raw)
			if !ok {
				t.Errorf("%s: nothing attached", c.name)
				return
			}
			types, bodies := parts(t, got)
			if n := len(types) - 1; !slices.Equal(types[:n], c.types) || types[n] != reportType {
				t.Errorf("%s: parts %q, want %q and the report", c.name, types, c.types)
			}
			if n := len(bodies) - 1; !slices.Equal(bodies[:n], c.bodies) || !strings.HasPrefix(bodies[n],
				"Gr=C3=BC=C3=9Fe: a=3Db\r\n\r\nThis") {
				t.Errorf("%s: bodies %q, want %q and the report", c.name, bodies, c.bodies)
			}
			if !strings.Contains("\r\n"+got, c.header) || strings.Count(strings.ToLower(string(HeaderOf([]byte(got)))),
				"content-type:") != 1 {
				t.Errorf("%s: header\n%s", c.name, HeaderOf([]byte(got)))
			}
		})
	}
}

func TestSignedMailsStay(t *testing.T) {
	for _, media := range []string{"multipart/signed; protocol=\"application/pgp-signature\"; boundary=x",
		"Multipart/Encrypted; boundary=x",
		"application/pkcs7-mime; smime-type=enveloped-data", "application/x-pkcs7-mime"} {
		if _, ok := attach(t, "Content-Type: "+media+"\r\n\r\n--x\r\n\r\n--x--\r\n"); ok {
			t.Errorf("%s is changed", media)
		}
	}
	signed := "--s\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\ntext " +
		"\r\n--x\r\n\r\nsignature\r\n--x--\r\n"
	got, _ := attach(t, "Content-Type: multipart/mixed; boundary=s\r\n\r\n"+signed+"--s--\r\n")
	if !strings.Contains(got, signed) {
		t.Errorf("a signed part is changed:\n%s", got)
	}
}

// FuzzAttachReport: whatever the mail, its body is still there, byte for byte, and it is told from the report.
func FuzzAttachReport(f *testing.F) {
	f.Add([]byte("Subject: a\r\n\r\none\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x--\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none"))
	f.Add([]byte("Content-Type: text/html\r\nContent-Type: x\r\n y\r\n\r\n\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, body, ok := AttachReport(message.Parse(raw), "report\n")
		if !ok {
			return
		}
		original := message.Parse(raw).Body()
		before, after := 0, 0
		for before < min(len(original), len(body)) && original[before] == body[before] {
			before++
		}
		for after < min(len(original), len(body)) && original[len(original)-1-after] == body[len(body)-1-after] {
			after++
		}
		if !bytes.Contains(body, []byte("SpamAssassinReport.txt")) || !bytes.Contains(body, original) &&
			before+after < len(original) {
			t.Errorf("%q became %q", raw, body)
		}
	})
}
