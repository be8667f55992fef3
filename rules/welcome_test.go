package rules

import (
	"fmt"
	"testing"
)

// TestForgedRelay: welcomelist_from_rcvd looks at the name that the relay found, not at one that the client gave.
func TestForgedRelay(t *testing.T) {
	s, problems := compile(t, `
welcomelist_from_rcvd *@bank.example bank.example
header WELCOME eval:check_from_in_welcomelist()
header FORGED eval:check_forged_in_welcomelist()
header SAME eval:check_mailfrom_matches_rcvd()
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for received, want := range map[string]string{
		"from mail.bank.example (mail.bank.example [198.51.100.1]) by mx.our.example (8.17/8.17) with ESMTP id " +
			"abcd": "SAME WELCOME",
		"from mail.bank.example ([198.51.100.1]) by mx.our.example (8.17/8.17) with ESMTP id abcd for " +
			"<Exim@our.example>": "FORGED",
		"from mail.bank.example.Exim ([198.51.100.1]) by mx.our.example (8.17/8.17) with ESMTP id " +
			"abcd": "FORGED",
		"from x (mail.bank.example [198.51.100.1] (may be forged)) by mx.our.example (8.17/8.17) with ESMTP id " +
			"abcd": "FORGED",
		"from by (x.example [198.51.100.1]) by mx.our.example (8.17/8.17) with ESMTP id " +
			"abcd": "FORGED",
		"from mail.bank.example ([198.51.100.1] helo=mail.bank.example) by mx.our.example with esmtp (Exim 4.97) id " +
			"18t301-0007Bh-00": "SAME WELCOME",
		"from [198.51.100.1] (helo=mail.bank.example) by mx.our.example with esmtp (Exim 4.97) id 18t301-0007Bh-00": "FORGED",
	} {
		mail := fmt.Sprintf("Return-Path: <a@bank.example>\nReceived: %s; x\nReceived: from mail.bank.example "+
			"(mail.bank.example [198.51.100.9]) by relay.example (Postfix) with ESMTP id BBBB; x\n"+
			"From: <a@bank.example>\nSubject: s\n\nx\n", received)
		if got := sortedHits(s, mail); got != want {
			t.Errorf("%s: %q, want %q", received, got, want)
		}
	}
}
