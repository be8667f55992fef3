package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
)

// TestWrittenByGoMessage reads what go-message writes: each transfer encoding in nested multiparts.
func TestWrittenByGoMessage(t *testing.T) {
	text := "Grüße aus Köln = 100 %\nFrom here\n.\n" + strings.Repeat("a long line ", 20) + "\n"
	var raw bytes.Buffer
	var h gomessage.Header
	h.SetContentType("multipart/mixed", nil)
	h.SetText("Subject", "Grüße – und ein langer Betreff, der in mehrere kodierte Wörter zerfällt")
	w, err := gomessage.CreateWriter(&raw, h)
	check(t, err)
	var inner gomessage.Header
	inner.SetContentType("multipart/alternative", nil)
	iw, err := w.CreatePart(inner)
	check(t, err)
	for _, encoding := range []string{"8bit", "quoted-printable", "base64"} {
		var h gomessage.Header
		h.SetContentType("text/plain", map[string]string{"charset": "utf-8", "name": "Grüße " + encoding + ".txt"})
		h.Set("Content-Transfer-Encoding", encoding)
		pw, err := iw.CreatePart(h)
		check(t, err)
		_, err = io.WriteString(pw, text)
		check(t, err)
		check(t, pw.Close())
	}
	check(t, iw.Close())
	check(t, w.Close())

	m := Parse(raw.Bytes())
	if got, want := m.Header().Get("Subject"),
		"Grüße – und ein langer Betreff, der in mehrere kodierte Wörter zerfällt"; got != want {
		t.Errorf("Subject %q", got)
	}
	if len(m.Leaves()) != 3 {
		t.Fatalf("%d leaves", len(m.Leaves()))
	}
	for _, p := range m.Leaves() {
		if p.Text() != text {
			t.Errorf("%s: %q", p.Encoding, p.Text())
		}
		if p.Filename != "Grüße "+p.Encoding+".txt" {
			t.Errorf("file name %q", p.Filename)
		}
	}
	checkDefects(t, "go-message", m, nil)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAgainstGoMessage compares the leaves of well-formed mail with those that go-message's reader finds.
func TestAgainstGoMessage(t *testing.T) {
	for _, raw := range []string{
		"Content-Type: text/plain; charset=iso-8859-15\r\n\r\n\xa4 100\r\n",
		"Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b\r\n\r\none\r\n--a b\r\n" +
			"Content-Type: text/html; charset=koi8-r\r\n" +
			"Content-Transfer-Encoding: base64\r\n\r\n8NLJ18XU\r\n--a b--\r\n",
		"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/alternative; boundary=xx\r\n\r\n" +
			"--xx\r\n" +
			"Content-Transfer-Encoding: quoted-printable\r\n\r\na=20=3D=\r\nb\r\n--xx\r\nContent-Type: image/png\r\n\r\n" +
			"\x89PNG\r\n--xx--\r\n" +
			"--x\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--x--\r\n",
	} {
		theirs := leavesOfGoMessage(t, raw)
		var ours []string
		for _, p := range Parse([]byte(raw)).Leaves() {
			body := string(p.Decoded())
			if p.IsText() {
				body = p.Text()
			}
			ours = append(ours, p.MediaType+": "+strings.ReplaceAll(body, "\r\n", "\n"))
		}
		if got, want := fmt.Sprintf("%q", ours), fmt.Sprintf("%q", theirs); got != want {
			t.Errorf("%q:\nours   %s\ntheirs %s", raw, got, want)
		}
	}
}

func leavesOfGoMessage(t *testing.T, raw string) (leaves []string) {
	t.Helper()
	e, err := gomessage.Read(strings.NewReader(raw))
	check(t, err)
	check(t, e.Walk(func(_ []int, e *gomessage.Entity, err error) error {
		check(t, err)
		media, _, err := e.Header.ContentType()
		check(t, err)
		if strings.HasPrefix(media, "multipart/") {
			return nil
		}
		body, err := io.ReadAll(e.Body)
		check(t, err)
		leaves = append(leaves, media+": "+strings.ReplaceAll(string(body), "\r\n", "\n"))
		return nil
	}))
	return leaves
}
