package data_test

import (
	"slices"
	"strings"
	"testing"

	"asterism/message"
	"asterism/rules"
)

// sample is a message made of a plain one by other fields and another body.
type sample struct {
	fields string // that replace those of the same names, or are added; a name alone takes the field out
	body   string
}

// plainFields is the header of an ordinary message, handed to the site by a host with a name.
const plainFields = `Return-Path: <alice@sender.example>
Received: from mail.sender.example (mail.sender.example [203.0.113.9]) by mx.example.org (Postfix) with ESMTPS id 4A9894874DC; Wed, 8 Jan 2025 10:38:21 +0100
From: Alice Example <alice@sender.example>
To: <bob@example.org>
Subject: the agenda
Date: Wed, 8 Jan 2025 10:38:19 +0100
Message-ID: <9235afb6-df9b-25d9-0913-c1@sender.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8`

// message returns the sample as it is sent.
func (s *sample) message() []byte {
	names := map[string]string{}
	var added []string
	for line := range strings.SplitSeq(s.fields, "\n") {
		name, _, _ := strings.Cut(line, ":")
		if line != "" {
			if _, again := names[strings.ToLower(name)]; !again {
				added = append(added, strings.ToLower(name))
			}
			names[strings.ToLower(name)] += line + "\n"
		}
	}
	var b strings.Builder
	for line := range strings.SplitSeq(plainFields, "\n") {
		name, _, _ := strings.Cut(strings.ToLower(line), ":")
		other, replaced := names[name]
		switch {
		case !replaced:
			b.WriteString(line + "\n")
		case strings.Contains(other, ":"):
			b.WriteString(other)
		}
		delete(names, name)
	}
	for _, name := range added {
		if field := names[name]; strings.Contains(field, ":") {
			b.WriteString(field)
		}
	}
	body := s.body
	if body == "" {
		body = "See you there.\n"
	}
	return []byte(b.String() + "\n" + body)
}

// hits returns the names of the rules that hit.
func hits(set *rules.Set, raw []byte) []string {
	scan := set.Begin(message.Parse(raw), &rules.Envelope{})
	defer scan.Close()
	scan.RunLocal()
	var names []string
	for _, h := range scan.Finish() {
		names = append(names, h.Name)
	}
	return names
}

const (
	nameless = "Received: from mail.sender.example ([203.0.113.9]) by mx.example.org (8.16.1/8.16.1) with ESMTP id " +
		"5A617E2F036874; Wed, 8 Jan 2025 10:38:21 +0100"
	generic = "Received: from sender.example (203-0-113-9-host.isp.example [203.0.113.9]) by mx.example.org " +
		"(8.16.1/8.16.1) with ESMTP id 5A617E2F036874; Wed, 8 Jan 2025 10:38:21 +0100"
	dynamic = "Received: from pc (dsl-203-0-113-9.isp.example [203.0.113.9]) by mx.example.org (8.16.1/8.16.1) with " +
		"ESMTP id 5A617E2F036874; Wed, 8 Jan 2025 10:38:21 +0100"
	earlier = "\nReceived: from laptop.home.arpa (laptop.home.arpa [192.0.2.7]) by mail.sender.example with ESMTPSA id " +
		"17; Wed, 8 Jan 2025 10:38:20 +0100"
	outlook = "X-Mailer: Microsoft Outlook Express 6.00.2900.5512\nX-MimeOLE: Produced By Microsoft MimeOLE " +
		"V6.00.2900.5512\n"
	freemail = "From: Alice Example <alice.example@gmail.com>\n"
	nobody   = "To: undisclosed-recipients:;\n"
	html     = "Content-Type: text/html; charset=UTF-8\n"
)

// ruleFixtures has, for each rule about the way mail is sent, a message that it hits and the nearest one that it must
// not.
var ruleFixtures = []struct {
	rule      string
	hit, miss sample
}{
	{"CLIENT_NAMELESS", sample{fields: nameless}, sample{fields: nameless + earlier}},
	{"CLIENT_GENERIC", sample{fields: generic}, sample{fields: generic + earlier}},
	{"CLIENT_DYNAMIC", sample{fields: dynamic}, sample{fields: strings.Replace(dynamic, "dsl-", "static-", 1)}},
	{"CLIENT_HELO_BAD", sample{fields: dynamic}, sample{fields: generic}},
	{"CLIENT_HELO_OTHER", sample{fields: strings.Replace(generic, "from sender.example", "from mail.third.example", 1)},
		sample{fields: generic}},
	{"CLIENT_TWO", sample{fields: dynamic}, sample{fields: nameless}},
	{"MSGID_FORGED_TIME", sample{fields: "Message-ID: <000a01c1a2b3$4d5e6f70$0100a8c0@pc>"}, // the clock of the Date
		sample{fields: "Message-ID: <000a01db61b1$4d5e6f70$0100a8c0@pc>"}},
	{"MSGID_FORGED_OUTLOOK", sample{fields: "Message-ID: <000a01db61b1$4d5e6f70$0100a8c0@pc>"},
		sample{fields: outlook + "Message-ID: <000a01db61b1$4d5e6f70$0100a8c0@pc>"}},
	{"MSGID_NOT_OE", sample{fields: outlook}, sample{fields: outlook +
		"Message-ID: <00000a01db61b1$4d5e6f70$0100a8c0@pc>"}},
	{"MSGID_RATWARE", sample{fields: "Message-ID: <20250108103819.A2B3C4D5E6F70718@sender.example>"},
		sample{fields: "Message-ID: <20250108103819.A2B3C4D5E6@mail.sender.example>"}}, // Postfix
	{"MSGID_LOCAL", sample{fields: "Message-ID: <176239123194.8942.31537435@127.0.0.1>"},
		sample{fields: "Message-ID: <176239123194@a127.example>"}},
	{"MIME_FORGED_CLOCK",
		sample{fields: `Content-Type: multipart/mixed; boundary="----=_NextPart_000_0005_01C1A2B3.4D5E6F70"`},
		sample{fields: `Content-Type: multipart/mixed; boundary="----=_NextPart_000_0005_01DB61B1.4D5E6F70"`}},
	{"MIME_FORGED_BOUNDARY", sample{fields: outlook + `Content-Type: multipart/mixed; ` +
		`boundary="===============8402107380941895431=="`},
		sample{fields: outlook + `Content-Type: multipart/mixed; boundary="----=_NextPart_000_0005_01DB61B1.4D5E6F70"`}},
	{"MIME_BOUNDARY_LONE",
		sample{fields: `Content-Type: multipart/mixed; boundary="----=_NextPart_000_0005_01DB61B1.4D5E6F70"`},
		sample{fields: outlook + `Content-Type: multipart/mixed; boundary="----=_NextPart_000_0005_01DB61B1.4D5E6F70"`}},
	{"MIME_OE_HTML_ONLY", sample{fields: outlook + html, body: "<p>Hello"}, sample{fields: html, body: "<p>Hello"}},
	{"XPRIO_NO_MAILER", sample{fields: "X-MSMail-Priority: Normal"}, sample{fields: outlook +
		"X-MSMail-Priority: Normal"}},
	{"TO_NOT_OUTLOOK", sample{fields: outlook + "To: bob@example.org"}, sample{fields: outlook}},
	{"XMAILER_HOST", sample{fields: "X-Mailer: mail.sender.example"}, sample{fields: "X-Mailer: Mailer 2.1.example"}},
	{"DATE_ZONE_NAME", sample{fields: "Date: Wed, 8 Jan 2025 09:38:19 GMT"},
		sample{fields: "Date: Wed, 8 Jan 2025 09:38:19 +0000 (GMT)"}},
	{"SUBJ_QP_ASCII", sample{fields: "Subject: =?UTF-8?Q?=53=6C=65=65=70=20=65=61=73=79?="},
		sample{fields: "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="}},
	{"FROM_QP_ASCII", sample{fields: "From: =?UTF-8?Q?=54=69=6E=6E=69=74=75=73?= <alice@sender.example>"},
		sample{fields: "From: =?UTF-8?Q?J=C3=BCrgen?= <alice@sender.example>"}},
	{"MUA_TO_MX", sample{fields: "X-Mailer: Apple Mail (2.3445.9.1)"},
		sample{fields: "X-Mailer: Apple Mail (2.3445.9.1)\nReceived: from mail.sender.example (mail.sender.example " +
			"[203.0.113.9]) by mx.example.org (Postfix) with ESMTPS id 4A9894874DC; Wed, 8 Jan 2025 10:38:21 +0100" + earlier}},
	{"MUA_TO_MX_NAMELESS", sample{fields: "X-Mailer: Apple Mail (2.3445.9.1)\n" + nameless},
		sample{fields: "X-Mailer: Apple Mail (2.3445.9.1)"}},
	{"LINKS_NO_TLS", sample{fields: html, body: `<a href="http://sender.example/a">a</a>`},
		sample{fields: html, body: `<a href="http://sender.example/a">a</a> <a href="https://sender.example/b">b</a>`}},
	{"LINK_TOKEN", sample{body: "https://sender.example/loy0XzEFdwtPxC8rX9_O2zW3mIr_kUCyNrjUwuIlhi4x\n"},
		sample{body: "https://sender.example/the-agenda\n"}},
	{"ENVELOPE_NUMBERS", sample{fields: "Return-Path: <3693-643-3134-40-bob=example.org@mail.sender.example>"},
		sample{fields: "Return-Path: <bounce-3693-bob=example.org@mail.sender.example>"}},
	{"UNSUB_LOCAL", sample{fields: "List-Unsubscribe: <https://127.0.0.1/u>"},
		sample{fields: "List-Unsubscribe: <https://sender.example/u>"}},
	{"ALTERNATIVE_OTHER", alternative("Notes of the meeting on garden, roof, old tree"),
		alternative("Win a wonderful knife set and claim your prize today")},
	{"HTML_HIDDEN_FEW", sample{fields: html, body: `<p>Buy now, here</p><div style="display:none">` +
		strings.Repeat("filler words ", 6) + `</div>`},
		sample{fields: html, body: `<p>` + strings.Repeat("News of the week. ", 20) + `</p><div style="display:none">` +
			strings.Repeat("preview ", 6) + `</div>`}},
	{"TEMPLATE_LEFT", sample{body: "I want to be with you, {First Name}?\n"},
		sample{body: "The field is called first name.\n"}},
	{"UNDISCLOSED_FREEMAIL", sample{fields: freemail + nobody}, sample{fields: freemail + nobody +
		"In-Reply-To: <1@example.org>"}},
	{"REPLYTO_ELSEWHERE", sample{fields: "Reply-To: m@third.example"},
		sample{fields: "Reply-To: m@office.sender.example"}},
	{"UNDISCLOSED_REPLYTO", sample{fields: nobody + "Reply-To: m@third.example"},
		sample{fields: "Reply-To: m@third.example"}},
	{"SHORT_REPLYTO", sample{fields: "Reply-To: m@third.example", body: "Did you get my mail?\n"},
		sample{fields: "Reply-To: m@third.example", body: strings.Repeat("This is what we agreed on. ", 20) + "\n"}},
	{"COLD_OFFER", sample{
		body: "Dzień dobry,\n\nspecjalizujemy się w systemach GPS i pomagamy ograniczać koszty.\n\nCzy " +
			"są Państwo zainteresowani rozwiązaniem dla Państwa firmy?\n"},
		sample{body: "Dzień dobry,\n\nCzy są Państwo zainteresowani spotkaniem w piątek?\n"}},
	{"COLD_OFFER_MACHINE", sample{fields: "X-Mailer: mail.sender.example",
		body: "Dobré ráno,\n\nzajišťujeme technologii lití hliníku.\n\nChtěli byste mluvit o spolupráci?\n"},
		sample{fields: "X-Mailer: mail.sender.example", body: "Dobré ráno,\n\nschůzka je v pátek.\n"}},
	{"BODY_EMPTY", sample{body: "\n"}, sample{body: "Yes.\n"}},
	{"LINK_ALONE", sample{body: "https://third.example/x\n"}, sample{body: "https://third.example/x " +
		strings.Repeat("is what we talked about on Monday. ", 6) + "\n"}},
	{"COMBO_CLIENT_MAILER", sample{fields: nameless + "\nMessage-ID: <20250108103819.A2B3C4D5E6F70718@sender.example>"},
		sample{fields: "Message-ID: <20250108103819.A2B3C4D5E6F70718@sender.example>"}},
	{"COMBO_CLIENT_BULK", sample{fields: nameless,
		body: "https://sender.example/loy0XzEFdwtPxC8rX9_O2zW3mIr_kUCyNrjUwuIlhi4x\n"}, sample{fields: nameless}},
	{"COMBO_CHEAP_SENDER", sample{fields: nameless + "\nFrom: Alice <alice@sender.top>"},
		sample{fields: "From: Alice <alice@sender.top>"}},
	{"TO_MANY", sample{fields: "To: " + strings.Repeat("someone@example.net, ", 10) + "bob@example.org"},
		sample{fields: "In-Reply-To: <1@example.org>\nTo: " + strings.Repeat("someone@example.net, ", 10) +
			"bob@example.org"}},
	{"FROM_IS_RECIPIENT", sample{fields: "To: alice@sender.example"},
		sample{fields: "To: bob@example.org\nCc: alice@sender.example"}},
	{"MSGID_BROKEN", sample{fields: "Message-ID: none"}, sample{fields: "Message-ID: <66275db6.e35.enquiry.example.org>"}},
	{"FROM_RANDOM_LOCAL", sample{fields: "From: <xkqvbtz@sender.example>"},
		sample{fields: "From: <NJCDBTS@sender.example>"}},
	{"SUBJ_SPACES_ID", sample{fields: "Subject: Save on ink now          qzxvwk81"},
		sample{fields: "Subject: Notice in Smith v.          Jones, Inc."}},
	{"FRAUD_SECRECY", sample{body: "This business proposal needs your utmost confidentiality.\n"},
		sample{body: "The fee for this transaction was paid in good faith.\n"}},
	{"SUBJ_HOMEWORK", sample{fields: "Subject: Be your own boss"},
		sample{fields: "Subject: University of Example, opportunity for alumni"}},
	{"FROM_FREE_HOSTING", sample{fields: "From: Shop <a@shop.onmicrosoft.com>"},
		sample{fields: "From: AWS <no-reply@sns.amazonaws.com>"}},
}

// alternative is a message whose HTML sells a knife, beside a plain text.
func alternative(plain string) sample {
	return sample{fields: `Content-Type: multipart/alternative; boundary="b"`, body: "--b\nContent-Type: text/plain\n\n" +
		plain +
		"\n--b\nContent-Type: text/html\n\n<p>Win a wonderful knife set and claim your prize today</p>\n--b--\n"}
}

// TestRuleFixtures: each of these rules hits what it is for, and not what is next to it.
func TestRuleFixtures(t *testing.T) {
	set := compile(t)
	for _, c := range ruleFixtures {
		if set.Rule(c.rule) == nil {
			t.Errorf("there is no rule %s", c.rule)
			continue
		}
		if got := hits(set, c.hit.message()); !slices.Contains(got, c.rule) {
			t.Errorf("%s does not hit\n%s\nbut %v", c.rule, c.hit.message(), got)
		}
		if got := hits(set, c.miss.message()); slices.Contains(got, c.rule) {
			t.Errorf("%s hits\n%s", c.rule, c.miss.message())
		}
	}
}

// TestOneFactCountsOnce: no signs of one kind alone make spam, however many rules see them.
func TestOneFactCountsOnce(t *testing.T) {
	const most = 4.5
	for _, l := range compile(t).ScoreLimits() {
		if l.Points <= 0 || l.Points > most {
			t.Errorf("score_limit %s: %v points", l.Name, l.Points)
		}
	}
}
