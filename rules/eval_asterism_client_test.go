package rules

import (
	"net/netip"
	"testing"

	"asterism/message"
)

// TestCheckClient: what is odd about the host that handed the mail over is seen in the forms of several MTAs, and not
// in hops of the site's own.
func TestCheckClient(t *testing.T) {
	const by = " by mx.example.org (Postfix) with ESMTP id 4A9894874DC; Wed, 8 Jan 2025 10:38:21 +0100\n"
	const sendmail = " by mx.example.org (8.16.1/8.16.1) with ESMTP id 5A617E2F036874; Wed, 8 Jan 2025 10:38:21 +0100\n"
	for _, c := range []struct {
		sign, received string
		want           bool
	}{
		{"nameless", "Received: from mail.a.example (unknown [203.0.113.9])" + by, true},
		{"nameless", "Received: from mail.a.example ([203.0.113.9])" + sendmail, true},
		{"nameless", "Received: from mail.a.example (x.isp.example [203.0.113.9] (may be forged))" + sendmail, true},
		{"nameless", "Received: from mail.a.example (mail.a.example [203.0.113.9])" + by, false},
		{"nameless", "Received: from mail.a.example (203.0.113.9) by mx.example.org with Microsoft SMTP Server id 15.20; " +
			"Wed, 8 Jan 2025 10:38:21 +0100\n", false}, // looks nobody up
		{"nameless", "Received: from mail.a.example ([203.0.113.9]:5020 \"EHLO mail.a.example\" rhost-flags-OK-OK-OK-OK) " +
			"by vger.example.org with ESMTP id S17; Wed, 8 Jan 2025 10:38:21 +0100\n", false},
		{"nameless", "Received: from [203.0.113.9] ([203.0.113.9]:5020 \"EHLO x.example\" rhost-flags-FAIL-FAIL-OK-FAIL) " +
			"by vger.example.org with ESMTP id S17; Wed, 8 Jan 2025 10:38:21 +0100\n", true},
		{"nameless", "Received: from localhost (unknown [127.0.0.1])" + by, false},
		{"nameless", "Received: from gw (unknown [192.168.1.1])" + by, false},
		{"nameless", "Received: from pc (unknown [203.0.113.9]) (authenticated bits=0)" + sendmail, false},
		{"generic", "Received: from a.example (dsl-203-0-113-9.isp.example [203.0.113.9])" + by, true},
		{"generic", "Received: from a.example (9.113.0.203.isp.example [203.0.113.9])" + by, true},
		{"generic", "Received: from a.example (cb007109.isp.example [203.0.113.9])" + by, true},
		{"generic", "Received: from a.example (mail9.isp.example [203.0.113.9])" + by, false},
		{"dynamic", "Received: from a.example (dsl-203-0-113-9.isp.example [203.0.113.9])" + by, true},
		{"dynamic", "Received: from a.example (static-203-0-113-9.isp.example [203.0.113.9])" + by, false},
		{"helo-bare", "Received: from pc (x.isp.example [203.0.113.9])" + by, true},
		{"helo-bare", "Received: from a.example (x.isp.example [203.0.113.9])" + by, false},
		{"helo-address", "Received: from [203.0.113.9] (x.isp.example [203.0.113.9])" + by, true},
		{"helo-wrong", "Received: from [203.0.113.9] (x.isp.example [203.0.113.9])" + by, false},
		{"helo-wrong", "Received: from [198.51.100.1] (x.isp.example [203.0.113.9])" + by, true},
		{"helo-wrong", "Received: from [192.168.0.2] (x.isp.example [203.0.113.9])" + by, false}, // behind a translator
		{"helo-ours", "Received: from mx.example.org (x.isp.example [203.0.113.9])" + by, true},
		{"helo-ours", "Received: from example.org (unknown [203.0.113.9])" + by, true},
		{"helo-ours", "Received: from out.example.org (out.example.org [203.0.113.9])" + by, false},
		{"helo-other", "Received: from mail.third.example (x.isp.example [203.0.113.9])" + by, true},
		{"helo-other", "Received: from mail.sender.example (x.isp.example [203.0.113.9])" + by, false}, // the sender's
		{"direct", "Received: from a.example (x.isp.example [203.0.113.9])" + by, true},
		{"direct", "Received: from a.example (x.isp.example [203.0.113.9])" + by +
			"Received: by a.example (Postfix, from userid 1000) id 17; Wed, 8 Jan 2025 10:38:20 +0100\n", false},
		{"direct", "Received: from in.example.org (in.example.org [198.51.100.3])" + by +
			"Received: from a.example (x.isp.example [203.0.113.9]) by in.example.org with ESMTP id 18; Wed, 8 Jan 2025 " +
			"10:38:20 +0100\n", true},
		{"direct", "", false},
	} {
		set, problems := compile(t, "header T eval:check_client('"+c.sign+"')\n")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		mail := c.received + "From: a@sender.example\nTo: b@example.org\nSubject: x\n\nhello\n"
		if got := hits(set, mail) == "T"; got != c.want {
			t.Errorf("%s: got %v for %s", c.sign, got, c.received)
		}
	}
}

// TestGenericName: a name is generic if it is made of the address, in whatever form, and not by a number that happens
// to be in both.
func TestGenericName(t *testing.T) {
	ip := netip.MustParseAddr("203.0.113.9")
	for name, want := range map[string]bool{
		"203-0-113-9.isp.example": true, "ip203.0.113.9.isp.example": true, "9-113-0-203.dyn.example": true,
		"203000113009.isp.example": true,
		"host-0-113-9.isp.example": true, "cb007109.isp.example": true, "mail.isp.example": false,
		"mx9.isp113.example": false, "": false,
	} {
		if isGenericName(name, ip) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
	if isGenericName("2001-db8--9.isp.example", netip.MustParseAddr("2001:db8::9")) {
		t.Error("IPv6")
	}
}

// TestCheckTrail: fields count if the site, the server that the mail was fetched from, or a provider that forwarded
// it wrote them.
func TestCheckTrail(t *testing.T) {
	const (
		field = "Authentication-Results: mx.example.org; spf=fail\n"
		ours  = "Received: from mail.a.example (mail.a.example [203.0.113.9]) by mx.example.org (Postfix) with ESMTP id " +
			"4A98; Wed, 8 Jan 2025 10:38:21 +0100\n"
		inner = "Received: from gw.example.org (gw.example.org [10.0.0.1]) by mx.example.org (Postfix) with ESMTP id " +
			"4A99; Wed, 8 Jan 2025 10:38:22 +0100\n"
		fetched = "Received: from pop.provider.example [198.51.100.7] by pc.home.example with POP3 (fetchmail-6.4.27) for " +
			"<b@localhost>; Wed, 8 Jan 2025 10:40:00 +0100\n"
		provider = "Received: from mail.a.example (mail.a.example [203.0.113.9]) by mx.provider.example (Postfix) with " +
			"ESMTP id 5A98; Wed, 8 Jan 2025 10:38:21 +0100\n"
		google = "Received: from mail-yb1-f173.google.com (mail-yb1-f173.google.com [209.85.219.173]) by mx.example.org " +
			"(Postfix) with ESMTPS id 4A98; Wed, 8 Jan 2025 10:38:23 +0100\n"
		byGoogle = "Received: from mail.a.example (mail.a.example [203.0.113.9]) by mx.google.com with ESMTPS id b17; Wed, " +
			"8 Jan 2025 10:38:21 +0100\n"
		exchange = "Received: from mail.a.example (203.0.113.9) by mx.firma.example (10.0.0.3) with Microsoft SMTP Server " +
			"id 15.20; Wed, 8 Jan 2025 10:38:21 +0100\n"
		rest = "From: a@a.example\nTo: b@example.org\n"
	)
	for name, c := range map[string]struct {
		header string
		want   bool
	}{
		"the site's":                   {field + ours + rest, true},
		"the sender's":                 {ours + field + rest, false},
		"the sender's, at the end":     {ours + rest + field, false},
		"the site's gateway's":         {inner + field + ours + rest, true},
		"behind the gateway":           {inner + ours + field + rest, false},
		"of the provider fetched from": {fetched + field + provider + rest, true},
		"behind that provider":         {fetched + provider + field + rest, false},
		"of a provider that forwarded": {google + "X-Forwarded-To: b@example.org\n" + field + byGoogle + rest, true},
		"of a provider that did not":   {google + field + byGoogle + rest, false},
		"behind a forwarding provider": {google + "X-Forwarded-To: b@example.org\n" + byGoogle + field + rest, false},
		"of a stranger that \"forwards\"": {ours + "X-Forwarded-To: b@example.org\n" + field +
			"Received: from x.example (x.example [198.51.100.1]) by mail.a.example with ESMTP id 1; Wed, 8 Jan 2025 10:38:20 " +
			"+0100\n" + rest, false},
		"without a way": {rest + field, true},
	} {
		set, problems := compile(t,
			"known_brand google google.*\nheader T eval:check_trail('spf=fail', 'X-None', 'Authentication-Results')\n")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := hits(set, c.header+"Subject: x\n\nhello\n") == "T"; got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	set, _ := compile(t, "header T eval:check_trail('SFV:SPM', 'X-Forefront-Antispam-Report')\n")
	const report = "X-Forefront-Antispam-Report: CIP:203.0.113.9;SFV:SPM;\n"
	if hits(set, exchange+rest+report+"\nhello\n") != "T" {
		t.Error("a verdict of the site's Exchange, which writes it at the end of the header, does not count")
	}
	if hits(set, ours+rest+report+"\nhello\n") == "T" {
		t.Error("a verdict in the form of Exchange's counts without any Exchange")
	}
}

// TestOutlookClock: the clock in a Message-ID or boundary of Outlook's form must be near the Date or the first
// Received field.
func TestOutlookClock(t *testing.T) {
	const date = "Date: Wed, 8 Jan 2025 10:38:19 +0100\n"
	for _, c := range []struct {
		arg, header string
		want        bool
	}{
		{"msgid", date + "Message-ID: <000a01db61b1$4d5e6f70$0100a8c0@pc>\n", false},
		{"msgid", date + "Message-ID: <00000a01db61b1$4d5e6f70$0100a8c0@pc>\n", false}, // a counter of six digits
		{"msgid", date + "Message-ID: <000a01c1a2b3$4d5e6f70$0100a8c0@pc>\n", true},
		{"msgid", date + "Message-ID: <7f3a9be27c41$4d5e6f70$0100a8c0@pc>\n", true},
		{"msgid", date + "Message-ID: <9235afb6@pc>\n", false},
		{"msgid", "Message-ID: <000a01c1a2b3$4d5e6f70$0100a8c0@pc>\n", false}, // nothing to compare it with
		{"boundary", date + "Content-Type: multipart/mixed; boundary=\"----=_NextPart_000_0005_01DB61B1.4D5E6F70\"\n", false},
		{"boundary", date + "Content-Type: multipart/mixed; boundary=\"----=_NextPart_000_0005_01C1A2B3.4D5E6F70\"\n", true},
		{"boundary", date + "Content-Type: multipart/mixed; boundary=\"----_=_NextPart_001_01C1A2B3.4D5E6F70\"\n", true},
		{"none", date, false},
	} {
		set, _ := compile(t, "header T eval:check_outlook_clock('"+c.arg+"')\n")
		if got := hits(set, c.header+"Subject: x\n\nhello\n") == "T"; got != c.want {
			t.Errorf("%s: got %v for %s", c.arg, got, c.header)
		}
	}
}

// FuzzCheckClient: no Received field makes these functions fail.
func FuzzCheckClient(f *testing.F) {
	f.Add("from a.example (dsl-203-0-113-9.isp.example [203.0.113.9]) by mx.example.org with ESMTP id 1",
		"<000a01db61b1$4d5e6f70$0100a8c0@pc>")
	f.Add(`from [203.0.113.9] ([203.0.113.9]:5020 "EHLO x" rhost-flags-FAIL-FAIL-OK-FAIL) by v.example.org with ESMTP`,
		"<>")
	f.Add("from mail.a.example (203.0.113.9) by mx.firma.example (10.0.0.3) with Microsoft SMTP Server id 15.20", "")
	set, problems := compile(f, "header A eval:check_client('direct')\nheader B eval:check_trail('.', 'Received')\n"+
		"header C eval:check_outlook_clock('msgid')\n")
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	f.Fuzz(func(t *testing.T, received, id string) {
		sc := set.Begin(message.Parse([]byte("Received: "+received+"\nMessage-ID: "+id+"\nDate: Wed, 8 Jan 2025 10:38:19 "+
			"+0100\n\nx\n")), &Envelope{})
		defer sc.Close()
		sc.RunLocal()
		sc.Finish()
	})
}
