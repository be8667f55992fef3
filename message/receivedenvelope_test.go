package message

import "testing"

// TestEnvelopeBehindTheDate: FreeBSD's sendmail tells the envelope sender in a comment behind the date; a HELO or a
// recipient that looks like it tells nothing.
func TestEnvelopeBehindTheDate(t *testing.T) {
	const by = "by mx.example (8.12.5/8.12.5) with ESMTP id g6NL000264 for <ann@mx.example>; Tue, 23 Jul 2002 16:55:55 " +
		"-0500 (CDT)"
	for value, want := range map[string]string{
		"from a.example (a.example [192.0.2.1]) " + by + " (envelope-from joe@a.example)":   "joe@a.example",
		"from a.example (a.example [192.0.2.1]) " + by + " (envelope-from <joe@a.example>)": "joe@a.example",
		"from a.example (a.example [192.0.2.1]) " + by:                                      "",
		"from envelope-from=x@y.example (a.example [192.0.2.1]) " + by:                      "",
	} {
		if got := ParseReceived(value).EnvelopeFrom; got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}
