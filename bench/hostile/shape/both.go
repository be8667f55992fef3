package shape

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// both fills two places, each with half of the message: what one half holds may be looked at for each thing in the
// other.
func both() []Shape {
	long := []string{"a", "a ", "%d ", "/a", "../", "%d.", "é", "\"", "=?utf-8?q?=41?= ", "a%d@b.example, ",
		"www.a%d.example ", "<b>", "&amp;"}
	many := []string{
		"<a href=r%d>", "<a href=\"http://h%d.com/\">x</a>", "<img src=r%d>", "<p class=c%d>x</p>", "x%d ",
		"http://h%d.com/ ", "a%d@b.com ", "<form action=r%d>", "<a href=\"http://sender.example/%d\">x</a>",
	}
	places := []struct{ name, before, after string }{
		{"base", header() + "Content-Type: text/html\n\n<base href=\"http://a.com/", "\">"},
		{"title", header() + "Content-Type: text/html\n\n<title>", "</title>"},
		{"sheet", header() + "Content-Type: text/html\n\n<style>.c", "{color:red}</style>"},
		{"From", header("From") + "Content-Type: text/html\nFrom: \"", "\" <a@b.example>\n\n"},
		{"To", header("To") + "Content-Type: text/html\nTo: ", "\n\n"},
		{"Subject", header("Subject") + "Content-Type: text/html\nSubject: ", "\n\n"},
		{"List-Id", header() + "Content-Type: text/html\nList-Id: <", ">\n\n"},
		{"Message-ID", header("Message-ID") + "Content-Type: text/html\nMessage-ID: <", ">\n\n"},
		{"link", header() + "Content-Type: text/html\n\n<a href=\"http://a.com/", "\">x</a>"},
		{"text of a link", header() + "Content-Type: text/html\n\n<a href=\"http://a.com/\">", "</a>"},
		{"attribute", header() + "Content-Type: text/html\n\n<p class=\"", "\">"},
		{"boundary", header() + "Content-Type: multipart/mixed; boundary=\"B\"; x=\"",
			"\"\n\n--B\nContent-Type: text/html\n\n"},
	}
	var list []Shape
	for _, p := range places {
		for _, l := range long {
			for _, m := range many {
				list = append(list, Shape{Name: "both " + p.name + " " + quoted(l) + " " + quoted(m), Build: func(size int) []byte {
					return []byte(fill(p.before, l, p.after, size/2) + fill("", m, "\n", size/2))
				}})
			}
		}
	}
	fieldLines := []string{"To: a%d@b.example\n", "Received: from a (b [198.51.100.%d]) by c; Sun, 29 Nov 2026 07:00:00 " +
		"+0000\n", "References: <%d@a>\n", "X-%d: y\n", "Subject: a%d\n", "Reply-To: <a%d@b%d.example>\n",
		"DKIM-Signature: v=1; a=rsa-sha256; d=a%d.example; s=s; h=from; bh=YQ==; b=YQ==\n",
		"Authentication-Results: mx; dkim=pass header.d=a%d.example\n"}
	for _, f := range fieldLines {
		for _, m := range append(many, fieldLines...) {
			list = append(list, Shape{Name: "both fields " + quoted(f) + " " + quoted(m), Build: func(size int) []byte {
				head := fill(header()+"Content-Type: text/html\n", f, "", size/2)
				if strings.Contains(m, ": ") {
					return []byte(fill(head, m, "\n\nhello\n", size))
				}
				return []byte(fill(head+"\n", m, "\n", size))
			}})
		}
	}
	return list
}

// mixes are documents and structures of constructs in an order of chance that is the same each time.
func mixes() []Shape {
	const many = 400
	constructs := map[string][]string{
		"text/html": {"<div>", "</div>", "<p class=a>", "<span style=\"display:none\">", "</span>",
			"<a href=\"http://h%d.com/?u=http://b%d.com\">", "</a>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>",
			"</ul>", "<b>", "</b>", "<img src=r%d>",
			"<!-- x -->", "<style>.a{color:red}</style>", "<script>x</script>", "&amp;", "&#8203;", "text ", "<font size=1>",
			"<form action=r%d>", "<input>", "<base href=http://a%d.com/>", "<title>x</title>", "\n", "<", "\"", "<h%d>", "<svg>",
			"é", "www.h%d.com ", "a%d@b.com "},
		"multipart/mixed; boundary=B": {"--B\n", "\n", "--B\n\n", "--B--\n", "Content-Type: text/html\n",
			"Content-Type: multipart/mixed; boundary=C\n", "Content-Type: multipart/alternative; boundary=B%d\n", "--C\n",
			"--C--\n", "--B%d\n", "Content-Type: message/rfc822\n",
			"Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n", "x\n", "QQ==\n",
			"<a href=http://h%d.com>\n", "Content-Type: application/zip; name=\"a%d.zip\"\n", "Subject: a\n", "From a\n",
			"begin 644 a\n", "end\n", "=\n"},
		"text/plain": {"a", " ", "\n", "http://h%d.com/", "www.", ".com", "@", ":", "//", "-", "1", "$", "!", "A", "é",
			"\u200b", "\x00", "<", ">", "(", ")", "\"", "=", "%", "&", "\t", "\r\n", "\xff", "中", "viagra", "free", "0"},
	}
	var list []Shape
	for _, kind := range []string{"text/html", "multipart/mixed; boundary=B", "text/plain"} {
		parts := constructs[kind]
		for seed := range many {
			r := rand.New(rand.NewPCG(uint64(seed), 3))
			var unit strings.Builder
			for range 2 + r.IntN(5) {
				unit.WriteString(parts[r.IntN(len(parts))])
			}
			list = append(list, filled(fmt.Sprintf("mix %s %s", kind[:9], quoted(unit.String())),
				header()+"Content-Type: "+kind+"\n\n", unit.String(), "\n"))
		}
		for seed := range 20 {
			list = append(list, Shape{Name: fmt.Sprintf("mix %s any order %d", kind[:9], seed), Build: func(size int) []byte {
				r := rand.New(rand.NewPCG(uint64(seed), 4))
				var b strings.Builder
				b.WriteString(header() + "Content-Type: " + kind + "\n\n")
				for i := 0; b.Len() < size; i++ {
					b.WriteString(strings.ReplaceAll(parts[r.IntN(len(parts))], "%d", fmt.Sprint(i)))
				}
				return []byte(b.String())
			}})
		}
	}
	return list
}
