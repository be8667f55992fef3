package message

import (
	"strings"
	"testing"
)

func TestDigest(t *testing.T) {
	mail := "Received: from a by b\nMessage-ID: <1@example.org>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n" +
		"From: Joe <joe@example.org>\n" +
		"Subject: a somewhat long subject\n\nHello,\n\nFrom here on it is fine.\n"
	same := map[string]string{
		"filter's header":   "X-Spam-Score: 6.8 (******) A,B\n" + mail,
		"another relay":     "Received: from c by d\n\twith ESMTP\n" + mail,
		"header at the end": strings.Replace(mail, "\n\n", "\nX-Spam-Status: No\n\n", 1),
		"CRLF":              strings.ReplaceAll(mail, "\n", "\r\n"),
		"mbox": "From joe@example.org Mon Nov  2 10:00:00 2026\n" + strings.Replace(mail, "\nFrom here",
			"\n>From here", 1) + "\n",
		"blank lines at the end": mail + "\n\r\n\n",
		"no line end":            strings.TrimSuffix(mail, "\n"),
		"folded anew":            strings.Replace(mail, "somewhat long", "somewhat\n\tlong", 1),
	}
	digest := Parse([]byte(mail)).Digest()
	for name, raw := range same {
		if Parse([]byte(raw)).Digest() != digest {
			t.Errorf("%s changes the digest", name)
		}
	}
	different := map[string]string{
		"body":       strings.Replace(mail, "fine", "bad", 1),
		"subject":    strings.Replace(mail, "long", "short", 1),
		"date":       strings.Replace(mail, "10:00", "10:01", 1),
		"blank line": strings.Replace(mail, "Hello,\n\n", "Hello,\n", 1),
		"no header":  strings.SplitN(mail, "\n\n", 2)[1],
	}
	for name, raw := range different {
		if Parse([]byte(raw)).Digest() == digest {
			t.Errorf("%s does not change the digest", name)
		}
	}
}
