package data_test

import (
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"asterism/bayes"
	"asterism/message"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/tokenizer"
)

// evasionHeader is the header of the mails that hide something, except for the fields that say what the body is.
const evasionHeader = "Return-Path: <bounce@mailer-host9.top>\n" +
	"Received: from vps.mailer-host9.top (vps.mailer-host9.top [45.67.89.10])\n" +
	"\tby mx.our.example (8.17/8.17) with ESMTP id abc; Sun, 29 Nov 2026 07:00:01 +0000\n" +
	"From: PayPal <service@mailer-host9.top>\nTo: b@our.example\nSubject: Hello\n" +
	"Date: Sun, 29 Nov 2026 07:00:00 +0000\nMessage-ID: <1@mailer-host9.top>\nMIME-Version: 1.0\n"

const (
	evasionPage = "<html><body><p>Dear customer,</p><p>Your PayPal account has been suspended because of " +
		"unusual activity. To restore your " +
		"access you must verify your account within 24 hours, or it will be closed permanently.</p>\n" +
		"<p><a " +
		"href=\"http://paypal.com.secure-login-check.top/verify/account?id=8831\">https://www.paypal.com/signin</a></p>" +
		"<p>Click here immediately to confirm your password and credit card number.</p><p>PayPal Security " +
		"Department</p></body></html>"
	evasionTalk = "See you on Monday then, and say hello to your family. We walk to the lake as usual, bring bread."
)

var (
	page64   = lines(base64.StdEncoding.EncodeToString([]byte(evasionPage)))
	pageHead = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n"
	pagePart = pageHead + "\n" + page64
	talkPart = "Content-Type: text/plain\n\n" + evasionTalk + "\n"
	mixedABC = "Content-Type: multipart/mixed; boundary=\"ABC\"\n\n"
	bodyABC  = "--ABC\n" + talkPart + "\n--ABC\n" + pagePart + "--ABC--\n"
)

// lines divides base64 into lines.
func lines(s string) string {
	const width = 76
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + "\n")
		s = s[width:]
	}
	return b.String() + s + "\n"
}

// evasions is MIME entities that show evasionPage in some mail program, and hide it from a parser that reads otherwise.
var evasions = []struct {
	name, entity string
	defect       message.Defect
	rootOnly     bool // within a multipart it is something else
}{
	{"field like a delimiter", "--x: y\n" + mixedABC + bodyABC, noDefect, true},
	{"field like a delimiter, dashes", "-----x: y\n" + mixedABC + bodyABC, noDefect, true},
	{"field like a delimiter, folded", "--x: y\n z\n" + mixedABC + bodyABC, noDefect, true},
	{"field like a delimiter, later", "Content-Language: en\n--X-Y--: z\n" + mixedABC + bodyABC, noDefect, true},
	{"dashes alone in the header", "--x\n" + mixedABC + bodyABC, message.DefectUnclearEnd, true},
	{"words in the header", "here are words\n" + mixedABC + bodyABC, message.DefectUnclearEnd, true},
	{"blank line in the header", "X-A: b\n \n" + mixedABC + bodyABC, message.DefectUnclearEnd, true},

	{"delimiter with dashes behind", "Content-Type: multipart/mixed; boundary=_a\n\n--_a\n" + talkPart +
		"--_a--x\n--_a\n" + pagePart + "--_a--\n", noDefect, false},
	{"inner boundary begins like the end of the outer",
		"Content-Type: multipart/mixed; boundary=_a\n\n--_a\nContent-Type: multipart/alternative; " +
			"boundary=_a--b\n\n" +
			"--_a--b\n" + talkPart + "--_a--b\n" + pagePart + "--_a--b--\n\n--_a--\n", noDefect, false},
	{"delimiter with words behind", mixedABC + "--ABC\n" + talkPart + "--ABC x\n" + pagePart + "--ABC--\n",
		message.DefectLooseDelimiter, false},
	{"parts behind the end", mixedABC + "--ABC\n" + talkPart + "--ABC--\n--ABC\n" + pagePart + "--ABC--\n",
		message.DefectPartsAfterEnd, false},

	{"two types, the last counts", "Content-Type: text/plain\n" + mixedABC + bodyABC, message.DefectContradiction,
		false},
	{"two types, the first counts", strings.TrimSuffix(mixedABC, "\n") + "Content-Type: text/plain\n\n" + bodyABC,
		message.DefectContradiction, false},
	{"three types", "CONTENT-TYPE: text/plain\n" + strings.TrimSuffix(mixedABC, "\n") +
		"Content-type: image/png\n\n" + bodyABC, message.DefectContradiction, false},
	{"two boundaries in two fields",
		"Content-Type: multipart/mixed; boundary=ABC\nContent-Type: multipart/mixed; boundary=DEF\n\n" +
			"--DEF\n" + talkPart + "--DEF--\n" + bodyABC, message.DefectContradiction, false},
	{"HTML, and plain text", "Content-Type: text/html\nContent-Type: text/plain\n\n" + evasionPage,
		message.DefectContradiction, false},
	{"plain text, and HTML", "Content-Type: text/plain\nContent-Type: text/html\n\n" + evasionPage,
		message.DefectContradiction, false},
	{"two encodings, the last counts",
		"Content-Type: text/html\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n" + page64,
		message.DefectContradiction, false},
	{"two encodings, the first counts",
		"Content-Type: text/html\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: 8bit\n\n" + page64,
		message.DefectContradiction, false},
	{"two encodings, quoted-printable",
		"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 8bit\n\n" +
			strings.ReplaceAll(quotedPage(), "e", "=65"), message.DefectContradiction, false},

	{"comment before the encoding", "Content-Type: text/html\nContent-Transfer-Encoding: (x) base64\n\n" + page64,
		noDefect, false},
	{"nested comments before the encoding",
		"Content-Type: text/html\nContent-Transfer-Encoding: (a (b) \\) c)\n (d) BASE64 (e)\n\n" + page64, noDefect,
		false},
	{"quotes around the encoding", "Content-Type: text/html\nContent-Transfer-Encoding: \"base64\"\n\n" + page64,
		noDefect, false},
	{"marks behind the encoding", "Content-Type: text/html\nContent-Transfer-Encoding: base64, x\n\n" + page64,
		noDefect, false},
	{"comment before the type", "Content-Type: (x) text/html (y)\nContent-Transfer-Encoding: base64\n\n" + page64,
		noDefect, false},
	{"blanks around the slash", "Content-Type: text / html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" +
		page64, noDefect, false},

	{"no semicolon", "Content-Type: multipart/mixed boundary=\"ABC\"\n\n" + bodyABC, noDefect, false},
	{"no semicolon, folded", "Content-Type: MULTIPART/MIXED\n\tBoundary=ABC\n\n" + bodyABC, noDefect, false},
	{"comma for a semicolon", "Content-Type: multipart/mixed, boundary=\"ABC\"\n\n" + bodyABC, noDefect, false},
	{"no semicolon between parameters", "Content-Type: multipart/mixed; charset=utf-8 boundary=ABC\n\n" + bodyABC,
		noDefect, false},
	{"no semicolon before the charset",
		"Content-Type: text/html charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + page64, noDefect, false},
	{"quotes around the type", "Content-Type: \"multipart/mixed\"; boundary=ABC\n\n" + bodyABC, noDefect, false},
	{"no subtype", "Content-Type: multipart; boundary=ABC\n\n" + bodyABC, message.DefectBadContentType, false},

	{"only the closing delimiter", mixedABC + evasionPage + "\n--ABC--\n", message.DefectMissingBoundary, false},
	{"no delimiter", mixedABC + evasionPage + "\n", message.DefectMissingBoundary, false},
	{"declared boundary does not occur", "Content-Type: multipart/mixed; boundary=XYZ\n\n" + bodyABC,
		message.DefectMissingBoundary, false},
	{"declared boundary differs in case", "Content-Type: multipart/mixed; boundary=abc\n\n" + bodyABC,
		message.DefectMissingBoundary, false},
	{"declared boundary does not occur, another does first",
		"Content-Type: multipart/mixed; boundary=XYZ\n\n--QQQ\n" + talkPart + bodyABC, message.DefectMissingBoundary,
		false},
	{"boundary of nothing", "Content-Type: multipart/mixed; boundary=\"\"\n\n" + strings.ReplaceAll(bodyABC, "--ABC",
		"--"), message.DefectNoBoundary, false},
	{"no boundary", "Content-Type: multipart/mixed\n\n" + bodyABC, message.DefectNoBoundary, false},
	{"boundary and boundary*", "Content-Type: multipart/mixed; boundary=XYZ; boundary*=utf-8''ABC\n\n" + bodyABC,
		noDefect, false},
	{"boundary* and boundary", "Content-Type: multipart/mixed; boundary*=utf-8''XYZ; boundary=ABC\n\n" + bodyABC,
		noDefect, false},
	{"boundary and boundary*, both occur",
		"Content-Type: multipart/mixed; boundary=ABC; boundary*=utf-8''XYZ\n\n--XYZ\n" + talkPart + "--XYZ--\n" +
			bodyABC,
		message.DefectContradiction, false},
	{"boundary in pieces", "Content-Type: multipart/mixed; boundary*1=C; boundary*0=AB; boundary=XYZ\n\n" + bodyABC,
		noDefect, false},
	{"boundary with a blank behind", "Content-Type: multipart/mixed; boundary=\"ABC \"\n\n" + bodyABC, noDefect,
		false},
	{"boundary with a blank behind, there too", "Content-Type: multipart/mixed; boundary=\"ABC \"\n\n" +
		strings.ReplaceAll(bodyABC, "--ABC\n", "--ABC \n"), noDefect, false},
	{"boundary folded", "Content-Type: multipart/mixed; boundary=\"A\n BC\"\n\n" + bodyABC, noDefect, false},
	{"boundary folded with a tab", "Content-Type: multipart/mixed; boundary=\"A\n\tBC\"\n\n" +
		strings.ReplaceAll(bodyABC, "ABC", "A\tBC"), noDefect, false},
	{"boundary in single quotes", "Content-Type: multipart/mixed; boundary='ABC'\n\n" + bodyABC, noDefect, false},
	{"boundary with a backslash", "Content-Type: multipart/mixed; boundary=\"A\\BC\"\n\n" + bodyABC, noDefect, false},
	{"boundary with a comment", "Content-Type: multipart/mixed; boundary=ABC(x)\n\n" + strings.ReplaceAll(bodyABC,
		"ABC", "ABC(x)"), noDefect, false},
	{"boundary twice", "Content-Type: multipart/mixed; boundary=XYZ; boundary=ABC\n\n" + bodyABC, noDefect, false},
	{"boundary within quotes",
		"Content-Type: multipart/mixed; x=\"boundary=ABC\"; y=\"unclosed; boundary=\"ABC\"\n\n" + bodyABC, noDefect,
		false},
	{"boundary behind 9 KB", "Content-Type: multipart/mixed; x=\"" + strings.Repeat("a", 9000) +
		"\"; boundary=ABC\n\n" + bodyABC, noDefect, false},
	{"multipart in base64", "Content-Type: multipart/mixed; boundary=ABC\nContent-Transfer-Encoding: base64\n\n" +
		lines(base64.StdEncoding.EncodeToString([]byte(bodyABC))), message.DefectEncodedMultipart, false},

	{"part without an empty line", mixedABC + "--ABC\n" + talkPart + "--ABC\nContent-Type: text/html\n" +
		evasionPage + "\n--ABC--\n", message.DefectMissingPartHeader, false},
	{"part without an empty line, base64", mixedABC + "--ABC\n" + talkPart + "--ABC\n" + pageHead + page64 +
		"--ABC--\n", message.DefectMissingPartHeader, false},
	{"part without an empty line, then one", mixedABC + "--ABC\nContent-Type: text/html\n" + evasionPage +
		"\n\nbye\n--ABC--\n", message.DefectUnclearEnd, false},
	{"part without an empty line, then fields", mixedABC + "--ABC\nContent-Type: text/html\n" + evasionPage +
		"\nX-A: b\n\nbye\n--ABC--\n", message.DefectUnclearEnd, false},
	{"blanks for the empty line", mixedABC + "--ABC\n" + pageHead + "  \t\n" + page64 + "--ABC--\n", noDefect, false},
	{"blanks for the empty line, then a field", mixedABC + "--ABC\nContent-Type: text/html\n  \nhi: there\n" +
		evasionPage + "\n--ABC--\n", message.DefectUnclearEnd, false},
	{"blanks before the header", mixedABC + "--ABC\n  \n" + evasionPage + "\n--ABC--\n", noDefect, false},

	{"base64 behind padding", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+PC9iPg==\n" + page64,
		message.DefectPaddedBase64, false},
	{"base64 behind padding, one line", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+PC9iPg==" +
		page64, message.DefectPaddedBase64, false},
	{"base64 behind padding and a footer",
		"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+PC9iPg==\n____\nlist of words here\n" +
			page64,
		message.DefectPaddedBase64, false},
	{"base64 in groups", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + padded(evasionPage),
		message.DefectPaddedBase64, false},
	{"base64 behind padding, with junk",
		"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+PC9iPg==\n" + strings.ReplaceAll(page64,
			"YX", "Y!X"),
		message.DefectPaddedBase64, false},

	{"10,001 fields", strings.Repeat("a:\n", 10001) + pagePart, message.DefectTooManyFields, true},
	{"2,000 parts", mixedABC + strings.Repeat("--ABC\n\n\n", 2000) + "--ABC\n" + pagePart + "--ABC--\n",
		message.DefectTooManyParts, false},
	{"2,000 parts that are not empty", mixedABC + strings.Repeat("--ABC\n\nx\n", 2000) + "--ABC\n" + pagePart +
		"--ABC--\n", message.DefectTooManyParts, false},
	{"2,000 parts around", mixedABC + strings.Repeat("--ABC\n\nx\n", 2000) + "--ABC\n" + pagePart +
		strings.Repeat("--ABC\n\nx\n", 2000) + "--ABC--\n", message.DefectTooManyParts, false},
	{"2,000 parts in a part before", mixedABC + "--ABC\nContent-Type: multipart/mixed; boundary=Q\n\n" +
		strings.Repeat("--Q\n\nx\n", 2000) + "--Q--\n--ABC\n" +
		"Content-Type: multipart/mixed; boundary=Z\n\n--Z\n" + pagePart + "--Z--\n--ABC--\n",
		message.DefectTooManyParts, false},
	{"33 levels", nested(33, pagePart), message.DefectTooDeep, false},
	{"300 levels", nested(300, pagePart), message.DefectTooDeep, false},
	{"40 mails in mails", strings.Repeat("Content-Type: message/rfc822\n\n", 40) + pagePart, message.DefectTooDeep,
		false},
	{"fragment of a mail", "Content-Type: message/partial; number=1; total=1; id=x\n\n" + pagePart, noDefect, false},

	{"utf-7", "Content-Type: text/html; charset=utf-7\n\n" + utf7(evasionPage), noDefect, false},
	{"utf-7 in base64, other name",
		"Content-Type: text/html; charset=\"UNICODE-1-1-UTF-7\"\nContent-Transfer-Encoding: base64\n\n" +
			lines(base64.StdEncoding.EncodeToString([]byte(utf7(evasionPage)))), noDefect, false},
	{"utf-16 without a mark", "Content-Type: text/html; charset=utf-16\nContent-Transfer-Encoding: base64\n\n" +
		lines(base64.StdEncoding.EncodeToString(wide(evasionPage, 0))), noDefect, false},
	{"utf-16, big-endian without a mark",
		"Content-Type: text/html; charset=UTF-16\nContent-Transfer-Encoding: base64\n\n" +
			lines(base64.StdEncoding.EncodeToString(wide(evasionPage, 1))), noDefect, false},
	{"utf-16 in name only", "Content-Type: text/html; charset=utf-16\n\n" + evasionPage, noDefect, false},
	{"cp932", "Content-Type: text/html; charset=cp932\n\n" + evasionPage + "\x93\xfa\x96{", noDefect, false},
	{"iso-2022-jp-3", "Content-Type: text/html; charset=iso-2022-jp-3\n\n" + strings.ReplaceAll(evasionPage, "ay",
		"a\x1b(Jy\x1b(B"), noDefect, false},
	{"iso-2022-kr", "Content-Type: text/html; charset=iso-2022-kr\n\n\x1b$)C" + evasionPage, noDefect, false},
	{"NUL in words", "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" +
		lines(base64.StdEncoding.EncodeToString([]byte(strings.NewReplacer("a", "a\x00", "e",
			"\x00e").Replace(evasionPage)))), message.DefectNULBody, false},
	{"line ends converted twice", strings.ReplaceAll(mixedABC+bodyABC, "\n", "\r\r\n"), noDefect, false},
	{"CR for line ends", mixedABC + strings.ReplaceAll(bodyABC, "\n", "\r"), message.DefectLooseDelimiter, false},
	{"CR for line ends of one part", mixedABC + "--ABC\n" + talkPart + "\r--ABC\r" + strings.ReplaceAll(pagePart,
		"\n", "\r") + "\r--ABC--\n",
		message.DefectLooseDelimiter, false},
	{"encoding of no standard", "Content-Type: text/html\nContent-Transfer-Encoding: x-base64\n\n" + page64,
		message.DefectUnknownEncoding, false},
	{"page as XHTML", "Content-Type: application/xhtml+xml\n\n" + evasionPage, noDefect, false},
	{"line ends converted twice in a part", mixedABC + strings.ReplaceAll(bodyABC, "\n", "\r\r\n"), noDefect, false},
}

// floods is MIME entities that have so much else in front of evasionPage, behind it, in it or beside it that the
// learner may not get to it, or may hold what else there is for the mail.
var floods = []struct{ name, entity string }{
	{"30 tiny parts", mixedABC + strings.Repeat("--ABC\n\nbread\n", 30) + "--ABC\n" + pagePart + "--ABC--\n"},
	{"30 tiny parts before and behind", mixedABC + strings.Repeat("--ABC\n\nbread\n", 30) + "--ABC\n" + pagePart +
		strings.Repeat("--ABC\n\nbread\n", 30) + "--ABC--\n"},
	{"30 pictures", mixedABC +
		strings.Repeat("--ABC\nContent-Type: image/png\nContent-Transfer-Encoding: "+
			"base64\n\n"+strings.Repeat("iVBORw0K", 40)+"\n", 30) +
		"--ABC\n" + pagePart + "--ABC--\n"},
	{"8 KB of a word in front", htmlHead + "<p>" + strings.Repeat("bread ", 3000) + "</p>" + evasionPage},
	{"3,000 words around", htmlHead + "<p>" + ordinaryWords(0, 1500) + "</p>" + evasionPage + ordinaryWords(0, 1500)},
	{"5,000 other words in front", htmlHead + "<p>" + otherWords(5000) + "</p>" + evasionPage},
	{"two parts of 600 words in front", mixedABC + "--ABC\n\n" + otherWords(600) + "\n--ABC\n\n" +
		ordinaryWords(0, 600) + "\n--ABC\n" + pagePart + "--ABC--\n"},
	{"two parts of 600 other words in front", mixedABC + "--ABC\n\n" + otherWords(600) + "\n--ABC\n\n" +
		otherWords(1200) + "\n--ABC\n" + pagePart + "--ABC--\n"},
	{"ten parts of 600 words in front", mixedABC + strings.Repeat("--ABC\n\n"+otherWords(600)+"\n", 10) + "--ABC\n" +
		pagePart + "--ABC--\n"},
	{"200 header fields", strings.Repeat("X-A: b\n", 200) + pagePart},
	{"1,200 words in header fields", strings.Repeat("X-A: "+otherWords(60)+"\n", 40) + pagePart},
	{"1,200 words of many header fields", manyFields(40, 30) + pagePart},
	{"header fields of a friend", "Subject: Walk 3\nReply-To: Friend 3 <f3@example.org>\nReferences: " +
		"<3@example.org>\n" + pagePart},
	{"600 words in the subject", "Subject: " + ordinaryWords(0, 600) + "\n" + pagePart},
	{"in the preamble", mixedABC + ordinaryWords(0, 600) + "\n--ABC\n" + pagePart + "--ABC--\n"},
	{"in the epilogue", mixedABC + "--ABC\n" + pagePart + "--ABC--\n" + ordinaryWords(0, 600) + "\n"},
}

// flooders put words into a mail, or beside what it says.
var flooders = []struct {
	name string
	make func(words string) string
}{
	{"in front", func(w string) string { return htmlHead + "<p>" + w + "</p>" + evasionPage }},
	{"at the end", func(w string) string { return htmlHead + evasionPage + "<p>" + w + "</p>" }},
	{"in the title", func(w string) string { return htmlHead + "<title>" + w + "</title>" + evasionPage }},
	{"in a comment", func(w string) string { return htmlHead + "<!-- " + w + " -->" + evasionPage }},
	{"out of sight", func(w string) string {
		return htmlHead + "<div style=\"display:none\">" + w + "</div>" + evasionPage
	}},
	{"white on white", func(w string) string { return htmlHead + "<font color=#ffffff>" + w + "</font>" + evasionPage }},
	{"interleaved", func(w string) string { return htmlHead + interleaved(evasionPage, strings.Fields(w)) }},
	{"in the other part", func(w string) string {
		return strings.ReplaceAll(mixedABC, "mixed", "alternative") + "--ABC\nContent-Type: text/plain\n\n" + w +
			"\n--ABC\n" + pagePart + "--ABC--\n"
	}},
	{"in three parts in front", func(w string) string {
		words := strings.Fields(w)
		third := len(words) / 3
		return mixedABC + "--ABC\n\n" + strings.Join(words[:third], " ") + "\n--ABC\n\n" + otherWords(600) +
			"\n--ABC\n\n" + strings.Join(words[third:], " ") + "\n--ABC\n" + pagePart + "--ABC--\n"
	}},
	{"in parts around", func(w string) string {
		return mixedABC + "--ABC\n\n" + w + "\n--ABC\n" + pagePart + "--ABC\n\n" + w + "\n--ABC--\n"
	}},
	{"in the subject too", func(w string) string {
		return "Subject: " + strings.Join(strings.Fields(w)[:60], " ") + "\n" + htmlHead + "<p>" + w + "</p>" + evasionPage
	}},
}

// missedFloods are known misses. So many words stand between those of the page that a reader finds it no more, and
// the tokenizer, which reads 600 words of a part, only a part of it.
var missedFloods = []string{
	"600 words of both interleaved",
	"1500 words of ham interleaved",
	"1500 words of both interleaved",
	"3000 words of ham interleaved",
	"3000 words of both interleaved",
}

const htmlHead = "Content-Type: text/html\n\n"

// interleaved returns the page with words between its own.
func interleaved(page string, words []string) string {
	var b strings.Builder
	own := strings.Fields(page)
	for i, w := range own {
		b.WriteString(w + " ")
		if strings.Count(b.String(), "<") == strings.Count(b.String(), ">") { // not within a tag
			from, to := i*len(words)/len(own), (i+1)*len(words)/len(own)
			b.WriteString(strings.Join(words[from:to], " ") + " ")
		}
	}
	return b.String()
}

// manyFields returns header fields with words that nobody knows.
func manyFields(fields, words int) string {
	var b strings.Builder
	w := strings.Fields(otherWords(fields * words))
	for i := range fields {
		fmt.Fprintf(&b, "X-Note-%d: %s\n", i, strings.Join(w[i*words:(i+1)*words], " "))
	}
	return b.String()
}

// otherWords returns n different words that nobody knows.
func otherWords(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%cx%cq%d ", 'a'+i%26, 'a'+i/26%26, i)
	}
	return b.String()
}

// TestFloods holds the learner's opinion of the page with a flood of other text against that of the page alone.
func TestFloods(t *testing.T) {
	learner := taught(t)
	want := learner(evasionHeader + pagePart)
	check := func(name, entity string) {
		prob := learner(evasionHeader + entity)
		t.Logf("%-45s %.3f of %.3f", name, prob, want)
		switch known := slices.Contains(missedFloods, name); {
		case known && prob >= near*want:
			t.Errorf("%s: probability %.3f of %.3f: missed no more", name, prob, want)
		case known:
			t.Logf("known miss: %s", name)
		case prob < near*want:
			t.Errorf("%s: probability %.3f of %.3f", name, prob, want)
		}
	}
	for _, f := range floods {
		check(f.name, f.entity)
	}
	for _, f := range flooders {
		for _, n := range []int{100, 300, 600, 1500, 3000} {
			ham, other := ordinaryWords(0, n), otherWords(n)
			check(fmt.Sprintf("%d words of ham %s", n, f.name), f.make(ham))
			check(fmt.Sprintf("%d other words %s", n, f.name), f.make(other))
			check(fmt.Sprintf("%d words of both %s", n, f.name), f.make(interleaved(ham, strings.Fields(other))))
		}
	}
}

// noDefect stands for none: the form is right, or too usual to say anything.
const noDefect = message.Defect(255)

// quotedPage returns the page in quoted-printable.
func quotedPage() string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(evasionPage))
	_ = w.Close()
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// padded returns s in base64 with padding every four octets.
func padded(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(len(s), 40)
		b.WriteString(base64.StdEncoding.EncodeToString([]byte(s[:n])))
		s = s[n:]
	}
	return lines(b.String())
}

// utf7 returns s in UTF-7, its marks in base64.
func utf7(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune("<>=\"&", c) {
			b.WriteString("+" + base64.RawStdEncoding.EncodeToString([]byte{0, byte(c)}) + "-")
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// wide returns s in UTF-16, the low octet of each unit first or second.
func wide(s string, low int) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		unit := [2]byte{byte(u >> 8), byte(u >> 8)}
		unit[low] = byte(u)
		b = append(b, unit[:]...)
	}
	return b
}

// nested returns a part within so many multiparts.
func nested(levels int, part string) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n", i, i)
	}
	b.WriteString(part)
	return b.String()
}

// near is the part of the plain mail's figures that a mail which hides the same reaches at least.
const near = 0.8

// TestEvasions holds what the rules and a learner say of mails that hide a page against what they say of the page
// itself.
func TestEvasions(t *testing.T) {
	set := compile(t)
	learner := taught(t)
	plain := evasionHeader + pagePart
	wantScore, _ := judge(set, []byte(plain))
	wantProb := learner(plain)
	if wantScore < 10 || wantProb < 0.9 {
		t.Fatalf("the plain mail scores %.1f, its probability is %.3f", wantScore, wantProb)
	}
	for _, e := range evasions {
		for form, raw := range evasionForms(e.entity, e.rootOnly) {
			score, names := judge(set, []byte(raw))
			prob := learner(raw)
			t.Logf("%-55s %-8s %.1f of %.1f, %.3f of %.3f", e.name, form, score, wantScore, prob, wantProb)
			if score < near*wantScore || prob < near*wantProb {
				t.Errorf("%s (%s): %.1f of %.1f, probability %.3f of %.3f: %s", e.name, form, score, wantScore, prob,
					wantProb, names)
			}
			if e.defect != noDefect && !hasDefect(raw, e.defect) {
				t.Errorf("%s (%s): no %s", e.name, form, e.defect)
			}
		}
	}
}

// evasionForms returns mails that have the entity as their body: as it is, with the line ends of a network, and
// within a multipart.
func evasionForms(entity string, rootOnly bool) map[string]string {
	forms := map[string]string{"LF": evasionHeader + entity}
	if !strings.Contains(entity, "\r") {
		forms["CRLF"] = strings.ReplaceAll(forms["LF"], "\n", "\r\n")
	}
	if !rootOnly {
		forms["nested"] = evasionHeader + "Content-Type: multipart/related; boundary=\"outer\"\n\n--outer\n" +
			talkPart + "--outer\n" + entity + "\n--outer--\n"
	}
	return forms
}

func hasDefect(raw string, want message.Defect) bool {
	for _, d := range message.Parse([]byte(raw)).Defects() {
		if d == want {
			return true
		}
	}
	return false
}

// TestEvasionFiles does so for files: 0_*.eml are the plain form of the others.
func TestEvasionFiles(t *testing.T) {
	set := compile(t)
	learner := taught(t)
	files, err := filepath.Glob("testdata/evasion/mime/*.eml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	read := func(name string) string {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	plain := read("testdata/evasion/mime/0_plain_html.eml")
	wantScore, _ := judge(set, []byte(plain))
	wantProb := learner(plain)
	for _, name := range files {
		raw := read(name)
		score, names := judge(set, []byte(raw))
		prob := learner(raw)
		t.Logf("%-30s %.1f of %.1f, %.3f of %.3f", filepath.Base(name), score, wantScore, prob, wantProb)
		if score < near*wantScore || prob < near*wantProb {
			t.Errorf("%s: %.1f of %.1f, probability %.3f of %.3f: %s", name, score, wantScore, prob, wantProb, names)
		}
	}
}

// taught returns a function that gives the probability of spam, of a learner that knows some mail like evasionTalk
// and some like evasionPage.
func taught(t *testing.T) func(raw string) float64 {
	t.Helper()
	st, err := bolt.Open(filepath.Join(t.TempDir(), "bayes"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	learner, err := bayes.New(st, bayes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tok := tokenizer.New(tokenizer.Options{}, st.Key())
	var lessons []bayes.Lesson
	for i := range 120 {
		ham := fmt.Sprintf("From: Friend %d <f%d@example.org>\nTo: b@our.example\nSubject: Walk %d\nMessage-ID: "+
			"<%d@example.org>\n"+
			"Content-Type: text/plain\n\n%s %s\n", i%9, i%9, i, i, evasionTalk, ordinaryWords(i*7, 60))
		spam := fmt.Sprintf("From: Service %d <s%d@host%d.top>\nTo: b@our.example\nSubject: Notice "+
			"%d\nMessage-ID: <%d@host%d.top>\n"+
			"Content-Type: text/html\n\n%s\n", i%9, i%9, i%9, i, i, i%9, evasionPage)
		lessons = append(lessons, lesson(tok, ham, store.Ham), lesson(tok, spam, store.Spam))
	}
	if _, err := learner.Train(lessons); err != nil {
		t.Fatal(err)
	}
	if err := learner.Finish(); err != nil {
		t.Fatal(err)
	}
	return func(raw string) float64 {
		evidence, err := learner.Score(lesson(tok, raw, store.Spam).Tokens)
		if err != nil {
			t.Fatal(err)
		}
		return evidence.Probability
	}
}

func lesson(tok *tokenizer.Tokenizer, raw string, class store.Class) bayes.Lesson {
	m := message.Parse([]byte(raw))
	tokens := new(tokenizer.Tokens)
	tok.Tokenize(m, tokens)
	return bayes.Lesson{Digest: m.Digest(), Tokens: tokens, Class: class}
}

// ordinaryWords returns n of the words that the learner knows from ham.
func ordinaryWords(from, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(ordinary[(from+i*i)%len(ordinary)] + " ")
	}
	return b.String()
}

var ordinary = strings.Fields("about afternoon again already always apple arrive autumn bake basket beach " +
	"because before bench birthday " +
	"bicycle bird blanket boat book bring brother bus cake camp candle carry castle cat chair cheese children " +
	"city class coffee cold " +
	"cousin dance daughter dinner dog door dream early evening farm father film fish flower forest friend " +
	"garden grandmother grass guitar " +
	"hill holiday home horse house island jacket kitchen ladder lake later lemon letter library lunch meadow " +
	"meet mother mountain " +
	"museum music neighbor night onion orange paint parents park pasta piano picnic play pond potato rain " +
	"river road roof salad school " +
	"sister snow song soup spring story summer supper table tea tent theater together tomorrow train travel " +
	"tree uncle umbrella valley " +
	"village visit walk warm weather weekend window winter yesterday")
