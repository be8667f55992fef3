package config

import (
	"slices"
	"strings"
	"testing"
)

// TestPersonalAndScoped: users set no more than this in their preferences, and policies no more than that.
func TestPersonalAndScoped(t *testing.T) {
	var personal, scoped []string
	for name, o := range registry() {
		if o.personal {
			personal = append(personal, name)
		}
		if o.scoped {
			scoped = append(scoped, name)
		}
	}
	for _, c := range []struct {
		name string
		got  []string
		want string
	}{
		{"personal", personal, `all_spam_to blacklist_from blacklist_subject blacklist_to blocklist_from blocklist_subject blocklist_to
			more_spam_to required_hits required_score unblacklist_from unblacklist_to unblocklist_from unblocklist_to
			unwelcomelist_from unwelcomelist_from_rcvd unwelcomelist_to unwhitelist_from unwhitelist_from_rcvd unwhitelist_to
			welcomelist_from welcomelist_from_rcvd welcomelist_subject welcomelist_to
			whitelist_from whitelist_from_rcvd whitelist_subject whitelist_to`},
		{"scoped", scoped, `add_recipient_score add_recipient_to attachment_action attachment_reject_reply discard_score end quarantine_score quarantine_to
			redirect_score redirect_to reject_reply reject_score`},
	} {
		t.Run(c.name, func(t *testing.T) {
			slices.Sort(c.got)
			if want := strings.Fields(c.want); !slices.Equal(c.got, want) {
				t.Errorf("%q\nwant %q", c.got, want)
			}
		})
	}
	if !isPersonal("score") || isPersonal("body") || isScoped("score") {
		t.Error("of the rule language, users write scores only")
	}
}
