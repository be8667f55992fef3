package rules

import (
	"strings"
	"testing"

	"asterism/attachment"
	"asterism/message"
)

// asterismCases are Asterism's own functions: for each a mail that it is made for, and one that only looks so.
func asterismCases() []functionCase {
	const head = "To: ann@example.org\nSubject: x\n"
	page := func(from, body string) string {
		return "From: " + from + "\n" + head + "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + body
	}
	plain := func(from, body string) string { return "From: " + from + "\n" + head + "\n" + body }
	carrying := func(text string) string {
		return "From: a@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n" +
			"Content-Type: application/octet-stream; name=x.log\n\n" +
			text + "\n--b--\n"
	}
	const me, shop = "Bob <bob@example.net>", "Shop <news@shop.example.com>"
	const cf = "known_brand paypal paypal.*\nenlist_uri_host (SHORT) go.to !fine.go.to"
	return []functionCase{
		{cf, "check_brand_name('from')", plain("PayPaI Service <a@example.net>", ""), plain("PayPal <service@paypal.com>",
			"")},
		{cf, "check_brand_name('body')", plain(me, "Your PayPal account"), plain("PayPal <service@paypal.com>",
			"Your PayPal account")},
		{cf, "check_brand_domain('from')", plain("x <a@paypal-login.com>", ""), plain("x <a@mail.paypal.com>", "")},
		{cf, "check_brand_domain('link')", page(me, `<a href="http://paypal.com.evil.top/">x</a>`),
			page(me, `<a href="http://paypal.com/">x</a>`)},
		{cf, "check_link_text('any')", page(me, `<a href="http://evil.example.org">http://bank.com/in</a>`),
			page(me, `<a href="http://www.bank.com">bank.com</a>`)},
		{cf, "check_link_text('brand')", page(me, `<a href="http://evil.com">www.paypal.com</a>`),
			page(me, `<a href="http://evil.com">www.bank.com</a>`)},
		{cf, "check_links_foreign()", page(shop, `<a href="http://mailer.com/1">x</a>`),
			page(shop, `<a href="http://mailer.com/1">x</a><a href="http://www.example.com">y</a>`)},
		{cf, "check_links_foreign()", plain(me, "http://www.paypal.com/"), plain("PayPal <a@paypal.com>",
			"http://www.paypal.de/")},
		{cf, "check_link_domains('2', '2')", page(me, `<a href="http://a.com">x</a><a href="http://b.com">x</a>`),
			page(me, `<a href="http://a.com">x</a><a href="http://www.a.com">x</a>`)},
		{cf, "check_link_shape('ip')", plain(me, "http://192.0.2.1/x"), plain(me, "http://127.0.0.1/x")},
		{cf, "check_link_shape('secure')", plain(me, "http://secure-login.com/"), plain(me, "http://secure.com/")},
		{cf, "check_link_shape('random')", plain(me, "http://xkcvbnqw.com/"), plain(me, "http://wikipedia.org/")},
		{cf, "check_link_shape('redirect')", plain(me, "http://a.com/r?x=1&u=https%3A%2F%2Fevil.org%2Fx"),
			plain(me, "http://a.com/r?u=https%3A%2F%2Fb.a.com%2F&v=//www.example.net/x")},
		{cf, "check_link_shape('plain')", plain(me, "http://a.com/"), plain(me, "https://a.com/")},
		{cf, "check_link_shape('tls')", plain(me, "https://a.com/"), plain(me, "http://a.com/")},
		{cf, "check_link_shape('token')", plain(me, "http://a.com/loy0XzEFdwtPxC8rX9_O2zW3mIr_kUCy"),
			plain(me, "http://a.com/loy0XzEFdwtPxC8rX9_O2zW3mIr_kUCy/index.html")},
		{cf, "check_host_listed('link', 'SHORT')", plain(me, "http://go.to/abc"), plain(me, "http://nogo.to/abc")},
		{cf, "check_host_listed('inside', 'SHORT')", carrying("see http://go.to/abc"), carrying("see http://nogo.to/abc")},
		{cf, "check_host_listed('from', 'SHORT')", plain("x <a@mail.go.to>", ""), plain("x <a@fine.go.to>", "")},
		{cf, "check_domains_differ('From', 'Reply-To')", "Reply-To: a@other.com\n" + plain("x <a@one.com>", ""),
			"Reply-To: a@sub.one.com\n" + plain("x <a@one.com>", "")},
		{cf, "check_from_name_address()", plain(`"a@bank.com" <x@evil.com>`, ""), plain(`"a@bank.com" <x@mail.bank.com>`,
			"")},
		{cf, "check_from_name_recipient('domain')", plain("example.org support <x@evil.com>", ""),
			plain("example.org support <x@it.example.org>", "")},
		{cf, "check_from_name_unrelated()", plain("Account Team <office@garden.example>", ""),
			plain("The Gardeners <office@garden.example>", "")},
		{cf, "check_from_name_unrelated()", plain("Delivery <bob@example.net>", ""),
			plain("Tree Keepers <no-reply@mail.tk.example>", "")},
		{cf, "check_recipient('local')", "X-Original-To: a.smith@example.org\n" + plain(me, "Dear a.smith, hello"),
			"X-Original-To: a.smith@example.org\n" + plain(me, "Dear Smith")},
		{cf, "check_from_is_recipient()", plain("Ann <ann@example.org>", ""), plain(me, "")},
		{cf, "check_recipient('greeting')", plain(me, "Dear ann@example.org, hello"), plain(me, "Dear Ann")},
		{cf, "check_recipient('link')", plain(me, "http://evil.com/#YW5uQGV4YW1wbGUub3Jn"),
			plain(me, "http://evil.com/#ann")},
		{cf, "check_zero_width('2')", plain(me, "acc\u200bount pass\u200bword"), plain(me, "a \u200b b \u200c c \u200d d")},
		{cf, "check_zero_width('1')", plain(me, "三井\u200b住友"), plain(me, "क\u200dष")},
		{cf, "check_mixed_script('1')", plain(me, "pаypal"), plain(me, "Привет, PayPal")},
		{cf, "check_hidden_text('20', '50')", page(me, `hi<div style="display:none">`+strings.Repeat("words ", 9)+`</div>`),
			page(me, strings.Repeat("words ", 9)+`<div style="display:none">hi</div>`)},
		{cf, "check_picture_alone('9')", page(me, `<a href="http://a.com/"><img src="http://a.com/1.png"></a> see below`),
			page(me, `<img src="http://a.com/1.png"> a word or two`)},
		{cf, "check_phone_number()", plain(me, "call +1 (8O8) 555 - 01 43, 888.555.0143"),
			plain(me, "IP 192.168.100.1000, order 12-345-67890")},
		{cf, "check_wallet_address()", plain(me, "to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT please"),
			plain(me, "to 1BoatSLRHtKNngkdXEeobR76b53LETtpyU please")},
		{cf, "check_wallet_address()", plain(me, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
			plain(me, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")},
	}
}

func TestAttachedPage(t *testing.T) {
	const mail = "From: a@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n" +
		"Content-Type: text/html; name=x.html\n" +
		"Content-Disposition: attachment; filename=x.html\n\n<form><input type=\"password\"></form>\n--b--\n"
	sc := (&Set{}).scanOf(mail)
	if checkAttachedPage(sc, []string{"form"}) == 0 || checkAttachedPage(sc, []string{"script"}) != 0 {
		t.Error("an attached form is not seen, or taken for a script")
	}
}

// scanOf returns a scan of a mail without any rules.
func (s *Set) scanOf(mail string) *Scan {
	return &Scan{set: s, msg: message.Parse([]byte(mail), attachment.Open(attachment.Usual)), env: &Envelope{}}
}
