package message_test

import (
	"fmt"

	"asterism/message"
)

func ExampleParse() {
	m := message.Parse([]byte("From: Ann <ann@example.org>\n" +
		"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n" +
		"Content-Type: text/html; charset=utf-8\n" +
		"\n" +
		"<p>See <a href=\"http://www.example.co.uk/x\">our page</a>.</p>\n"))
	fmt.Println(m.Header().Get("Subject"))
	for _, part := range m.Leaves() {
		fmt.Println(part.MediaType, part.Charset)
	}
	for _, u := range m.URIs() {
		fmt.Println(u.URL, u.Domain, u.Anchor)
	}
	// Output:
	// Grüße
	// text/html utf-8
	// http://www.example.co.uk/x example.co.uk our page
}

func ExampleParseReceived() {
	r := message.ParseReceived("from mail.example.net (mail.example.net [192.0.2.1]) by mx.example.org with ESMTP id 1; " +
		"Sun, 29 Nov 2026 10:00:00 +0000")
	fmt.Println(r.IP, r.RDNS, r.By)
	// Output: 192.0.2.1 mail.example.net mx.example.org
}
