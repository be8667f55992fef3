package rules

import (
	"bytes"
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/attachment"
	"asterism/config"
	"asterism/data"
	"asterism/message"
)

// TestEveryFunction: the fixtures of this package make each function of the language hit some message and miss another.
func TestEveryFunction(t *testing.T) {
	hit, missed := map[string]bool{}, map[string]bool{}
	original := maps.Clone(evals)
	t.Cleanup(func() { maps.Copy(evals, original) })
	for name, f := range original {
		evals[name] = func(sc *Scan, args []string) int {
			n := f(sc, args)
			hit[name], missed[name] = hit[name] || n != 0, missed[name] || n == 0
			return n
		}
	}
	languageFixtures(t)
	for _, c := range slices.Concat(functionCases(), attachmentCases(), asterismCases()) {
		t.Run(c.call, c.run)
	}
	for _, name := range []string{"check_shortcircuit", "check_for_unique_subject_id", "check_for_illegal_ip",
		"check_dkim_signsome", "check_test_plugin", legacyShort} {
		delete(original, name) // have no answer of their own, or as in SpamAssassin none but no
	}
	for name := range senderFunctions { // TestSenders of package engine
		delete(original, name)
	}
	for _, name := range slices.Sorted(maps.Keys(original)) {
		if !hit[name] || !missed[name] {
			t.Errorf("%s: hit %v, missed %v", name, hit[name], missed[name])
		}
	}
	t.Logf("%d functions", len(original))
}

// languageFixtures scans the messages of testdata/language with the rules there, and with those that ship.
func languageFixtures(t *testing.T) {
	t.Helper()
	mbox, err := os.ReadFile(filepath.Join("testdata", "language", "mails.mbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sources := range []config.Sources{
		{RulesPath: "testdata/language", SitePath: "testdata/language", LocalOnly: true},
		{Defaults: data.Default(), LocalOnly: true},
	} {
		cfg, _ := config.Load(sources)
		set, _ := Compile(cfg, nil)
		for raw := range bytes.SplitSeq(bytes.TrimPrefix(mbox, []byte("From ")), []byte("\n\nFrom ")) {
			sc := set.Begin(message.Parse(append([]byte("From "), raw...)), &Envelope{})
			sc.RunLocal()
			sc.Finish()
		}
	}
}

// functionCase is a call of a function, a message that it hits and one that it misses.
type functionCase struct{ cf, call, hit, miss string }

func (c functionCase) run(t *testing.T) {
	cfg, problems := config.Load(config.Sources{})
	problems = append(problems, cfg.Parse("test", []byte(c.cf+"\nbody T eval:"+c.call+"\n"))...)
	set, more := Compile(cfg, nil)
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatal(problems)
	}
	for mail, want := range map[string]bool{c.hit: true, c.miss: false} {
		if mail == "" { // what the function tells is of the configuration
			continue
		}
		sc := set.Begin(message.Parse([]byte(mail), attachment.Open(attachment.Usual)), &Envelope{})
		sc.RunLocal()
		if got := len(sc.Finish()) > 0; got != want {
			t.Errorf("%v for\n%s", got, mail)
		}
	}
}

// received is a Received field that the site's MTA wrote.
func received(from string) string {
	return "Received: from " + from + " by mx.site.example with SMTP id 1; Thu, 1 Oct 2026 10:00:00 +0000\n"
}

// encoded is a message with an attachment in base64.
func encoded(mediaType, name string, content []byte) string {
	return "Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsome text\n--b\n" +
		"Content-Type: " + mediaType +
		"; name=" + name + "\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(content) +
		"\n--b--\n"
}

// functionCases are the functions of SpamAssassin's language. Those of TestAsSpamAssassin's messages need no case.
func functionCases() []functionCase {
	page := func(body string) string {
		return "Subject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + body + "\n"
	}
	plain := func(body string) string {
		return "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n" + body + "\n"
	}
	gif := func(width, height byte) string {
		return encoded("image/gif", "a.gif", []byte{'G', 'I', 'F', '8', '9', 'a', width, 0, height, 0, 0, 0})
	}
	const rcvd = "welcomelist_from_rcvd *@shop.example shop.example\ndef_welcomelist_from_rcvd *@shop.example shop.example"
	ours := received("mail.shop.example (mail.shop.example [192.0.2.1])") + "From: a@shop.example\n\nx\n"
	forged := received("mail.evil.example (mail.evil.example [198.51.100.1])") + "From: a@shop.example\n\nx\n"
	other := "From: b@other.example\nTo: c@other.example\nSubject: news\n\nhttp://other.example/\n"
	listed := "From: a@shop.example\nTo: me@shop.example\nSubject: great offer\n\nhttp://www.shop.example/\n"
	list := func(option, call string) functionCase { return functionCase{option, call, listed, other} }
	claims := func(host string) string {
		return received("x.example (x.example [192.0.2.1])") + "From: a@" + host + "\nTo: c@site.example\n\nx\n"
	}
	return []functionCase{
		{"uri_detail T host =~ /^a\\.example$/", "check_uri_detail()", "Subject: x\n\nhttp://a.example/\n",
			"Subject: x\n\nhttp://b.example/\n"},
		{"", "check_uri_detail()", "Subject: x\n\nhttp://b.example/\n", "Subject: x\n\nnone\n"},
		{"", "check_test_plugin()", "Subject: x\n\nx\n", ""},
		{"", "check_authres_result('spf', 'pass')", "Authentication-Results: mx.example; spf=pass\n\nx\n",
			"Authentication-Results: mx.example; spf=fail\n\nx\n"},
		{"trusted_networks 192.0.2.0/24", "check_all_trusted()", ours, forged},
		{"", "check_no_relays()", "Subject: x\n\nx\n", ours},
		{"", "check_abundant_unicode_ratio('0.1')", plain(strings.Repeat("&#x0436;", 30) + " end"),
			plain(strings.Repeat("yellow ", 30))},
		{"", "check_base64_length('79')", encoded("text/plain", "x", bytes.Repeat([]byte("long line "), 30)), plain("x")},
		{"", "check_blank_line_ratio('50', '100', '4')", plain("a\n\n\n\n\nb"), plain("a\nb\nc\nd")},
		{"", "check_body_8bits()", plain("ааааааааа"), plain("aé aé aé")},
		{"", "check_equal_from_domains()", "Return-Path: <a@one.example>\nFrom: b@two.example\n\nx\n",
			"Return-Path: <a@one.example>\nFrom: b@mail.one.example\n\nx\n"},
		{"", "check_for_matching_env_and_hdr_from()", "Return-Path: <a@one.example>\nFrom: a@one.example\n\nx\n",
			"Return-Path: <a@one.example>\nFrom: b@one.example\n\nx\n"},
		{"ok_locales en", "check_for_faraway_charset()",
			"Content-Type: text/plain; charset=koi8-r\n\n\xd0\xd2\xc9\xd7\xc5\xd4\xd0\xd2\xc9\xd7\xc5\xd4\n", plain("x")},
		{"ok_locales en", "check_for_faraway_charset_in_headers()", "Subject: =?koi8-r?Q?=D0=D2=C9=D7=C5=D4?=\n\nx\n",
			"Subject: =?utf-8?Q?=C3=A9?=\n\nx\n"},
		{"ok_locales en", "html_charset_faraway()",
			page(`<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">x`), page("x")},
		{"", "check_for_forged_eudoramail_received_headers()", claims("eudoramail.com"), claims("x.example")},
		{"", "check_for_forged_gmail_received_headers()", claims("gmail.com"), claims("x.example")},
		{"", "check_for_forged_juno_received_headers()", claims("juno.com"), claims("x.example")},
		{"", "check_for_no_hotmail_received_headers()", claims("hotmail.com"), claims("x.example")},
		{"", "check_for_http_redirector()", plain("http://a.example/?u=http://b.example/"), plain("http://a.example/")},
		{"", "check_for_mime_html()", page("x"), plain("x")},
		{"", "check_for_mime_html_only()", page("x"), plain("x")},
		{"", "check_for_missing_to_header()", "Subject: x\n\nx\n", other},
		{"", "check_for_to_in_subject('user')", "To: joanna@site.example\nSubject: joanna, look at this\n\nx\n",
			"To: joanna@site.example\nSubject: about joanna's car\n\nx\n"},
		{"", "check_for_to_in_subject('address')", "To: jo@site.example\nSubject: jo@site.example\n\nx\n",
			"To: jo@site.example\nSubject: jo\n\nx\n"},
		{"phishing_openphish_feed testdata/openphish.txt", "check_phishing()", plain("http://evil.com/login"),
			plain("http://evil.com/")},
		{"ok_languages de", "check_language()", plain(english), plain(german)},
		{"ok_languages de en", "check_language()", "", plain(english)},
		{"", "check_fromname_spoof('1')", spoofed("c@site.com", "b@other.com"), spoofed("c@site.com", "b@site.com")},
		{"fns_check 2", "check_fromname_spoof()", spoofed("c@site.com", "b@other.com"),
			spoofed("c@site.com", "b@www.site.com")},
		{"fns_extrachars 5", "check_fromname_spoof('0')", spoofed("c@site.com", "b@other.com"),
			spoofed("please write to c@site.com", "b@other.com")},
		{"fns_ignore_headers X-List", "check_fromname_spoof('0')", spoofed("c@site.com", "b@other.com"), "X-List: a\n" +
			spoofed("c@site.com", "b@other.com")},
		{"", "check_fromname_different()", spoofed("c@site.com", "b@site.com"), spoofed("b@site.com", "b@site.com")},
		{"", "check_fromname_domain_differ()", spoofed("c@site.com", "b@other.com"),
			spoofed("c@site.com", "b@mail.site.com")},
		{"fns_add_addrlist (GROUP) *@site.com *@firm.com", "check_fromname_owners_differ()",
			spoofed("c@site.com", "b@other.com"), spoofed("c@site.com", "b@firm.com")},
		{"fns_add_addrlist (GROUP) *@site.com *@firm.com\nfns_remove_addrlist (GROUP) *@firm.com",
			"check_fromname_owners_differ()",
			spoofed("c@site.com", "b@firm.com"), spoofed("c@site.com", "b@site.com")},
		{"", "check_fromname_contains_email()", spoofed("c@site.com", "b@other.com"), spoofed("Joe", "b@other.com")},
		{"", "check_for_forged_gw05_received_headers()",
			relayed("from mail.example.com by gw05 with ESMTP; Thu, 21 Jun 2001 02:28:32 -0400"),
			relayed("from mail.example.com by gw.example with ESMTP; Thu, 21 Jun 2001 02:28:32 -0400")},
		{"", "check_for_msn_groups_headers()", "To: <notifications@groups.msn.com>\nMessage-Id: <a@p04.groups.msn.com>\n" +
			relayed("from mail pickup service by p04.groups.msn.com with Microsoft SMTPSVC; x"), plain("x")},
		{"", "check_messageid_not_usable()", "List-Unsubscribe: <mailto:leave-list@example.com>\n\nx\n",
			relayed("from a (mail.example.com [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x")},
		{"", "check_for_forged_received_ip_helo()",
			relayed("from 8.1.2.3 (mail.example.com [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x"),
			relayed("from 8.1.2.3 (mail.example.com [8.1.2.4]) by mx.example.org (Postfix) with SMTP id 1; x")},
		{"", "check_for_from_domain_in_received_headers('example.com', 'true')", "From: a@example.com\n" +
			relayed("from a.example.com (a.example.com [8.9.2.3]) by b.example.com (Postfix) with SMTP id 1; x"),
			"From: a@example.com\n\nx\n"},
		{"", "check_for_numeric_helo()",
			relayed("from 8.1.2.3 (mail.example.com [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x"),
			relayed("from 10.1.2.3 (mail.example.com [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x")},
		{"", "check_for_sender_no_reverse()",
			relayed("from a (mail.example.com [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x"),
			relayed("from a (unknown [8.9.2.3]) by mx.example.org (Postfix) with SMTP id 1; x")},
		{"", "html_text_not_match('title', 'bank')", page("<title>shop</title>"), page("<title>bank</title>")},
		{"", "image_name_regex('^a')", encoded("image/gif", "a.gif", []byte("GIF89a\t\x00\t\x00")),
			encoded("image/gif", "b.gif", []byte("GIF89a\t\x00\t\x00"))},
		{"", "check_fromname_equals_to()", "From: \"c@site.com\" <b@x.com>\nTo: c@site.com\n\nx\n", claims("x.example")},
		{"", "check_fromname_equals_replyto()", "From: \"c@site.com\" <b@x.com>\nReply-To: c@site.com\n\nx\n",
			claims("x.example")},
		{"", "check_header_count_range('X-Many', '2', '3')", "X-Many: 1\nX-Many: 2\n\nx\n", "X-Many: 1\nX-Many: 1\n\nx\n"},
		{"", "check_illegal_chars('Subject', '0.1', '2')", "Subject: \xe9\xe8\xe9 \xff\n\nx\n",
			"Subject: prix d'\xc3\xa9t\xc3\xa9\n\nx\n"},
		{"", "check_outlook_message_id()",
			"Message-ID: <000a01c1a2b3$4d5e6f70$01020304@x>\nDate: Thu, 1 Oct 2026 10:00:00 +0000\n\nx\n", other},
		{"", "check_ratware_envelope_from()", "Return-Path: <site.example-jo@evil.example>\nTo: jo@site.example\n\nx\n",
			"Return-Path: <list@evil.example>\nTo: jo@site.example\n\nx\n"},
		{"", "check_ratware_name_id()",
			"Message-Id: <ABCDEFGHIJKLMNOPQRSTUVWXYZAB.a@x.example>\nFrom: \"Ann\" <a@x.example>\n\nx\n",
			"Message-Id: <ABCDEFGHIJKLMNOPQRSTUVWXYZAB.b@x.example>\nFrom: \"Ann\" <a@x.example>\n\nx\n"},
		{"", "check_https_http_mismatch('1', '10')", page(`<a href="http://evil.com/">https://bank.com/</a>`),
			page(`<a href="http://bank.com/">https://bank.com/</a>`)},
		{"", "check_https_ip_mismatch()", page(`<a href="http://192.0.2.1/">https://bank.example/</a>`),
			page(`<a href="http://bank.example/">https://bank.example/</a>`)},
		{"", "check_iframe_src()", page(`<iframe src="http://a.example/"></iframe>`), page("<p>x")},
		{"", "check_ma_non_text()",
			"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: application/pdf\n\nx\n--b--\n",
			"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\nx\n--b--\n"},
		{"", "check_mailfrom_matches_rcvd()", "Return-Path: <a@shop.example>\n" + ours, "Return-Path: <a@shop.example>\n" +
			forged},
		{"", "check_alternative_ratio('0', '0.5')", "Content-Type: multipart/alternative; boundary=b\n\n--b\n" +
			"Content-Type: text/plain\n\na\n--b\nContent-Type: text/html\n\n" + strings.Repeat("b", 90) + "\n--b--\n",
			plain("x")},
		{"", "check_mime_multipart_ratio('0', '0.5')", "Content-Type: multipart/alternative; boundary=b\n\n--b\n" +
			"Content-Type: text/plain\n\na\n--b\nContent-Type: text/html\n\n" + strings.Repeat("b", 90) + "\n--b--\n",
			plain("x")},
		{"", "check_qp_ratio('0.1')", "Content-Type: text/plain; charset=iso-8859-1\n" +
			"Content-Transfer-Encoding: quoted-printable\n\n=61=62=63=64\n", plain("x")},
		{"", "check_uri_truncated()", page(`<a href="http://a.example/` + strings.Repeat("x", 9000) + `">x</a>`),
			page(`<a href="http://a.example/">x</a>`)},
		list("blocklist_from *@shop.example", "check_from_in_blocklist()"),
		list("blocklist_from *@shop.example", "check_from_in_blacklist()"),
		list("def_blocklist_from *@shop.example", "check_from_in_default_blocklist()"),
		list("def_blocklist_from *@shop.example", "check_from_in_default_blacklist()"),
		list("welcomelist_from *@shop.example", "check_from_in_welcomelist()"),
		list("welcomelist_from *@shop.example", "check_from_in_whitelist()"),
		list("blocklist_to me@*", "check_to_in_blocklist()"),
		list("blocklist_to me@*", "check_to_in_blacklist()"),
		list("welcomelist_to me@*", "check_to_in_welcomelist()"),
		list("welcomelist_to me@*", "check_to_in_whitelist()"),
		list("blocklist_subject offer", "check_subject_in_blocklist()"),
		list("blocklist_subject offer", "check_subject_in_blacklist()"),
		list("welcomelist_subject offer", "check_subject_in_welcomelist()"),
		list("welcomelist_subject offer", "check_subject_in_whitelist()"),
		list("blocklist_uri_host shop.example", "check_uri_host_in_blocklist()"),
		list("blocklist_uri_host shop.example", "check_uri_host_in_blacklist()"),
		list("welcomelist_uri_host shop.example", "check_uri_host_in_welcomelist()"),
		list("welcomelist_uri_host shop.example", "check_uri_host_in_whitelist()"),
		{rcvd, "check_from_in_default_welcomelist()", ours, forged},
		{rcvd, "check_from_in_default_whitelist()", ours, forged},
		{rcvd, "check_forged_in_welcomelist()", forged, ours},
		{rcvd, "check_forged_in_whitelist()", forged, ours},
		{rcvd, "check_forged_in_default_welcomelist()", forged, ours},
		{rcvd, "check_forged_in_default_whitelist()", forged, ours},
		{"welcomelist_bounce_relays mx.site.example", "check_welcomelist_bounce_relays()",
			plain("Received: from a by mx.site.example; x"), plain("x")},
		{"whitelist_bounce_relays mx.site.example", "check_whitelist_bounce_relays()",
			plain("Received: from a by mx.site.example; x"), plain("x")},
		{"freemail_domains free.example", "check_freemail_body()", plain("write to ann@free.example"),
			plain("write to ann@firm.example")},
		{"freemail_domains free.example", "check_freemail_header('X-Contact')", "X-Contact: ann@free.example\n\nx\n",
			"X-Contact: ann@firm.example\n\nx\n"},
		{"", "html_eval('html_length', '< 20')", page("short"), page(strings.Repeat("long ", 20))},
		{"", "html_tag_balance('b', '!= 0')", page("<b>x"), page("<b>x</b>")},
		{"", "html_tag_exists('table')", page("<table><tr><td>x</table>"), page("<p>x")},
		{"", "html_text_match('title', 'offer')", page("<title>great offer</title>x"), page("<title>news</title>x")},
		{"", "image_count('gif', '1', '2')", gif(9, 9), plain("x")},
		{"", "image_named('a.gif')", gif(9, 9), encoded("image/gif", "b.gif", []byte("GIF89a\t\x00\t\x00"))},
		{"", "image_size_exact('gif', '8', '9')", gif(9, 8), gif(8, 9)},
		{"", "image_size_range('all', '8', '8', '20', '20')", gif(9, 9), gif(7, 9)},
		{"", "image_to_text_ratio('all', '0.1', '10')", gif(3, 3), gif(90, 90)},
		{"", "pixel_coverage('all', '50', '100')", gif(9, 9), gif(99, 99)},
		{"", "plaintext_body_length('1', '10')", plain("short"), plain("not as short as that")},
		{"", "plaintext_sig_length('4', '20')", plain("text\n-- \nAnn Smith"), plain("text")},
		{"", "plaintext_body_sig_ratio('0', '2')", plain("text\n-- \nAnn Smith"), plain("text")},
		{"", "received_within_months('undef', 'undef')", ours, "Subject: x\n\nx\n"},
		{"url_shortener sho.rt", "short_url()", plain("http://sho.rt/abc"), plain("http://sho.rt/")},
		{"url_redirector go.example", "redir_url()", plain("http://www.go.example/?x=1"), plain("http://my.go.example/abc")},
		{"url_redirector go.example/to/", "redir_url()", plain("http://go.example/to/x?y"),
			plain("http://go.example/x?/to/")},
		{"url_redirector_get .go.example", "redir_url()", plain("http://a.b.go.example/abc"), plain("http://go.example/abc")},
		{"url_redirector_params [?&]to=(.*)", "redir_url()", plain("http://x.example/?to=y.example"),
			plain("http://x.example/?t=y.example")},
		{"", "check_defect('NUL_IN_BODY')", plain("a\x00b"), plain("x")},
		{"", "check_file_names('differ')",
			"Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.exe\n\nx\n",
			"Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=b.pdf\n\nx\n"},
		{"", "check_mixed_script_header('Subject')", "Subject: pаypal\n\nx\n", "Subject: Привет\n\nx\n"},
		{"", "check_outlook_clock('msgid')",
			"Message-ID: <000a01c1a2b3$4d5e6f70$01020304@x>\nDate: Thu, 1 Oct 2026 10:00:00 +0000\n\nx\n", other},
		{"", "check_trail('spf=pass', 'X-Verdict')", "X-Verdict: spf=pass\n" + ours, ours + "X-Verdict: spf=pass\n"},
		{"", "check_attached_page('form')", encoded("text/html", "a.html", []byte(`<input type="password">`)),
			encoded("text/html", "a.html", []byte("<p>x"))},
		{"welcomelist_bounce_relays mx.site.example", "have_any_bounce_relays()", plain("x"), ""},
		{"", "have_any_bounce_relays()", "", plain("x")},
		{"", "tvd_vertical_words('0', '10')", plain("averylongwordwithoutanyblankinit"), plain("some words in a line")},
	}
}

// spoofed is a message whose display name holds an address.
func spoofed(name, from string) string { return "From: \"" + name + "\" <" + from + ">\n\nx\n" }

// relayed is a message with one Received field.
func relayed(value string) string { return "Received: " + value + "\n\nx\n" }

// english and german are texts long enough to tell their language.
const (
	english = "The children went to the river yesterday, and nobody has seen the dog since then. Please tell your " +
		"sister about it."
	german = "Die Kinder sind gestern zum Fluss gegangen, und seitdem hat niemand den Hund gesehen. Bitte sag es " +
		"deiner Schwester."
)
