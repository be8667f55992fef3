package shape

// html fills documents with constructs that are cheap to write.
func html() []Shape {
	open := header() + "Content-Type: text/html; charset=utf-8\n\n<html><body>"
	var list []Shape
	add := func(start, unit, end string) {
		list = append(list, filled("html "+quoted(start)+" "+quoted(unit), open+start, unit, end+"\n"))
	}
	for _, unit := range []string{
		"<", "</", "<!", "<!-", "<!--", "<!-- -->", "<!>", "<?", "<? ?>", "<a", "<a ", "<a>", "</a>", "<a href=",
		"<a href=\"", "<a href=x>", "<a href=\"x\">x</a>", "<a href='h%d'>",
		"<a href=\"http://h%d.com/\">x</a>", "<a href=http://h%d.com>",
		"<a href=\"http://a.com/%d\"><img src=\"http://b.com/%d\"></a>", "<a name=x>", "<div>", "</div>", "<div><a href=x>",
		"<p>", "<p", "<br>", "<hr>", "<b>", "<b><i>", "</b>", "<font>",
		"<font color=red>", "<font color=#fff size=1>", "<span style=\"", "<span style=\"display:none\">",
		"<span style=\"display:none\">x</span>", "<span style=\"color:red;background:blue\">x</span>", "<span class=c%d>",
		"<span class=\"a b c d\">",
		"<table>", "<table><tr><td>", "<td>", "<tr>", "<li>", "<ul><li>", "<ol>", "<option>", "<select>", "<form>",
		"<form action=http://h%d.com>", "<input type=password>", "<iframe>", "<iframe src=x>", "<img>",
		"<img src=http://h%d.com/a.png width=1 height=1>", "<img src=cid:%d>",
		"<script>", "<script></script>", "<style>", "<style></style>", "<style>.a{}</style>", "<title>", "<title>a</title>",
		"<textarea>", "<textarea></textarea>", "<xmp>", "<plaintext>", "<noscript>", "<base href=http://h%d.com>",
		"<meta http-equiv=refresh content=\"0;url=http://h%d.com\">",
		"<svg>", "<math>", "<x%d>", "</x%d>", "<x a%d=b>", "<x onclick=x>", "<x/>", "<o:p>", "<![if]>", "<![endif]-->",
		"<!--[if mso]>", "<!--[if mso]><a href=http://h%d.com>x</a><![endif]-->",
		"&", "&#", "&#x", "&#65;", "&#0;", "&#x110000;", "&lt;", "&lt", "&amp;", "&nbsp;", "&notin;",
		"&aaaaaaaaaaaaaaaaaaaaaaaaaa", "&a;", "\"", "'", ">", "=", "/", "\n<", "<\n", "a<", "<a\x00", "\x00", "<%d>",
		"<q cite=http://a%d.com>", "<blockquote>", "<center>", "<h1>", "<map><area href=http://h%d.com>",
		"<link href=http://h%d.com>", "<object data=x>", "<embed src=x>", "<video poster=http://h%d.com>",
		"<body background=http://h%d.com bgcolor=#000>",
		"<v:fill src=http://h%d.com />", "<b style=\"font-size:0\">x</b>", "<a href=\"javascript:x\">",
		"<a href=\"data:text/html,x\">", "<a data-saferedirecturl=\"http://h%d.com\">",
	} {
		add("", unit, "")
	}
	for _, unit := range []string{
		"a", "a ", "a=b ", "a%d=b ", "a%d ", "=", "= ", "/", "/ ", "\"", "a=\"", "a=\"\" ", "'", "style=a ",
		"style=\"color:red\" ", "class=a ", "href=x ", "onclick=x ", "<", "\n", "&amp;", "\x00",
	} {
		add("<a ", unit, ">x</a>")
		add("<img ", unit, "")
		add("<x><style ", unit, ">x")
	}
	for _, start := range []string{"<a href=\"", "<a href=\"http://", "<a href=\"http://a.com/", "<img src=\"",
		"<base href=\"http://a.com/", "<span class=\"", "<font color=\"", "<img alt=\"", "<a href=\"data:", "<form action=\"",
		"<meta http-equiv=refresh content=\"0;"} {
		for _, unit := range []string{"a", "a ", "&amp;", "&#x41;", "&#1;", "%41", "%25", "/", "../", "?", "#", "@", "a@",
			":", "\n", " ", "\\", ".", "a.", "-", "\x00", "é", "。", "http://", "%68ttp://", "?u=http://a.com/", "&", "xn--"} {
			add(start, unit, "\">x</a>")
		}
	}
	for _, start := range []string{"<title>", "<script>", "<textarea>", "<!--", "<!", "<?", "<plaintext>", "<xmp>",
		"<iframe>", "<![CDATA[", "<noscript>", "</"} {
		for _, unit := range []string{"a", "a ", "<", "</", "</a", "</script", "<!--", "-", "--", "-->", "--!", ">", "&amp;",
			"\n", "\x00", "</title", "</textarea x", "]]"} {
			add(start, unit, "")
		}
	}
	for _, unit := range []string{"<a href=r%d>", "<a href=/%d>", "<img src=r%d>", "<a href=../r%d?a=b#c>",
		"<form action=%d>", "<a href=%d.html>x</a>"} {
		add("<base href=\"http://a.com/b/c\">", unit, "")
	}
	return list
}

// styles fills style sheets and the style attribute.
func styles() []Shape {
	open := header() + "Content-Type: text/html; charset=utf-8\n\n<html><head>"
	var list []Shape
	for _, unit := range []string{
		".c%d{display:none}", ".a{", "{", "}", "{}", ".", "#", ",", ".a,", ".a .b ", ".a.b", "@media x{",
		"@import url(http://h%d.com);", "/*", "/**/", "*/", "<!--", "\\", "\\41 ", "\"", "'", "url(", "url(\"", "a{b:c}",
		"a{b:c;", "p{color:red}",
		"div,p,span{color:white}", ";", ":", "a:hover{}", "!important", "\x00", "é", "%d{}",
		".a{color:rgb(1,2,3);background:rgba(", " ", "\n", "expression(", "*{font-size:0}", "a", "@", "@font-face{", "-", ">",
		"+",
	} {
		list = append(list, filled("sheet "+quoted(unit), open+"<style>", unit, "</style><p class=a>x</p>\n"))
		list = append(list, filled("attribute style "+quoted(unit), open+"<p style=\"", unit, "\">x</p>\n"))
	}
	for _, unit := range []string{"<p class=c%d>x</p>", "<p class=\"c1 c2 c3 c4 c5 c6 c7 c8\">", "<p>", "<b>x</b>",
		"<p class=\"" + fill("", "c%d ", "", 3000) + "\">", "<span class=zz>x"} {
		for _, rule := range []string{".c%d{color:red}", "p{color:red}.c%d{display:none}",
			"b,.c%d,p{font-size:1px;color:#fff}"} {
			list = append(list, Shape{Name: "sheet and tags " + quoted(rule) + " " + quoted(unit), Build: func(size int) []byte {
				sheet := fill(open+"<style>", rule, "</style>", size/2)
				return []byte(sheet + fill("", unit, "\n", size/2))
			}})
		}
	}
	return list
}

// uris fills URIs of text and of links, one long one and many different ones.
func uris() []Shape {
	var list []Shape
	plain := header() + "Content-Type: text/plain; charset=utf-8\n\n"
	linked := header() + "Content-Type: text/html; charset=utf-8\n\n"
	for _, start := range []string{"http://", "http://a.com/", "http://a.com/?u=", "http://a@", "mailto:",
		"mailto:a@b.com?subject=", "www.", "https://www.google.com/url?q=", "ftp://a.com/", "http://a.com:", "http://[", "//",
		"http:\\\\"} {
		for _, unit := range []string{
			"a", "a.", ".", "-", "a-", "@", "a@", ":", "/", "//", "/a", "?", "?a=b", "&", "&a=b", "#", "%", "%41", "%2541",
			"%2e", "=", "(", ")", "()", "[", "]", "\\", "é", "ü.", "。", "xn--", "http://", "http%3a%2f%2f", "https://a.com/?u=",
			"1.", "0x", "!", "*", ",", ";", "'", "_", "~", "\u200b", "a@b.com,",
		} {
			list = append(list, filled("uri text "+quoted(start)+" "+quoted(unit), plain+"see "+start, unit, " now\n"))
		}
	}
	for _, one := range []string{
		"http://h%d.com/", "http://a.com/%d", "http://a%d.b%d.com/", "http://a.com/?u=http://b%d.com/?u=http://c%d.com/",
		"www.h%d.com", "h%d.com", "a%d@b.com", "mailto:a%d@b.com", "http://%d/", "http://1.2.3.%d/", "http://xn--%d.com/",
		"http://ü%d.com/", "https://bit.ly/%d",
		"http://a%d@b.com/", "http://a.com:%d/", "//h%d.com/", "http://a。b%d。com/", "h%d.example.co.uk",
		"https://www.google.com/url?q=http://h%d.com", "HTTP://H%d.COM", "data:text/html,%d", "tel:%d", "javascript:%d",
		"cid:%d", "#%d", "%d.html", "http://%68%d.com/",
	} {
		list = append(list, filled("uris text "+quoted(one), plain, one+" \n", "\n"))
		list = append(list, filled("uris link "+quoted(one), linked, "<a href=\""+one+"\">"+one+"</a>", "\n"))
		list = append(list, filled("uris image "+quoted(one), linked, "<img src=\""+one+"\">", "\n"))
		list = append(list, filled("uris other text "+quoted(one), linked, "<a href=\""+one+"\">www.other.com", "\n"))
	}
	return list
}
