package doctor_test

import (
	"strings"
	"testing"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
	"asterism/test/e2e"
)

// lists are rules that ask a list each way that a list can be.
const lists = `
header OK eval:check_rbl('ok', 'good.example')
header PUBLIC eval:check_rbl('public', 'zen.spamhaus.org')
header VOLUME eval:check_rbl('volume', 'busy.example')
header REGISTER eval:check_rbl('register', 'register.example')
header WORLD eval:check_rbl('world', 'world.example')
header EMPTY eval:check_rbl('empty', 'empty.example')
header SILENT eval:check_rbl('silent', 'silent.example')
rbl_timeout 1
use_bayes 0
`

// zone is what the lists answer.
const zone = `
2.0.0.127.good.example.      A 127.0.0.2
1.0.0.127.zen.spamhaus.org.  A 127.255.255.254
1.0.0.127.busy.example.      A 127.255.255.255
1.0.0.127.world.example.     A 127.0.0.2
2.0.0.127.world.example.     A 127.0.0.2
`

// TestDoctorAsksTheLists: lists that answer are counted; each that refuses, lists the world or nothing, or says nothing
// is named with what to do. Where nothing answers at all that is an error.
func TestDoctorAsksTheLists(t *testing.T) {
	srv := dnstest.Start(t, zone)
	srv.Special(func(w dns.ResponseWriter, q *dns.Msg) bool {
		name := q.Question[0].Name
		if strings.HasSuffix(name, ".register.example.") {
			m := new(dns.Msg)
			_ = w.WriteMsg(m.SetRcode(q, dns.RcodeRefused))
			return true
		}
		return strings.HasSuffix(name, ".silent.example.")
	})
	s := &e2e.Spamd{Config: e2e.Write(t, e2e.Dir(t), "local.cf", "dns_server "+srv.Addr+"\n", 0o644), Store: e2e.Dir(t) +
		"/bayes"}
	rules := e2e.Write(t, e2e.Dir(t), "lists.cf", lists, 0o644)
	out, _ := doctor(t, e2e.Binary(t, "spamd"), s, "/nonexistent", "-C", rules)
	for list, remedy := range map[string]string{
		"zen.spamhaus.org: it refuses to answer: asked through a public resolver " +
			"(127.255.255.254)": "ask through a resolver of your own: set dns_server to it",
		"busy.example: it refuses to answer: too many questions " +
			"(127.255.255.255)": "subscribe with the list's operator",
		"register.example: ": "register the resolver's address with the list's operator",
		"world.example: it lists the world: 1.0.0.127 is in it": "it is dead, or the resolver answers for names " +
			"that do not exist",
		"empty.example: it lists nothing: its test entry 2.0.0.127 is not": "name it in dns_no_test_entry",
		"1 of 7 do not answer: silent.example": "has a resolver that answers, or set " +
			"local_tests_only 1",
	} {
		_, rest, found := strings.Cut(out, "warning  DNS lists      "+list)
		rest, _, _ = strings.Cut(rest, "DNS lists")
		if !found || !strings.Contains(strings.Join(strings.Fields(rest), " "), remedy) {
			t.Errorf("lacks %q with %q:\n%s", list, remedy, out)
		}
	}
	if !strings.Contains(out, "ok       DNS lists      1 of 7 answer") {
		t.Errorf("one answers:\n%s", out)
	}
	srv.Silence(true)
	out, code := doctor(t, e2e.Binary(t, "spamd"), s, "/nonexistent", "-C", rules, "--quiet")
	if code != 1 || !strings.Contains(out, "error    DNS lists      7 of 7 do not answer: ") {
		t.Errorf("nobody answers: code %d\n%s", code, out)
	}
}
