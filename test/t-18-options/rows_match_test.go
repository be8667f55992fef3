package options_test

import "strings"

// matchRows are how rules see a message.
func matchRows() []row {
	const english = "The children went to the river yesterday, and nobody has seen the dog since then. Please tell your " +
		"sister about it.\r\n"
	const rule = "body FOREIGN eval:check_language()\nok_languages de\n"
	text := letter + english
	long := letter + strings.Repeat("a line of text that says nothing\r\n", 300) + "the end of it\r\n"
	signed := "DKIM-Signature: v=1; a=rsa-sha256; d=signer.example; s=s; h=from; bh=x; b=x\r\n" + letter
	russian := strings.Replace(letter, "Message-ID:",
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=koi8-r\r\nMessage-ID:", 1) +
		strings.Repeat("\xf0\xd2\xc9\xd7\xc5\xd4 ", 20) + "\r\n"
	return []row{
		{option: "body_part_scan_size", base: "body THE_END /the end of it/", mail: long, with: "body_part_scan_size 1000",
			gone: "hit THE_END"},
		{option: "rawbody_part_scan_size", base: "rawbody THE_END /the end of it/", mail: long,
			with: "rawbody_part_scan_size 1000", gone: "hit THE_END"},
		{option: "time_limit", test: "rules TestTimeLimit"},
		{option: "parse_dkim_uris", base: "blocklist_uri_host signer.example", mail: signed, with: "parse_dkim_uris 0",
			gone: "hit URI_HOST_IN_BLOCKLIST"},
		{option: "ok_languages", base: rule, mail: text, with: "ok_languages en fr", gone: "hit FOREIGN "},
		{option: "inactive_languages", base: rule + "add_header all Lang _LANGUAGES_", mail: text,
			with: "inactive_languages en", gone: "X-Spam-Lang: en\n"},
		{option: "textcat_max_languages", base: rule + "ok_languages zh\ntextcat_acceptable_score 9", mail: text,
			with: "textcat_max_languages 99", came: "hit FOREIGN "},
		{option: "textcat_acceptable_score", base: rule, mail: text,
			with: "textcat_max_languages 99\ntextcat_acceptable_score 9", gone: "hit FOREIGN "},
		{option: "ok_locales", mail: russian, with: "ok_locales en", came: "hit CHARSET_FARAWAY "},
	}
}
