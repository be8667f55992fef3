package rules

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"asterism/config"
	"asterism/message"
)

// TestAuthres: check_authres_result reads the fields of those who are believed, without any network.
func TestAuthres(t *testing.T) {
	const field = "Authentication-Results: mx.site.example; spf=%; iprev=fail policy.iprev=8.1.1.1; x-filter=spam\n"
	pass, fail := strings.Replace(field, "%", "pass", 1), strings.Replace(field, "%", "hardfail", 1)
	other := strings.Replace(pass, "mx.site", "mx.other", 1)
	hop := func(ip string) string {
		return "Received: from a.example (a.example [" + ip + "]) by b.example with ESMTP id 1; Fri, 20 Nov 2026 21:00:37 " +
			"-0700\n"
	}
	const internal, trusted = "10.1.1.1", "192.0.2.9"
	outer := hop("8.9.9.9")
	const names = "authres_trusted_authserv MX.site.example\n"
	for _, tc := range []struct{ name, options, head, want string }{
		{"added inside", "", pass + outer, "IPREV PASS X"},
		{"the sender's", "", outer + pass, "MISSING"},
		{"behind an internal relay", "", hop(internal) + pass + outer, "IPREV PASS X"},
		{"behind a trusted relay", "", hop(trusted) + pass + outer, "MISSING"},
		{"behind a trusted relay, trusted", "authres_networks trusted\n", hop(trusted) + pass + outer, "IPREV PASS X"},
		{"behind all, trusted", "authres_networks trusted\n", hop(trusted) + outer + pass, "MISSING"},
		{"all", "authres_networks all\n", outer + pass, "IPREV PASS X"},
		{"named", names, pass + outer, "IPREV PASS X"},
		{"another's", names, other + outer, "MISSING"},
		{"ignored", "authres_ignored_authserv mx.site.example\n", pass + outer, "MISSING"},
		{"pass wins", "", fail + pass + outer, "IPREV PASS X"},
		{"no pass", "", fail + outer, "FAIL IPREV X"},
		{"by SMTP, where the sender may have written it", "", "SMTP" + pass, "MISSING"},
		{"by SMTP, named", names, "SMTP" + pass, "IPREV PASS X"},
	} {
		cfg := config.New()
		rule := ""
		for name, args := range map[string]string{"PASS": "'SPF', 'Pass'", "FAIL": "'spf', 'hardfail'",
			"IPREV": "'iprev', 'fail'",
			"X":     "'x-filter', 'spam'", "MISSING": "'spf', 'missing'", "SHORT": "'spf'"} {
			rule += "header " + name + " eval:check_authres_result(" + args + ")\n"
		}
		for _, p := range cfg.Parse("t.cf",
			[]byte(rule+tc.options+"internal_networks 10/8\ntrusted_networks 192.0.2/24 10/8\n")) {
			t.Error(p)
		}
		set, problems := Compile(cfg, nil)
		for _, p := range problems {
			t.Error(p)
		}
		env := &Envelope{}
		head, bySMTP := strings.CutPrefix(tc.head, "SMTP")
		m := message.Parse([]byte(head + "From: a@b.example\n\nx\n"))
		if bySMTP {
			env.Client = netip.MustParseAddr("8.9.9.9")
			m = message.ParseHandedOver([]byte(outer+head+"From: a@b.example\n\nx\n"), 0, message.Received{IP: env.Client})
		}
		sc := set.Begin(m, env)
		sc.RunLocal()
		var got []string
		for _, h := range sc.Finish() {
			got = append(got, h.Name)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
