package spamc

import (
	"slices"
	"strings"

	"asterism/tag"
)

// spamdHeaders are the default header fields of SpamAssassin's spamd, which Exim, spamass-milter and procmail recipes
// expect.
var spamdHeaders = []tag.Header{
	{When: "spam", Name: "Flag", Template: "_YESNOCAPS_"},
	{When: "all", Name: "Level", Template: "_STARS(*)_"},
	{When: "all", Name: "Status",
		Template: "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ autolearn=_AUTOLEARN_ version=_VERSION_"},
	{When: "spam", Name: "Report", Template: "_REPORT_"},
	{When: "all", Name: "Checker-Version", Template: "Asterism _VERSION_ on _HOSTNAME_"},
}

// withSpamdHeaders returns the headers of a configuration, and the missing ones of spamdHeaders.
func withSpamdHeaders(headers []tag.Header) []tag.Header {
	all := slices.Clone(headers)
	for _, h := range spamdHeaders {
		if !slices.ContainsFunc(headers, func(own tag.Header) bool { return strings.EqualFold(own.Name, h.Name) }) {
			all = append(all, h)
		}
	}
	return all
}
