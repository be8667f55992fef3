package options_test

import (
	"strings"

	"asterism/classifier"
)

// listRows are the lists of addresses, hosts and domains. Those that SPF or DKIM must vouch for stand in authRows.
func listRows() []row {
	const from, rcvd, host = "hit USER_IN_WELCOMELIST ", "welcomelist_from_rcvd *@bad.com bad.com", "crook.com"
	free := strings.ReplaceAll(letter, "Joe <joe@bad.com>", "Joe <joe12345@free.our.example>")
	bounce := "Return-Path: <>\r\n" + strings.Replace(letter[strings.IndexByte(letter, '\n')+1:], "Joe <joe@bad.com>",
		"MAILER-DAEMON@bad.com", 1) +
		"\r\nReceived: from evil (evil [192.0.2.1]) by mx.bad.com; Fri, 20 Nov 2026 21:00:38 -0700\r\n"
	short := strings.ReplaceAll(letter, "www.crook.com", "sho.rt.example.com")
	brand := strings.Replace(letter, "Joe <joe@bad.com>", "Our Bank of Trust <joe@bad.com>", 1)
	const inBody = "freemail_domains free.our.example\nbody FREE_BODY eval:check_freemail_body()\n"
	text := strings.Replace(letter, "that nobody", "ann@free.our.example\r\nthat nobody", 1)
	bulk := strings.Replace(strings.Replace(free, "<joe@bad.com>", "<list-bounces@bad.com>", 1), "Subject:",
		"Reply-To: x@free.our.example\r\nSubject:", 1)
	const spoofRule = "header SPOOF eval:check_fromname_spoof()\n"
	spoofed := strings.Replace(letter, "Joe <joe@bad.com>", "\"Ann: ann@firm.com\" <joe@bad.com>", 1)
	all := []row{
		{option: "freemail_max_body_emails", base: inBody, with: "freemail_max_body_emails 1", mail: text,
			gone: "hit FREE_BODY "},
		{option: "freemail_max_body_freemails", base: inBody, with: "freemail_max_body_freemails 1", mail: text,
			gone: "hit FREE_BODY "},
		{option: "freemail_skip_when_over_max", base: inBody + "freemail_max_body_emails 1",
			with: "freemail_skip_when_over_max 0", mail: text,
			came: "hit FREE_BODY "},
		{option: "freemail_skip_bulk_envfrom",
			base: "freemail_domains free.our.example\nheader OTHER eval:check_freemail_replyto('replyto')",
			with: "freemail_skip_bulk_envfrom 0", mail: bulk, came: "hit OTHER "},
		{option: "freemail_add_describe_email",
			base: "freemail_domains free.our.example\nheader FREE eval:check_freemail_from()",
			with: "freemail_add_describe_email 0", mail: free, gone: "joe12345(at)free.our.example"},
		{option: "fns_add_addrlist", base: spoofRule, with: "fns_add_addrlist (GROUP) *@bad.com *@firm.com", mail: spoofed,
			gone: "hit SPOOF "},
		{option: "fns_remove_addrlist", base: spoofRule + "fns_add_addrlist (GROUP) *@bad.com *@firm.com",
			with: "fns_remove_addrlist (GROUP) *@firm.com",
			mail: spoofed, came: "hit SPOOF "},
		{option: "fns_extrachars", base: spoofRule, with: "fns_extrachars 2", mail: spoofed, gone: "hit SPOOF "},
		{option: "fns_ignore_headers", base: spoofRule, with: "fns_ignore_headers Message-ID", mail: spoofed,
			gone: "hit SPOOF "},
		{option: "fns_ignore_dkim", test: "network TestIgnoreSigned"},
		{option: "fns_check", base: spoofRule + "fns_check 0", with: "fns_check 1", mail: strings.Replace(spoofed,
			"@firm.com", "@mail.bad.com", 1), gone: "hit SPOOF "},
		{option: "arc_trusted_sealers", test: "network TestTrustedSealer"},
		{option: "welcomelist_from", with: "welcomelist_from *@bad.com", came: from},
		{option: "blocklist_from", with: "blocklist_from joe@*", came: "hit USER_IN_BLOCKLIST "},
		{option: "welcomelist_from_rcvd", with: rcvd, came: from},
		{option: "def_welcomelist_from", with: "def_welcomelist_from *@bad.com", came: "hit USER_IN_DEF_WELCOMELIST "},
		{option: "def_welcomelist_from_rcvd", with: "def_" + rcvd, came: "hit USER_IN_DEF_WELCOMELIST "},
		{option: "def_blocklist_from", with: "def_blocklist_from *@bad.com", came: "hit USER_IN_DEF_BLOCKLIST "},
		{option: "welcomelist_to", with: "welcomelist_to sue@*", came: "hit USER_IN_WELCOMELIST_TO "},
		{option: "more_spam_to", with: "more_spam_to sue@*", came: "hit USER_IN_MORE_SPAM_TO "},
		{option: "all_spam_to", with: "all_spam_to sue@*", came: "hit USER_IN_ALL_SPAM_TO "},
		{option: "all_spam_to", with: "all_spam_to ann@our.example", came: "hit USER_IN_ALL_SPAM_TO ",
			in: envelope(func(in *classifier.Input) { in.Recipients = []string{"ann@our.example"} })},
		{option: "blocklist_to", with: "blocklist_to sue@our.example", came: "hit USER_IN_BLOCKLIST_TO "},
		{option: "welcomelist_subject", with: "welcomelist_subject HELL", came: "hit SUBJECT_IN_WELCOMELIST "},
		{option: "blocklist_subject", with: "blocklist_subject hello", came: "hit SUBJECT_IN_BLOCKLIST "},
		{option: "welcomelist_allows_relays", base: "welcomelist_from_rcvd *@bad.com other.example",
			with: "welcomelist_allows_relays joe@bad.com",
			gone: "hit FORGED_IN_WELCOMELIST "},
		{option: "unwelcomelist_from", base: "welcomelist_from *@bad.com", with: "unwelcomelist_from *@bad.com", gone: from},
		{option: "unwelcomelist_from_rcvd", base: rcvd, with: "unwelcomelist_from_rcvd *@bad.com", gone: from},
		{option: "unblocklist_from", base: "blocklist_from *@bad.com", with: "unblocklist_from *@bad.com",
			gone: "hit USER_IN_BLOCKLIST "},
		{option: "unwelcomelist_to", base: "welcomelist_to sue@*", with: "unwelcomelist_to sue@*",
			gone: "hit USER_IN_WELCOMELIST_TO "},
		{option: "unblocklist_to", base: "blocklist_to sue@*", with: "unblocklist_to sue@*",
			gone: "hit USER_IN_BLOCKLIST_TO "},
		{option: "enlist_addrlist", base: "header FRIEND eval:check_from_in_list('FRIENDS')",
			with: "enlist_addrlist (FRIENDS) joe@bad.com",
			came: "hit FRIEND "},
		{option: "enlist_uri_host", with: "enlist_uri_host (SHORTENER) " + host, came: "hit URI_SHORTENER "},
		{option: "delist_uri_host", base: "enlist_uri_host (SHORTENER) " + host, with: "delist_uri_host (SHORTENER) " + host,
			gone: "hit URI_SHORTENER "},
		{option: "welcomelist_uri_host", with: "welcomelist_uri_host " + host, came: "hit URI_HOST_IN_WELCOMELIST "},
		{option: "blocklist_uri_host", with: "blocklist_uri_host " + host, came: "hit URI_HOST_IN_BLOCKLIST "},
		{option: "welcomelist_bounce_relays", with: "welcomelist_bounce_relays mx.our.example", mail: bounce,
			came: "hit BOUNCE_MESSAGE "},
		{option: "welcomelist_bounce_relays", base: "welcomelist_bounce_relays mx.our.example",
			with: "welcomelist_bounce_relays mx.bad.com",
			mail: bounce, gone: "hit BOUNCE_MESSAGE "},
		{option: "freemail_domains", with: "freemail_domains free.our.example", mail: free, came: "hit FREEMAIL_DIGITS "},
		{option: "freemail_welcomelist", base: "freemail_domains free.our.example",
			with: "freemail_welcomelist free.our.example", mail: free,
			gone: "hit FREEMAIL_DIGITS "},
		{option: "freemail_import_welcomelist_auth",
			base: "freemail_domains free.our.example\nwelcomelist_auth *@free.our.example",
			with: "freemail_import_welcomelist_auth 1", mail: free, gone: "hit FREEMAIL_DIGITS "},
		{option: "freemail_import_def_welcomelist_auth",
			base: "freemail_domains free.our.example\ndef_welcomelist_auth *@free.our.example",
			with: "freemail_import_def_welcomelist_auth 1", mail: free, gone: "hit FREEMAIL_DIGITS "},
		{option: "known_brand", with: "known_brand our_bank_of_trust our-bank.example", mail: brand, came: "hit BRAND_"},
		{option: "url_shortener", with: "url_shortener sho.rt.example.com", mail: short, came: "hit URI_SHORTENER "},
	}
	return all
}
