package data_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestAttachmentTricks holds that the rules about dangerous names see a name however it is written.
func TestAttachmentTricks(t *testing.T) {
	const mail = "From: a@foo-sender.com\nTo: b@our.example\nSubject: papers\nDate: Sun, 29 Nov 2026 07:00:00 +0000\n" +
		"Message-ID: <1@foo-sender.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"ABC\"\n\n--ABC\n" +
		"Content-Type: text/plain\n\nsee papers\n--ABC\n%s\nContent-Transfer-Encoding: " +
		"base64\n\nTVqQAAMAAAAEAAAA//8AALgAAAA=\n--ABC--\n"
	set := compile(t)
	const octets = "Content-Type: application/octet-stream"
	plain := func(name string) string {
		return octets + "\nContent-Disposition: attachment; filename=\"" + name + "\""
	}
	rules := map[string]string{"a.exe": "MIME_EXECUTABLE", "a.com": "MIME_EXECUTABLE", "a.pdf.js": "MIME_DOUBLE_EXT",
		"a.iso": "MIME_DISK_IMAGE",
		"a.ace": "MIME_RARE_ARCHIVE", "a.xlsm": "MIME_MACRO_OFFICE", "a.html": "MIME_HTML_ATTACHMENT", "a.svg": "MIME_SVG"}
	for name, rule := range rules {
		base, ext, _ := strings.Cut(name, ".")
		want, _ := judge(set, fmt.Appendf(nil, mail, plain(name)))
		for _, header := range []string{
			plain(name),
			plain(strings.ToUpper(name)),
			octets + "; name=\"" + name + "\"",
			octets + "\nContent-Disposition: attachment; filename*=utf-8''%61%2E" + ext,
			octets + "\nContent-Disposition: attachment; filename*=%61%2E" + ext,
			octets + "\nContent-Disposition: attachment; filename*0=\"" + base + "\"; filename*1=\"." + ext + "\"",
			octets + "\nContent-Disposition: attachment; filename*1*=%2E" + ext + "; filename*0*=us-ascii''" + base,
			octets + "\nContent-Disposition: attachment; filename*0=\"l\"; filename*1=\"o\"; filename*2=\"n\"; " +
				"filename*3=\"g\"; " +
				"filename*4=\"n\"; filename*5=\"a\"; filename*6=\"m\"; filename*7=\"e\"; filename*8=\"1\"; filename*9=\"2\"; " +
				"filename*10=\".\"; " +
				"filename*11=\"" + ext + "\"",
			octets + "\nContent-Disposition: attachment;\n filename*0*=us-ascii''" + base + "\n\t%2E" + ext[:1] +
				";\n filename*1*=" + ext[1:],
			octets + "\nContent-Disposition: attachment; filename*0=\"=?UTF-8?Q?" + base + "=2E?=\";\n filename*1=\"=?UTF-8?Q?" +
				ext + "?=\"",
			plain("=?utf-8?Q?" + base + "=2E" + ext + "?="),
			octets + "\nContent-Disposition: attachment; filename = \"" + name + "\"",
			octets + ";\nname=\"" + name + "\"\nContent-Disposition: attachment;\nfilename=\"" + name + "\"",
			plain(name + ". . "),
			plain(name + "\u200b\u00a0"),
			plain(base + "." + ext[:1] + "\u200b" + ext[1:]),
			plain("\u202e" + name),
			plain(strings.Repeat("x", 500) + name),
			plain(strings.Repeat("x", 20000) + name),
			plain("x.txt") + "; filename=\"" + name + "\"",
			"Content-Type: text/plain; name=\"" + name + "\"\nContent-Disposition: attachment; filename=\"x.txt\"",
		} {
			score, names := judge(set, fmt.Appendf(nil, mail, header))
			if !strings.Contains(names, rule) || score < 0.8*want {
				t.Errorf("%.200q: %.1f of %.1f, %s: no %s", header, score, want, names, rule)
			}
		}
	}
	for _, name := range []string{"www.example.com", "joe@example.com", "a.exe.txt", "exe", "notes.come"} {
		if _, names := judge(set, fmt.Appendf(nil, mail, plain(name))); strings.Contains(names, "MIME_EXECUTABLE") {
			t.Errorf("%s: %s", name, names)
		}
	}
}
