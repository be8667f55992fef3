package rules

// pluginEvals are the functions of SpamAssassin's plug-ins that say nothing of a message: one for a first try, and one
// whose place others have taken. uriDetailFunction is compiled with its rule, see detailEval.
func pluginEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_test_plugin": func(*Scan, []string) int { return 1 },
		legacyShort:         func(*Scan, []string) int { return 0 },
	}
}

const (
	uriDetailFunction = "check_uri_detail"
	legacyShort       = "short_url_tests"
)

// detailEval returns the function of a rule that matches the conditions of uri_detail lines: without any, it hits every
// message with a URI.
func detailEval(r *Rule) evalFunc {
	return func(sc *Scan, _ []string) int { return truth(sc.matchURIDetail(r)) }
}

// substitutes are replacements of functions that are missing here, or that never hit.
var substitutes = map[string]string{
	"check_access_database": "name the senders and hosts of the access map by blocklist_from, blocklist_uri_host or " +
		"header rules; the MTA itself refuses those with REJECT",
	legacyShort: "use short_url(), short_url_redir() and the other functions of DecodeShortURLs",
}
