package shape

import (
	"regexp"
	"slices"
	"strings"

	"asterism/config"
)

// textUnits are what tokenizers, scanners of URIs and rules look at in running text.
var textUnits = []string{
	"a", "a ", "a\n", "\n", "\n\n", " ", "\t", "A ", "AB ", "%d ", "w%d ", "word%d.example ", "1 ", "1,000 ", "$1 ",
	"$1,000,000.00 ", "€", "%", "% off ", "!", "!!! ",
	".", "...", ". . ", "a.", ".a", "a.b ", "a.b.", "-", "--", "--\n", "-- \n", "_", "__ ", "=", "==\n", "=3D", "*",
	"*a* ", "#", "@", "a@", "@a ", "a@b ", "a@b.com ", "a%d@b.com ", ":", "::", "a:", ":a",
	"http", "http:", "http:/", "http://", "http://a", "http://a.com", "http://a.com ", "http://h%d.com/ ",
	"https://a.com/?u=http://", "www.", "www.a", "h%d.com:25; ", "www.h%d.com:25 ", "www.a.com ", "WWW.A.COM/ ", "mailto:",
	"mailto:a@b.com ", "hxxp://a.com ",
	"//", "/", "\\", "(", ")", "()", "[", "]", "<", ">", "> ", "> > ", ">\n", "<>", "<a", "\"", "'", "`", "{", "}", "|",
	"^", "~", "&", "&#", "&amp;", ",", ";", "?", "a?", "+", "+1 555 1234567 ",
	"\x00", "\x01", "\r", "\r\r\n", "\xff", "\x80", "é", "é ", "É", "ß", "\u00ad", "\u200b", "a\u200b", "\u200d", "\u202e",
	"\u0301", "a\u0301", "е", "аpple ", "。", "中", "中 ", "あ", "한", "𝐀", "😀", "ﬁ", "ǆ", "İ", "K",
	"begin 644 a\n", "begin 644 a\nM\n", "M" + strings.Repeat("A", 60) + "\n", "--B\n", "From a\n", ">From a\n",
	"Content-Type: text/html\n\n", "<html>", "=?utf-8?q?a?= ",
	"bc1q", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", "0x", "viagra ", "v1agra ", "v i a g r a ", "click here ",
	"dear friend ", "unsubscribe ", "password ", "bitcoin ", "invoice ", "million ", "bank ", "Nigeria ",
	"192.0.2.1 ", "1.2.3.4.", "1.", "1-", "xn--a ", "xn--", "a-", "-a",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.", "aB", "Ab. ", "finished.So ", "X-%d: a\n",
	"Subject: a\n",
}

// texts fills bodies of several kinds, on lines of their own and on one line, and the Subject with what texts consist
// of.
func texts() []Shape {
	var list []Shape
	for _, kind := range []string{"text/plain", "text/html", "text/calendar", "message/delivery-status",
		"text/rfc822-headers"} {
		prefix := header() + "Content-Type: " + kind + "; charset=utf-8\n\n"
		for _, unit := range textUnits {
			list = append(list, filled("text "+kind+" "+quoted(unit), prefix, unit, "\n"))
			if kind == "text/plain" || kind == "text/html" {
				list = append(list, filled("lines "+kind+" "+quoted(unit), prefix, strings.Repeat(unit, 1+60/len(unit))+"\n", "\n"))
			}
		}
	}
	return list
}

// words fills bodies and Subjects with the words that rules look for, by which the expressions around them are tried.
func words(rules []config.Line) []Shape {
	word := regexp.MustCompile(`[a-z]{4,}(?:[ -][a-z]{3,})*`)
	seen := map[string]bool{}
	for _, line := range rules {
		if !slices.Contains([]string{"body", "rawbody", "header", "full", "uri"}, line.Key) {
			continue
		}
		for i, w := range word.FindAllString(line.Value, -1) {
			if i < 3 {
				seen[w] = true
			}
		}
	}
	var list []Shape
	plain := header() + "Content-Type: text/plain\n\n"
	i := 0
	for w := range seen {
		list = append(list, Shape{Name: w})
	}
	slices.SortFunc(list, func(a, b Shape) int { return strings.Compare(a.Name, b.Name) })
	for _, s := range list {
		w := s.Name
		switch i++; i % 4 { // each word in one place, for there are many
		case 0:
			list[i-1] = filled("words one line "+quoted(w), plain, w+" ", "\n")
		case 1:
			list[i-1] = filled("words joined "+quoted(w), plain, w, "\n")
		case 2:
			list[i-1] = filled("words lines "+quoted(w), plain, w+" x%d, \n", "\n")
		case 3:
			list[i-1] = filled("words Subject "+quoted(w), header("Subject")+"Subject: ", w+" ", "\n\nhello\n")
		}
	}
	return list
}
