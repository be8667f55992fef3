package message

import (
	"net/netip"
	"testing"
)

func TestParseReceived(t *testing.T) {
	tests := []struct {
		mta, value              string
		handover                Handover
		ip, rdns, helo, by      string
		ident, auth, id, sender string
	}{
		{mta: "sendmail",
			value: "from mail.example.org (host.example.net [192.0.2.1] (may be forged)) by mx.example.com (8.17.1/8.17.1) " +
				"with ESMTP id 3A1Bc for <u@example.com>; Mon, 2 Nov 2026 10:00:00 +0100",
			handover: HandoverTCP, ip: "192.0.2.1", rdns: "host.example.net", helo: "mail.example.org", by: "mx.example.com",
			id: "3A1Bc"},
		{mta: "sendmail ident",
			value: "from x (IDENT:joe@host.example.net [192.0.2.1]) by mx.example.com (8.11.6/8.11.6) with SMTP id h381V; " +
				"Tue, 8 Apr 2003 02:31:57 +0100",
			handover: HandoverTCP, ip: "192.0.2.1", rdns: "host.example.net", helo: "x", by: "mx.example.com", ident: "joe",
			id: "h381V"},
		{mta: "sendmail ident without name",
			value: "from 4wtgRl (kgbxn@[192.0.2.9]) by mx.example.com (8.11.6/8.11.6) with SMTP id h8BBsU; Thu, 11 Sep " +
				"2003 12:54:31 +0100",
			handover: HandoverTCP, ip: "192.0.2.9", helo: "4wtgRl", by: "mx.example.com", ident: "kgbxn", id: "h8BBsU"},
		{mta: "sendmail authenticated",
			value: "from roissy (p573.example.net [192.0.2.2]) (authenticated bits=0) by mx.example.com (8.12.6/8.12.6) " +
				"with ESMTP id g9MFW; x",
			handover: HandoverTCP, ip: "192.0.2.2", rdns: "p573.example.net", helo: "roissy", by: "mx.example.com", id: "g9MFW",
			auth: "Sendmail"},
		{mta: "sendmail submit",
			value: "(from joe@localhost) by home.example.com (8.12.11/8.12.11/Submit) id iBADHRP6011034; Fri, 10 Dec 2004 " +
				"13:17:27 GMT",
			handover: HandoverLocal, by: "home.example.com", id: "iBADHRP6011034", helo: "joe@localhost"},
		{mta: "Postfix",
			value: "from localhost (unknown [127.0.0.1])\tby mx.example.com (Postfix) with ESMTP id A96E18BD97\tfor " +
				"<u@example.com>; Thu, 13 Mar 2003 15:23:15 -0500 (EST)",
			handover: HandoverTCP, ip: "127.0.0.1", helo: "localhost", by: "mx.example.com", id: "A96E18BD97"},
		{mta: "Postfix with TLS and authentication",
			value: "from [10.0.0.5] (p5.dip.example.net [192.0.2.77]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 " +
				"(256/256 bits)) (No client certificate requested) (Authenticated sender: joe) by mx.example.com (Postfix) with " +
				"ESMTPSA id 4XyZ12; x",
			handover: HandoverTCP, ip: "192.0.2.77", rdns: "p5.dip.example.net", helo: "[10.0.0.5]", by: "mx.example.com",
			id: "4XyZ12", auth: "ESMTPSA"},
		{mta: "Postfix IPv6",
			value: "from mail.example.org (mail.example.org [IPv6:2001:db8::1]) by mx.example.com (Postfix) with ESMTPS id " +
				"4Xy; x",
			handover: HandoverTCP, ip: "2001:db8::1", rdns: "mail.example.org", helo: "mail.example.org", by: "mx.example.com",
			id: "4Xy"},
		{mta: "Exim",
			value: "from host.example.net ([192.0.2.3] helo=mail.example.org) by lists.example.com with esmtp (Exim 4.96) " +
				"id 18t301-0007Bh-00; x",
			handover: HandoverTCP, ip: "192.0.2.3", rdns: "host.example.net", helo: "mail.example.org", by: "lists.example.com",
			id: "18t301-0007Bh-00"},
		{mta: "Exim, same name",
			value: "from mail.example.org ([192.0.2.3]:52313) by mx.example.com with esmtps (TLS1.3) tls TLS_AES (Exim " +
				"4.97) (envelope-from <s@example.org>) id 1GzVLs-0002Oz-7b for u@example.com; x",
			handover: HandoverTCP, ip: "192.0.2.3", rdns: "mail.example.org", helo: "mail.example.org", by: "mx.example.com",
			id: "1GzVLs-0002Oz-7b", sender: "s@example.org"},
		{mta: "Exim, no name",
			value: "from [192.0.2.4] (helo=hotmail.example ident=yiuhyotp) by mx.example.com with smtp (Exim 3.35 #1 " +
				"(Debian)) id 194BE5-0005Zh-00; x",
			handover: HandoverTCP, ip: "192.0.2.4", helo: "hotmail.example", by: "mx.example.com", ident: "yiuhyotp",
			id: "194BE5-0005Zh-00"},
		{mta: "Exim local",
			value:    "from joe by mx.example.com with local (Exim 4.12) id 18xeL6-000Dn1-00; x",
			handover: HandoverLocal, helo: "joe", by: "mx.example.com", id: "18xeL6-000Dn1-00"},
		{mta: "qmail",
			value: "from adsl-1.example.net (HELO merlin.example.org) (Owner50@192.0.2.5) by mx.example.com with SMTP; 10 " +
				"Nov 2003 06:30:34 -0000",
			handover: HandoverTCP, ip: "192.0.2.5", rdns: "adsl-1.example.net", helo: "merlin.example.org", by: "mx.example.com",
			ident: "Owner50"},
		{mta: "qmail, unknown",
			value: "from unknown (HELO terpsichore) (joe@[192.0.2.6]) (envelope-sender <joe@example.org>) by " +
				"mx.example.com (qmail-ldap-1.03) with SMTP for <u@example.com>; x",
			handover: HandoverTCP, ip: "192.0.2.6", helo: "terpsichore", by: "mx.example.com", ident: "joe",
			sender: "joe@example.org"},
		{mta: "qmail, same name",
			value:    "from mail.example.org (192.0.2.7) by mx.example.com with SMTP; x",
			handover: HandoverTCP, ip: "192.0.2.7", rdns: "mail.example.org", helo: "mail.example.org", by: "mx.example.com"},
		{mta: "qmail local", value: "(qmail 27981 invoked by uid 225); 14 Mar 2003 07:24:34 -0000", handover: HandoverLocal},
		{mta: "Microsoft SMTPSVC",
			value:    "from tthompson ([192.0.2.8] unverified) by mail.example.com with Microsoft SMTPSVC(5.0.2195.5329); x",
			handover: HandoverTCP, ip: "192.0.2.8", helo: "tthompson", by: "mail.example.com"},
		{mta: "Exchange",
			value: "from EX1.example.org (10.1.2.3) by EX2.example.org (10.1.2.4) with Microsoft SMTP Server " +
				"(version=TLS1_2, cipher=TLS_X) id 15.1.1261.35; x",
			handover: HandoverTCP, ip: "10.1.2.3", helo: "EX1.example.org", by: "EX2.example.org", id: "15.1.1261.35"},
		{mta: "Exchange mapi",
			value: "from A.prod.outlook.example ([fe80::19bd:c588:dd17:5226]) by B.prod.outlook.example " +
				"([fe80::19bd:c588:dd17:5226%6]) with mapi id 15.20.1943.023; x",
			handover: HandoverTCP, ip: "fe80::19bd:c588:dd17:5226", helo: "A.prod.outlook.example",
			by: "B.prod.outlook.example"},
		{mta: "Yahoo",
			value:    "from 192.0.2.20 (EHLO mail.example.org) by 10.1.2.3 with SMTPs (version=TLS1_2 cipher=X); x",
			handover: HandoverTCP, ip: "192.0.2.20", helo: "mail.example.org", by: "10.1.2.3"},
		{mta: "Yahoo, a pod", value: "from 127.0.0.1 by atlas.mail.example pod-id NONE with HTTPS; x",
			handover: HandoverUnknown, ip: "127.0.0.1", by: "atlas.mail.example", auth: "HTTPS"},
		{mta: "an address and software", value: "from 192.0.2.21 by mx.example.com (Tls12, Aes256); x",
			handover: HandoverLocal, ip: "192.0.2.21", by: "mx.example.com"},
		{mta: "Aliyun", value: "from 192.0.2.22(mailfrom:joe@example.org fp:SMTPD_1) by smtp.example.com(127.0.0.1); x",
			handover: HandoverUnknown, ip: "192.0.2.22", by: "smtp.example.com"},
		{mta: "DragonFly", value: "from MAILER-DAEMON id e0720 by df.example.com (DragonFly Mail Agent v0.13); x",
			handover: HandoverUnknown, helo: "MAILER-DAEMON", by: "df.example.com", id: "e0720"},
		{mta: "a name alone",
			value:    "from host (mta1) by mta.example.com (Postfix) with SMTP id F00000 for joe@example.org; x",
			handover: HandoverUnknown, helo: "host", by: "mta.example.com", id: "F00000"},
		{mta: "SendGrid", value: "from MjA3NDc4Mg (unknown) by ismtpd1.example.net (SG) with HTTP id aqHKNX2k; x",
			handover: HandoverLocal, helo: "MjA3NDc4Mg", by: "ismtpd1.example.net", auth: "HTTP", id: "aqHKNX2k"},
		{mta: "ZMailer",
			value: `from mail.example.org ([192.0.2.23]:45898 "EHLO other.example.org" rhost-flags-OK-OK-OK-OK) by ` +
				`vger.example with ESMTP id S232088; x`,
			handover: HandoverTCP, ip: "192.0.2.23", helo: "other.example.org", by: "vger.example", id: "S232088"},
		{mta: "Haraka",
			value: "from host ([192.0.2.24]) by mx.example.com (Haraka/2.8.21) with ESMTP id zzz.1 envelope-from " +
				"<joe@example.org>; x",
			handover: HandoverTCP, ip: "192.0.2.24", helo: "host", by: "mx.example.com", id: "zzz.1", sender: "joe@example.org"},
		{mta: "JAMES",
			value: "from 10.233.68.83 (EHLO in.example.org) ([10.233.68.83]) by james-0 (JAMES SMTP Server ) with ESMTP ID " +
				"926590876; x",
			handover: HandoverTCP, ip: "10.233.68.83", rdns: "10.233.68.83", helo: "in.example.org", by: "james-0",
			id: "926590876"},
		{mta: "Gmail",
			value: "from mail.example.org (mail.example.org. [192.0.2.11]) by mx.google.com with ESMTPS id " +
				"a1si2.3.2026.11.02 for <u@gmail.com> (version=TLS1_3 cipher=X bits=256/256); x",
			handover: HandoverTCP, ip: "192.0.2.11", rdns: "mail.example.org", helo: "mail.example.org", by: "mx.google.com",
			id: "a1si2.3.2026.11.02"},
		{mta: "Gmail internal", value: "by 2002:a05:6a10:1234 with SMTP id x1csp123; x", handover: HandoverLocal,
			by: "2002:a05:6a10:1234", id: "x1csp123"},
		{mta: "Yahoo",
			value:    "from [192.0.2.12] by web40310.mail.yahoo.example via HTTP; Wed, 12 Feb 2003 14:22:21 PST",
			handover: HandoverTCP, ip: "192.0.2.12", by: "web40310.mail.yahoo.example"},
		{mta: "MDaemon",
			value: "from acecomms [192.0.2.13] by mail.example.com [192.0.2.27] with SMTP (MDaemon.PRO.v5.0.6.R) for " +
				"<u@example.com>; x",
			handover: HandoverTCP, ip: "192.0.2.13", helo: "acecomms", by: "mail.example.com"},
		{mta: "Courier",
			value:    "from x.example.org (softdnserr [::ffff:192.0.2.14]) by mail.example.com with esmtp; x",
			handover: HandoverTCP, ip: "192.0.2.14", helo: "x.example.org", by: "mail.example.com"},
		{mta: "fetchmail",
			value: "from pop.example.org [127.0.0.1] by localhost with POP3 (fetchmail-5.9.0) for joe@localhost " +
				"(single-drop); x",
			handover: HandoverFetch, ip: "127.0.0.1", helo: "pop.example.org", by: "localhost"},
		{mta: "attached brackets",
			value:    "from attbi.example (h0005.example.net[192.0.2.15]) by rw.example.com (rw) with SMTP id <2003022219>; x",
			handover: HandoverTCP, ip: "192.0.2.15", rdns: "h0005.example.net", helo: "attbi.example", by: "rw.example.com",
			id: "2003022219"},
		{mta: "attached by",
			value: "from av.example.com (localhost [127.0.0.1])by  mx.example.com (Postfix) with ESMTP id 846CF2117for " +
				"<u@example.com>; x",
			handover: HandoverTCP, ip: "127.0.0.1", rdns: "localhost", helo: "av.example.com", by: "mx.example.com",
			id: "846CF2117for"},
		{mta: "simta",
			value: "FROM hackers.example.org (smtp.example.org [192.0.2.16]) BY mad.example.com ID 434B508E.174A6.13932 ; " +
				"11 Oct 2005 01:41:34 -0400",
			handover: HandoverTCP, ip: "192.0.2.16", rdns: "smtp.example.org", helo: "hackers.example.org",
			by: "mad.example.com", id: "434B508E.174A6.13932"},
	}
	for _, tt := range tests {
		r := ParseReceived(tt.value)
		var ip netip.Addr
		if tt.ip != "" {
			ip = netip.MustParseAddr(tt.ip)
		}
		if r.Handover != tt.handover || r.IP != ip || r.RDNS != tt.rdns || r.Helo != tt.helo || r.By != tt.by ||
			r.Ident != tt.ident || r.Auth != tt.auth || r.ID != tt.id || r.EnvelopeFrom != tt.sender {
			t.Errorf("%s: handover %d ip %v rdns %q helo %q by %q ident %q auth %q id %q from %q", tt.mta,
				r.Handover, r.IP, r.RDNS, r.Helo, r.By, r.Ident, r.Auth, r.ID, r.EnvelopeFrom)
		}
	}
}
