package network

import (
	"regexp"
	"strings"

	"asterism/config"
	"asterism/mailauth"
	"asterism/message"
	"asterism/rules"
)

// welcomeRule is a rule that hits for authentic mail of welcome-listed senders.
type welcomeRule struct {
	name     string
	envelope []*regexp.Regexp // addresses that SPF must vouch for
	authors  []welcomeAuthor  // addresses that DKIM must vouch for
}

// welcomeAuthor is an author's address pattern, and the domain that must have signed; empty is the author's own.
type welcomeAuthor struct {
	address *regexp.Regexp
	domain  string
}

// welcomeLists are the lists that the functions look at, by their names in config.Lists. Names with "whitelist" are
// from earlier versions of SpamAssassin.
var welcomeLists = map[string]func(*welcomeRule, *config.Lists){
	"check_for_spf_welcomelist_from":      spfLists("welcomelist_from_spf", "welcomelist_auth"),
	"check_for_spf_whitelist_from":        spfLists("welcomelist_from_spf", "welcomelist_auth"),
	"check_for_def_spf_welcomelist_from":  spfLists("def_welcomelist_from_spf", "def_welcomelist_auth"),
	"check_for_def_spf_whitelist_from":    spfLists("def_welcomelist_from_spf", "def_welcomelist_auth"),
	"check_for_dkim_welcomelist_from":     dkimLists("welcomelist_from_dkim", "welcomelist_auth"),
	"check_for_dkim_whitelist_from":       dkimLists("welcomelist_from_dkim", "welcomelist_auth"),
	"check_for_def_dkim_welcomelist_from": dkimLists("def_welcomelist_from_dkim", "def_welcomelist_auth"),
	"check_for_def_dkim_whitelist_from":   dkimLists("def_welcomelist_from_dkim", "def_welcomelist_auth"),
}

func spfLists(names ...string) func(*welcomeRule, *config.Lists) {
	return func(w *welcomeRule, lists *config.Lists) {
		for _, name := range names {
			for _, pattern := range lists.Addr[name] {
				w.envelope = append(w.envelope, glob(pattern))
			}
		}
	}
}

func dkimLists(signed, auth string) func(*welcomeRule, *config.Lists) {
	return func(w *welcomeRule, lists *config.Lists) {
		for _, entry := range lists.DKIM[signed] {
			w.authors = append(w.authors, welcomeAuthor{glob(entry.Addr), entry.Domain})
		}
		for _, pattern := range lists.Addr[auth] {
			w.authors = append(w.authors, welcomeAuthor{glob(pattern), ""})
		}
	}
}

func newWelcomeRule(cfg *config.Config, r rules.NetRule) welcomeRule {
	w := welcomeRule{name: r.Name}
	welcomeLists[r.Func](&w, &cfg.Lists)
	return w
}

// glob compiles a pattern in which "*" stands for any text and "?" for any character.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.ToLower(pattern))
	return regexp.MustCompile(`^(?s:` + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted) + `)$`)
}

// judge returns the address that hits, or an empty string.
func (w *welcomeRule) judge(auth *mailauth.Result) string {
	if auth.AuthenticSPF() {
		for _, sender := range message.AddressForms(auth.Sender()) {
			for _, pattern := range w.envelope {
				if pattern.MatchString(sender) {
					return sender
				}
			}
		}
	}
	for _, author := range auth.Authors() {
		for _, form := range message.AddressForms(author) {
			for _, entry := range w.authors {
				if entry.address.MatchString(form) && auth.AuthenticDKIM(author, entry.domain) {
					return form
				}
			}
		}
	}
	return ""
}
