package data_test

import (
	"fmt"
	"strings"
	"testing"
)

// phish is a phishing mail around the HTML of its link.
const phish = `Return-Path: <bounce@mailer-host9.top>
Received: from vps.mailer-host9.top (vps.mailer-host9.top [45.67.89.10])
	by mx.our.example (8.17/8.17) with ESMTP id abc; Sun, 29 Nov 2026 07:00:01 +0000
From: PayPal <service@mailer-host9.top>
To: b@our.example
Subject: Hello
Date: Sun, 29 Nov 2026 07:00:00 +0000
Message-ID: <1@mailer-host9.top>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body>%s<p>Dear customer,</p><p>Your PayPal account has been suspended because of unusual activity. To restore your access you must verify your account within 24 hours, or it will be closed permanently.</p>
<p>%s</p><p>Click here immediately to confirm your password and credit card number.</p><p>PayPal Security Department</p></body></html>
`

// TestLinkTricks holds that no way of writing a link lowers the score of a phishing mail by more than a fifth.
func TestLinkTricks(t *testing.T) {
	set := compile(t)
	score := func(before, link string) (float64, string) { return judge(set, fmt.Appendf(nil, phish, before, link)) }
	link := func(href string) string { return `<a href="` + href + `">https://www.paypal.com/signin</a>` }
	const plain = "http://paypal.com.secure-login-check.top/verify/account?id=8831"
	least, names := score("", link(plain))
	t.Logf("plain: %.1f %s", least, names)
	least *= 0.8
	hidden := `<div style="display:none">` + emptyLinks(1000) + `</div>`
	tricks := map[string][2]string{
		"1000 links":   {hidden, link(plain)},
		"3000 links":   {`<div style="display:none">` + emptyLinks(3000) + `</div>`, link(plain)},
		"3000 visible": {`<div>` + emptyLinks(3000) + `</div>`, link(plain)},
		"between":      {hidden, link(plain) + hidden},
		"mso":          {"", "<!--[if mso]>" + link(plain) + "<![endif]-->"},
		"vml":          {"", `<v:rect href="` + plain + `">https://www.paypal.com/signin</v:rect>`},
		"base":         {`<base href="http://paypal.com.secure-login-check.top/">`, link("verify/account?id=8831")},
		"saferedirect": {"", `<a href="https://www.paypal.com/signin" data-saferedirecturl="` + plain +
			`">https://www.paypal.com/</a>`},
		"long user": {"", link("http://" + strings.Repeat("a", 5000) +
			"@paypal.com.secure-login-check.top/verify/account?id=8831")},
		"redirect":      {"", link("https://www.google.com/url?q=http://paypal.com.secure-login-check.top/x")},
		"in capitals":   {"", link("https://www.google.com/url?q=HTTP://paypal.com.secure-login-check.top/x")},
		"all capitals":  {"", link("HTTPS://WWW.GOOGLE.COM/URL?Q=HTTP://PAYPAL.COM.SECURE-LOGIN-CHECK.TOP/x")},
		"no scheme":     {"", link("https://www.google.com/url?q=paypal.com.secure-login-check.top/x")},
		"one slash":     {"", link("https://www.google.com/url?q=http:/paypal.com.secure-login-check.top/x")},
		"twice encoded": {"", link("https://r.good.org/?u=https%253A%252F%252Fpaypal.com.secure-login-check.top%252Fx")},
		"second":        {"", link("https://good.org/?a=http://fine.org/&u=http://paypal.com.secure-login-check.top/x")},
	}
	for _, href := range []string{"&#1;" + plain, "&#x1f;" + plain, " &#9;" + plain, "hxxp" + plain[len("http"):],
		strings.Replace(plain, "//", "/", 1), strings.Replace(plain, "//", `\\`, 1), strings.Replace(plain, "//", "", 1),
		strings.Replace(plain, "http:", "", 1), strings.ReplaceAll(plain, ".top", "\u3002top"), strings.ReplaceAll(plain,
			".top", "%EF%BC%8Etop"),
		strings.ReplaceAll(plain, "secure", "ｓｅｃｕｒｅ"), strings.ReplaceAll(plain, "secure", "se&#10;cu&#173;re"),
		strings.ToUpper(plain)} {
		tricks[href] = [2]string{"", link(href)}
	}
	for name, trick := range tricks {
		if got, names := score(trick[0], trick[1]); got < least {
			t.Errorf("%s: %.1f, want %.1f: %s", name, got, least, names)
		}
	}
}

// emptyLinks returns n links without text.
func emptyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<a href="http://g%d.org/"></a>`, i)
	}
	return b.String()
}
