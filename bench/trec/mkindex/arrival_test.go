package main

import (
	"testing"
	"time"
)

func TestArrival(t *testing.T) {
	for _, test := range []struct{ name, raw, want string }{
		{"newest Received", "Received: from a by b; Thu, 22 Aug 2002 12:36:16 +0100\nReceived: by c; Thu, 22 Aug 2002 " +
			"01:00:00 +0000\n\n", "2002-08-22T11:36:16Z"},
		{"folded, with zone name", "Received: from a\n\tby b (x; y)\n\tid c; Thu, 22 Aug 2002 07:36:16 -0400 (EDT)\n\n",
			"2002-08-22T11:36:16Z"},
		{"unreadable, then readable", "Received: by b; yesterday\nReceived: by c; 22 Aug 2002 01:00:00 GMT\n\n",
			"2002-08-22T01:00:00Z"},
		{"only Date", "Date: Thu, 22 Aug 2002 12:36:16 +0100\n\n", ""},
		{"in the body", "Subject: x\n\nReceived: by c; 22 Aug 2002 01:00:00 GMT\n", ""},
		{"mbox line and CRLF", "From x  Thu Aug 22 12:36:23 2002\r\nReceived: by c; 22 Aug 2002 01:00:00 GMT\r\n\r\n",
			"2002-08-22T01:00:00Z"},
	} {
		got := ""
		if at := arrival(test.raw); !at.IsZero() {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s: arrived %q, want %q", test.name, got, test.want)
		}
	}
}
