package pyzor_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/message"
	"asterism/remote/pyzor"
	"asterism/test/e2e"
)

// nothing is the digest that Pyzor's client makes of a message without a line to digest.
const nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

// realDigests asks Pyzor's own client for the digests of messages, by one program for all: it is slow to start.
func realDigests(t *testing.T, mails [][]byte) []string {
	t.Helper()
	python := e2e.Tool(t, "/usr/bin/python3", "python3")
	if err := exec.Command(python, "-c", "import pyzor.digest").Run(); err != nil {
		e2e.Missing(t, "Pyzor's client is missing: install Debian's package pyzor: %v", err)
	}
	const program = `
import sys, email, pyzor.digest
for line in sys.stdin:
    with open(line.strip(), 'rb') as f:
        try:
            print(pyzor.digest.DataDigester(email.message_from_bytes(f.read())).value)
        except Exception as e:
            print('error')
`
	dir := t.TempDir()
	var list strings.Builder
	for i, mail := range mails {
		file := filepath.Join(dir, string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676)))
		if err := os.WriteFile(file, mail, 0o600); err != nil {
			t.Fatal(err)
		}
		list.WriteString(file + "\n")
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", program)
	cmd.Stdin = strings.NewReader(list.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("Pyzor's client: ", err)
	}
	return strings.Fields(string(out))
}

// TestDigestOfCorpus compares digests of whole mails: those that the shipped rules are tried on, or, for a campaign,
// the *.txt files of the directory that PYZOR_CORPUS names.
func TestDigestOfCorpus(t *testing.T) {
	pattern := "../../data/testdata/*/*.eml"
	if dir := os.Getenv("PYZOR_CORPUS"); dir != "" {
		pattern = filepath.Join(dir, "*.txt")
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	var mails [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, data)
	}
	different, broken := 0, 0
	for i, want := range realDigests(t, mails) {
		if want == "error" {
			broken++
			continue
		}
		if got := pyzor.Digest(message.Parse(mails[i])); got != want && (got != "" || want != nothing) {
			different++
			t.Logf("%s: %s, want %s", files[i], got, want)
		}
	}
	t.Logf("%d messages: %d digests differ; Pyzor's client fails on %d", len(mails), different, broken)
	// Base64 that is broken beyond repair is left alone by that client; package message reads what it can.
	if different > len(mails)/500 {
		t.Error("too many")
	}
}

func TestDigest(t *testing.T) {
	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("line with words " + string(rune('a'+i)) + " and more of them\n")
		}
		return b.String()
	}
	head := "From: a@example.com\nSubject: x\n"
	html := head + "Content-Type: text/html; charset=utf-8\n\n"
	mails := []string{
		head + "\n" + lines(1),
		head + "\n" + lines(4),
		head + "\n" + lines(5),
		head + "\n" + lines(20),
		head + "\n\n",
		head + "\nshort\n",
		head + "\nwrite to joe@example.com or see http://example.com/x for it all now\n",
		head + "\nx:y a@b @ab ab@ longwordlongword seven77 exactly10c exactlyni words:\n",
		head + "\nline\x0bwith vertical tab and\x0cform feed here, quite long\n",
		head + "Content-Transfer-Encoding: quoted-printable\n\nsoft =\nline break and =41=42 encoded =\n\n",
		head + "Content-Transfer-Encoding: base64\n\nVGhpcyBpcyBhIHRlc3Qgb2YgYmFzZTY0IHRleHQ=\n",
		head + "Content-Type: text/plain; charset=iso-8859-1\n\nG\xfcnstige Angebote f\xfcr alle B\xfcrger\n",
		head + "Content-Type: text/plain; charset=windows-1252\n\n\x93Quoted\x94 and \x81 undefined \x80 here\n",
		head + "Content-Type: text/plain; charset=utf-8\n\nGr\xc3\xbc\xc3\x9fe und \xff broken \xe2\x80\xa8 separator line\n",
		head + "Content-Type: text/plain; charset=nonsense\n\nonly \xe4\xf6\xfc the ascii stays here\n",
		head + "Content-Type: text/plain\n\nno charset \xe4\xf6\xfc is ascii as well\n",
		head + "Content-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2 \xcb\xc1\xcb " +
			"\xc4\xc5\xcc\xc1 \xd3\xc5\xc7\xcf\n",
		html + "<html><body><p>Dear <b>friend</b> of mine,<br>buy it now and here</p></body></html>\n",
		html + "<style>p { color: red; and more }</style><script>var x = '<b>no</b>';</script><p>what is left of the " +
			"page</p>\n",
		html + "text &amp; more text &lt; of it &copy; &#8364; and so on &nosuch; here\n",
		html + "text with an unfinished &amp\n",
		html + "text before <a href=\"x > y\" title='z'>link to it</a> and after <br/> it all\n",
		html + "<!-- comment with <b>tags</b> -- > after the comment is text <!doctype x> and more <? pi ?> end of it all\n",
		html + "<![if !vml]>inside the section<![endif]> behind the section <![CDATA[ x ]]> still more text here\n",
		html + "one < two and three <4 is text </> and </ b> more < /i> of it </x y=\"1\"> to the end\n",
		html + "unclosed tag at the end of this page <a href=\"http://example.com/\n",
		html + "unclosed comment at the end of this page <!-- never closed\nmore text\n",
		html + "<p class=a b c = d e='f'g=\"h\"/i/>attributes of all kinds <br / ><hr/ x>and text\n",
		html + "<script>unclosed script with lots of words in it\n",
		html + "<script src=x />not hidden text after it, or is it? </script> visible again, surely so\n",
		head + "Content-Type: multipart/mixed; boundary=b\n\npreamble words are not digested\n--b\n\n" +
			"first part of the message here\n" +
			"--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nQUJD REVG short words here\n" +
			"--b\nContent-Type: text/html\n\n<i>third part</i> of the message\n--b--\nepilogue words neither of course\n",
		head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\n" +
			"inner text of the mail, quite long\n--b--\n",
	}
	var raws [][]byte
	for _, m := range mails {
		raws = append(raws, []byte(m))
	}
	for i, want := range realDigests(t, raws) {
		if want == nothing {
			want = ""
		}
		crlf := bytes.ReplaceAll(raws[i], []byte("\n"), []byte("\r\n"))
		for _, raw := range [][]byte{raws[i], crlf} {
			if got := pyzor.Digest(message.Parse(raw)); got != want {
				t.Errorf("%q: digest %q, Pyzor's %q", raw, got, want)
			}
		}
	}
	if slices.Contains(realDigests(t, raws), "error") {
		t.Error("Pyzor's client fails on one of the samples")
	}
}

func FuzzDigest(f *testing.F) {
	f.Add([]byte("Content-Type: text/html\n\n<a href='x' b=\"c\">text &amp; more</a><!-- x --><![if " +
		"x]><script>x</script>"))
	f.Add([]byte("Content-Type: text/html\n\n<a href='x\n\xff&#x41 < /b <? x"))
	f.Fuzz(func(t *testing.T, mail []byte) {
		if d := pyzor.Digest(message.Parse(mail)); d != "" && len(d) != 40 {
			t.Errorf("digest %q", d)
		}
	})
}
