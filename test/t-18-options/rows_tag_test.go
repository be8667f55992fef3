package options_test

import "strings"

// tagRows are what is written into mails.
func tagRows() []row {
	long := "add_header all Long " + strings.Repeat("word ", 40)
	safe := spammy + "report_safe 1"
	html := strings.Replace(letter, "Message-ID:",
		"MIME-Version: 1.0\r\nContent-Type: text/html\r\nX-Extra: kept\r\nMessage-ID:", 1)
	return []row{
		{option: "add_header", with: "add_header all Level _STARS(*)_", came: "\nX-Spam-Level:"},
		{option: "add_header", base: "header OWN_LIST eval:check_rbl('own', 'l.example.')",
			with: "add_header all Lists _RBL_",
			zone: "4.3.2.8.l.example. A 127.0.0.2", came: "\nX-Spam-Lists: <dns:4.3.2.8.l.example> [127.0.0.2]"},
		{option: "add_header", with: "add_header all Timing _TIMING_", came: "\nX-Spam-Timing: total "},
		{option: "remove_header", base: "add_header all Level x", with: "remove_header all Level", gone: "\nX-Spam-Level:"},
		{option: "clear_headers", base: "add_header all Level x", with: "clear_headers", gone: "\nX-Spam-Level:"},
		{option: "rewrite_header", base: spammy, with: "rewrite_header Subject [SPAM]", came: "\nSubject: [SPAM] hello"},
		{option: "report_part", test: "test/t-10-policy TestReportPart"},
		{option: "report_safe", base: spammy, with: "report_safe 1",
			came: "\nContent-Type: message/rfc822; x-spam-type=original"},
		{option: "report_safe_copy_headers", base: safe, mail: html, with: "report_safe_copy_headers X-Extra",
			came: "X-Extra: kept\nMessage-ID: <1@bad.com>\nMIME-Version: 1.0\nContent-Type: multipart/mixed"},
		{option: "unsafe_report", base: safe, mail: html, with: "unsafe_report Better look at it with an editor.",
			came: "Better look at it with an editor."},
		{option: "clear_unsafe_report_template", base: safe + "\nunsafe_report Better look.", mail: html,
			with: "clear_unsafe_report_template", gone: "Better look."},
		{option: "report_wrap_width", base: spammy + "describe OFFER An offer that nobody refuses",
			with: "report_wrap_width 40",
			gone: "An offer that nobody refuses"},
		{option: "report", with: "report A report on _HOSTNAME_", came: "A report on "},
		{option: "clear_report_template", base: "report A report", with: "clear_report_template", gone: "A report"},
		{option: "report_contact", base: "report Ask _CONTACTADDRESS_", with: "report_contact postmaster@our.example",
			came: "Ask postmaster@our.example", gone: "Ask the administrator of that system"},
		{option: "fold_headers", base: long, with: "fold_headers 0", gone: "word\n\tword"},
		{option: "report_hostname", base: "report By _HOSTNAME_", with: "report_hostname filter.our.example",
			came: "By filter.our.example"},
	}
}
