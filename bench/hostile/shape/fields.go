package shape

import "math/rand/v2"

// fieldNames are fields that something in the filter reads, and two that nothing does.
var fieldNames = []string{
	"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "Sender", "Return-Path", "Received", "References",
	"In-Reply-To", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "MIME-Version",
	"Authentication-Results", "ARC-Authentication-Results", "ARC-Seal", "Received-SPF", "DKIM-Signature", "List-Id",
	"List-Unsubscribe", "X-Mailer", "User-Agent", "X-Spam-Score", "X-Originating-IP", "Delivered-To", "Resent-To",
	"Errors-To", "Precedence", "X-Priority", "Thread-Index", "Organization", "X-Strange", "",
}

// units are what parsers of fields stumble over: openings without an end, escapes, separators, encoded words, folds,
// blanks.
var units = []string{
	`"`, `\`, `""`, `"\"`, `"\""`, `"a`, `(`, `)`, `()`, `(\`, `((`, `(a)`, `<`, `>`, `<>`, `<a`, `,`, `;`, `:`, `"a":`,
	`a:`,
	"@", "a@", "@a", "a@b.example,", "<a@b.example>,", `"a" <a@b.example>, `, `"a` + "\n " + `b" <`, "=", "a=", "a=b;",
	"a*0*=", `a*%d="b";`,
	"(;", ";(", "(,", `",`, `"<`, `"\"<`, "'", "''", "=?", "?=", "=?utf-8?q?", "=?utf-8?q?=41?=", "=?utf-8?b?YQ==?= ",
	"=?utf-8?q?a?=\n ", "=?iso-2022-jp?b?GyRC?=", "=?x?q?=FF?=", " ", "\t", "\n ", "\n\t \n ", "\r\n ", " \r", ".", "..",
	"a.", ".a ", "-", "_", "%",
	"%%41", "%25", "&", "&amp;", "[", "]", "[1.2.3.4]", "[1.2.3.4] ", "1.2.3.4 ", "::", "\x00", "\xff", "é", "\u200b",
	"\u202e", "。", "a", "a ", "A",
	"1", "1 ", "%d ", "%d,", "from a by b; ", "from a ", "by ", "with ", "id ", "for <a@b.example> ", "from [1.2.3.%d] ",
	"d=a.example; ", "spf=pass ", "dkim=pass header.d=a.example; ", "i=%d; ", "http://", "http://a.example/ ",
	"www.a%d.example ",
	"xn--", "$", "!", "?", "*", "#", "~{", "+AGE-", "\x1b$B", "Mon, 1 Jan 2001 00:00:00 +0000 ", "+0000 ",
}

// fields fills one field of the header.
func fields() []Shape {
	var list []Shape
	for _, name := range fieldNames {
		for _, unit := range units {
			list = append(list, field(name, unit))
		}
	}
	return list
}

func field(name, unit string) Shape {
	prefix := header(name)
	if name != "" { // else lines that are no fields
		prefix += name + ": "
	}
	if name == "Received" {
		prefix += "from a (b [198.51.100.7]"
	}
	return filled("field "+name+" "+quoted(unit), prefix, unit, "\n\nhello\n")
}

// pairs fills one field with two or three units in turn, chosen by chance that is the same each time.
func pairs() []Shape {
	const many = 900
	r := rand.New(rand.NewPCG(1, 2))
	var list []Shape
	for range many {
		name := fieldNames[r.IntN(len(fieldNames)-1)]
		unit := units[r.IntN(len(units))] + units[r.IntN(len(units))]
		if r.IntN(2) == 0 {
			unit += units[r.IntN(len(units))]
		}
		list = append(list, field(name, unit))
	}
	return list
}

// manyFields repeats whole fields.
func manyFields() []Shape {
	var list []Shape
	for _, name := range fieldNames {
		for _, value := range []string{
			"", "a", "%d", "a@b.example", `"a" <a%d@b.example>`, "=?utf-8?q?=41%d?=", "text/plain; a=%d", "é%d", "\"", "(",
			"from a%d.example (b.example [198.51.100.7]) by c.example with ESMTP id %d for <a@b.example>; Sun, 29 Nov 2026 " +
				"07:00:00 +0000",
			"v=1; a=rsa-sha256; d=a%d.example; s=s; h=from; bh=YQ==; b=YQ==",
			"mx.rcpt.example; dkim=pass header.d=a%d.example; spf=pass",
		} {
			list = append(list, filled("many "+name+": "+quoted(value), header(name), name+": "+value+"\n", "\nhello\n"))
		}
	}
	for _, line := range []string{"X-%d: a\n", "X: a\n %d\n", "a\n", ":\n", " \n", "X%d:\n", "X:\r\n", "x\r", "From \n",
		">From a\n", "--%d\n", "X : a\n"} {
		list = append(list, filled("header lines "+quoted(line), header(), line, "\nhello\n"))
	}
	return list
}

// results fills what local tests read of others' answers: sender authentication, relays and signatures.
func results() []Shape {
	var list []Shape
	add := func(name, start, unit, end string) {
		list = append(list, filled("results "+name+" "+quoted(unit), header(name)+name+": "+start, unit, end+"\n\nhello\n"))
	}
	for _, unit := range []string{
		"; dkim=pass header.d=a%d.example", "; dkim=pass (", "; spf=fail smtp.mailfrom=", " (a(", ";", "; dmarc=pass ",
		`; x="`, "; x=\\", "=", "; a=b c=d",
	} {
		add("Authentication-Results", "mx.rcpt.example", unit, "")
		add("ARC-Authentication-Results", "i=1; mx.rcpt.example", unit, "")
		add("Received-SPF", "pass (mx.rcpt.example: ", unit, ")")
	}
	for _, unit := range []string{"h=from:", "from:", "t=1;", " ", "\n ", "a", "==", ";", "b=a;", ":"} {
		add("DKIM-Signature", "v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=YQ==; b=", unit, "")
		add("DKIM-Signature", "v=1; a=rsa-sha256; d=a.example; s=s; bh=YQ==; b=YQ==; h=", unit, "")
	}
	for _, unit := range []string{
		"(a [198.51.100.7]) ", "[", "(", ")", "helo=a ", "HELO ", "(EHLO ", "Exim ", "(from a) ", "(envelope-from <", "by ",
		"(Postfix) ", "with SMTP ", ";", "a.b.", "::1", "ident=", "using TLS ", "(version=TLS) ",
	} {
		add("Received", "from a ", unit, "by b; Sun, 29 Nov 2026 07:00:00 +0000")
		add("Received", "from a (b [198.51.100.7]) by c ", unit, "")
		add("Received", "(qmail 1 invoked by uid ", unit, ")")
		add("Received", "from a ([198.51.100.7] ", unit, ")")
	}
	return list
}
