package config

import (
	"math"
	"testing"
)

func TestScopes(t *testing.T) {
	c := New()
	problems := c.Parse("t.cf", []byte(`
for rcpt_domain Example.ORG example.net
  reject_score 8
  reject_reply "451 4.7.1 Not now"
end
reject_score 15
quarantine_score 10
for client 192.0.2.0/24 2001:db8::/32
  quarantine_score none
end
`))
	if len(problems) != 0 {
		t.Fatalf("problems: %v", problems)
	}
	if c.Policy.RejectScore != 15 || c.Policy.QuarantineScore != 10 || !math.IsInf(c.Policy.DiscardScore, 1) {
		t.Errorf("the site's policy: %+v", c.Policy)
	}
	p := c.Policy
	c.Scopes[0].Apply(&p)
	if p.RejectScore != 8 || p.RejectReply != "451 4.7.1 Not now" || p.QuarantineScore != 10 {
		t.Errorf("%v: %+v", c.Scopes[0].Patterns, p)
	}
	c.Scopes[1].Apply(&p)
	if !math.IsInf(p.QuarantineScore, 1) || p.RejectScore != 8 {
		t.Errorf("%v: %+v", c.Scopes[1].Patterns, p)
	}
}

func TestBadScopes(t *testing.T) {
	for cf, want := range map[string]string{
		"for rcpt a@b\nrequired_score 3\nend\n": "t.cf:2: error: required_score cannot stand between for and end",
		"for rcpt a@b\nbody X /x/\nend\n":       "t.cf:2: error: body cannot stand between for and end",
		"for rcpt a@b\nfor rcpt c@d\nend\n":     "t.cf:2: error: for cannot stand between for and end",
		"for rcpt a@b\nreject_score 3\n":        "t.cf:2: error: for without end",
		"end\n":                                 "t.cf:1: error: end: has no matching for",
		"for planet mars\nend\n": "t.cf:1: error: for: takes one of rcpt, rcpt_domain, sender, " +
			"sender_domain, client, auth_user, then patterns",
		"for client example.org\nend\n":          "t.cf:1: error: ",
		"for rcpt\nend\n":                        "t.cf:1: error: for: ",
		"for rcpt a@b\nreject_score lots\nend\n": "t.cf:2: error: reject_score: ",
		"quarantine_to jail\n":                   "t.cf:1: error: quarantine_to: ",
		"quarantine_submit sendmail\n":           "t.cf:1: error: quarantine_submit: ",
		"quarantine_submit smtp:nowhere\n":       "t.cf:1: error: quarantine_submit: ",
		"quarantine_submit smtp:127.0.0.1:25\n":  "t.cf:1: error: quarantine_submit: ",
		"quarantine_submit imap:inet:143@a.b\n":  "t.cf:1: error: quarantine_submit: ",
		"quarantine_submit lmtp:nowhere\n":       "t.cf:1: error: quarantine_submit: ",
		"clamd_socket nonsense\n":                "t.cf:1: error: clamd_socket: ",
		"admin_address a b\n":                    "t.cf:1: error: admin_address: ",
		"reject_reply 250 ok\n":                  "t.cf:1: error: reject_reply: ",
		"reject_reply 550 4.7.1 No\n": "t.cf:1: error: reject_reply: the code 550 and the enhanced code 4.7.1 " +
			"are of different classes",
		"reject_reply 451 5.7.1 No\n":              "t.cf:1: error: reject_reply: ",
		"bayes_path\n":                             "t.cf:1: error: bayes_path: needs a path",
		"bayes_path \"\"\n":                        "t.cf:1: error: bayes_path: needs a path",
		"quarantine_dir ''\n":                      "t.cf:1: error: quarantine_dir: needs a path",
		"reject_reply 550\n":                       "t.cf:1: error: reject_reply: ",
		"redirect_to a@example.org, b@example.org": "t.cf:1: error: redirect_to: ",
	} {
		problems := New().Parse("t.cf", []byte(cf))
		if len(problems) == 0 || len(problems[0].String()) < len(want) || problems[0].String()[:len(want)] != want {
			t.Errorf("%q: got %v, want %s", cf, problems, want)
		}
	}
}
