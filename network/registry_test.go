package network_test

import (
	"cmp"
	"crypto/md5"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"asterism/classifier"
	"asterism/config"
	"asterism/dnsbl/dnstest"
	"asterism/network"
	"asterism/rules"
)

// question is what makes a function answer yes.
type question struct {
	kind    string // of the rule; full if empty
	args    string // of the function
	options string
	zone    string
	mail    string // the letter, signed, if empty
	sender  string // of the envelope; "<>" is none
	broken  string // domain whose answers fail
	testing bool   // the key of the signature is for tests
}

func md5Of(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// spfZone publishes a record for the sender's domain, spfHelo one for the client's.
func spfZone(record string) question {
	return question{zone: `bad.com. TXT "` + record + `"`, mail: letter}
}
func spfHelo(record string) question {
	return question{zone: `mail.bad.com. TXT "` + record + `"`, mail: letter}
}

// dmarcZone publishes a policy that unsigned mail fails.
func dmarcZone(policy string) question {
	return question{zone: `bad.com. TXT "v=spf1 -all"` + "\n" + `_dmarc.bad.com. TXT "v=DMARC1; p=` + policy + `"`,
		mail: letter}
}

// questions has one for each function that others answer.
func questions(t *testing.T) map[string]question {
	const (
		pass    = "v=spf1 ip4:8.2.3.4 -all"
		program = "cat >/dev/null; "
	)
	chain, record := sealed(t)
	all := map[string]question{
		"check_rbl":     {args: "'s', 'l.example.'", zone: "4.3.2.8.l.example. A 127.0.0.2"},
		"check_rbl_sub": {args: "'zen', '127.0.0.2'"},
		"check_rbl_txt": {args: "'s', 'l.example.'", zone: "4.3.2.8.l.example. A 127.0.0.2\n" +
			`4.3.2.8.l.example. TXT "listed"`},
		"check_rbl_envfrom":     {args: "'s', 'l.example.'", zone: "bad.com.l.example. A 127.0.0.2"},
		"check_rbl_from_domain": {args: "'s', 'l.example.'", zone: "bad.com.l.example. A 127.0.0.2"},
		"check_rbl_from_host":   {args: "'s', 'l.example.'", zone: "bad.com.l.example. A 127.0.0.2"},
		"check_rbl_headers":     {args: "'s', 'l.example.'", zone: "bad.com.l.example. A 127.0.0.2"},
		"check_rbl_ns_from": {args: "'s', 'l.example.'",
			zone: "bad.com. NS ns.evil.com.\nns.evil.com.l.example. A 127.0.0.2"},
		"check_rbl_rcvd":   {args: "'s', 'l.example.'", zone: "4.3.2.8.l.example. A 127.0.0.2"},
		"check_dns_sender": {sender: "joe@nowhere-at-all.com"},
		"check_uridnsbl": {args: "'ASKED'", options: "urirhsbl ASKED l.example. A",
			zone: "crook.com.l.example. A 127.0.0.2"},
		"check_hashbl_emails": {args: "'l.example', 'raw', 'From'", zone: "joe\\@bad.com.l.example. A 127.0.0.2"},
		"check_hashbl_uris": {args: "'l.example', 'md5'",
			zone: "d3688e517ff8ae1058dd4d46a3ec4fa4.l.example. A 127.0.0.2"},
		"check_hashbl_tag": {args: "'l.example', 'raw', 'SENDERDOMAIN'", zone: "bad.com.l.example. A 127.0.0.2"},

		"check_asn": {args: "'/^AS4134/'", options: "asn_lookup asn.example",
			zone: `4.3.2.8.asn.example. TXT "4134" "8.2.0.0" "16"`},
		"check_uri_local_bl":  {kind: "body", options: "uri_block_cidr ASKED 8.8.8.0/24", zone: "www.crook.com. A 8.8.8.8"},
		"check_hashbl_bodyre": {kind: "body", args: "'l.example', 'raw', '(refuse)'", zone: "refuse.l.example. A 127.0.0.2"},
		"check_hashbl_attachments": {kind: "body", args: "'l.example', 'md5'", mail: letter + "x\r\n",
			zone: md5Of(letter[strings.Index(letter, "\r\n\r\n")+4:]+"x\r\n") + ".l.example. A 127.0.0.2"},

		"check_for_spf_pass":           spfZone(pass),
		"check_for_spf_neutral":        spfZone("v=spf1 ?all"),
		"check_for_spf_none":           {zone: `bad.com. TXT "x"`},
		"check_for_spf_fail":           spfZone("v=spf1 -all"),
		"check_for_spf_softfail":       spfZone("v=spf1 ~all"),
		"check_for_spf_permerror":      spfZone("v=spf1 nonsense:x -all"),
		"check_for_spf_temperror":      {broken: "bad.com."},
		"check_for_spf_helo_pass":      spfHelo(pass),
		"check_for_spf_helo_neutral":   spfHelo("v=spf1 ?all"),
		"check_for_spf_helo_none":      {zone: `mail.bad.com. TXT "x"`},
		"check_for_spf_helo_fail":      spfHelo("v=spf1 -all"),
		"check_for_spf_helo_softfail":  spfHelo("v=spf1 ~all"),
		"check_for_spf_helo_permerror": spfHelo("v=spf1 nonsense:x -all"),
		"check_for_spf_helo_temperror": {broken: "mail.bad.com."},
		"check_spf_skipped_noenvfrom":  {sender: "<>"},

		"check_dkim_signed":             {},
		"check_dkim_valid":              {},
		"check_dkim_verified":           {},
		"check_dkim_valid_author_sig":   {},
		"check_dkim_valid_envelopefrom": {},
		"check_dkim_dependable":         {},
		"check_dkim_adsp":               {args: "'1'", options: "adsp_override bad.com custom_low", mail: letter},

		"check_dkim_signall": {options: "adsp_override bad.com all", mail: letter},
		"check_dkim_testing": {testing: true},
		"check_arc_signed":   {mail: chain},
		"check_arc_valid":    {mail: chain, zone: record},

		"check_dmarc_pass":       {},
		"check_dmarc_reject":     dmarcZone("reject"),
		"check_dmarc_quarantine": dmarcZone("quarantine"),
		"check_dmarc_none":       dmarcZone("none"),
		"check_dmarc_missing":    {mail: strings.ReplaceAll(letter, "bad.com", "no-policy.com")},

		"check_pyzor": {options: "use_pyzor 1\npyzor_timeout 10\npyzor_path " +
			helper(t, "pyzor", program+`printf "public:24441\t(200, 'OK')\t7\t0\n"`)},
		"check_dcc": {options: "use_dcc 1\ndcc_timeout 10\ndcc_path " +
			helper(t, "dccproc", program+"echo 'X-DCC-x-Metrics: h 1; bulk'")},
		"check_dcc_reputation_range": {args: "'70', '100'", options: "use_dcc 1\ndcc_timeout 10\ndcc_path " +
			helper(t, "dccproc", program+"echo 'X-DCC-x-Metrics: h 1; rep=80%'")},
		"check_razor2": {options: "use_razor2 1\nrazor_timeout 10\nrazor_path " + helper(t, "razor-check", program)},
		"check_razor2_range": {args: "'', '51', '100'", options: "use_razor2 1\nrazor_timeout 10\nrazor_path " +
			helper(t, "razor-check", program+`echo "check[9]: [ 6] mail 1.0 e=8 sig=x: Is spam: cf 87 >= min_cf 12"`)},
		"check_clamav": {options: "clamd_socket " + virusScanner(t)},
	}
	for name, path := range map[string]string{"redir": "/a", "chained": "/chain", "maxchain": "/long", "loop": "/loop",
		"200": "/ok", "404": "/none",
		"code": "/none"} {
		q := question{kind: "body", options: shortOptions + "max_short_url_redirections 2\n", mail: letter + shortService(t) +
			path + "\r\n"}
		if name == "code" {
			q.args = "'404'"
		}
		all["short_url_"+name] = q
		if q.options = redirOptions + "max_redir_url_redirections 2\n"; name != "redir" && name != "200" {
			all["redir_url_"+name] = q
		}
	}
	for _, which := range []string{"", "def_"} {
		for _, name := range []string{"welcomelist", "whitelist"} {
			all["check_for_"+which+"spf_"+name+"_from"] = question{options: which + "welcomelist_from_spf *@bad.com"}
			all["check_for_"+which+"dkim_"+name+"_from"] = question{options: which + "welcomelist_from_dkim *@bad.com"}
		}
	}
	return all
}

// virusScanner is a clamd that finds something in everything.
func virusScanner(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 1<<16)
				for {
					n, err := c.Read(buf)
					if err != nil || n >= 4 && string(buf[n-4:n]) == "\x00\x00\x00\x00" {
						break
					}
				}
				fmt.Fprint(c, "stream: Eicar-Test FOUND\x00")
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "inet:" + port + "@127.0.0.1"
}

// TestRegistry: each function that is registered is answered, and what is registered is all that there is a question
// for.
func TestRegistry(t *testing.T) {
	records, signed := zone(t)
	all := questions(t)
	for name := range network.Functions() {
		if _, ok := all[name]; !ok {
			t.Errorf("%s is registered, and nothing here makes it hit", name)
		}
	}
	for name, q := range all {
		if !network.Functions()[name] {
			t.Errorf("%s is not registered", name)
			continue
		}
		published := without(records, q.zone) + q.zone + "\n"
		if q.testing {
			published = strings.Replace(published, "k=ed25519;", "k=ed25519; t=y;", 1)
		}
		server := dnstest.Start(t, published)
		if q.broken != "" {
			server.Special(func(w dns.ResponseWriter, m *dns.Msg) bool {
				if m.Question[0].Name != q.broken {
					return false
				}
				answer := new(dns.Msg)
				_ = w.WriteMsg(answer.SetRcode(m, dns.RcodeServerFailure))
				return true
			})
		}
		s := newSite(t, server, "dns_no_test_entry l.example\n"+q.options+"\n"+cmp.Or(q.kind,
			"full")+" ASKED eval:"+name+"("+q.args+")\nscore ASKED 1\n")
		mail := q.mail
		if mail == "" {
			mail = signed
		}
		in := input(mail)
		switch q.sender {
		case "":
		case "<>":
			in.Sender = ""
		default:
			in.Sender = q.sender
		}
		got, v := s.check(t, in)
		if !slices.Contains(strings.Fields(got), "ASKED") {
			t.Errorf("%s(%s) does not hit: %s, notes %q, asked %q", name, q.args, got, v.Notes, server.Asked())
		}
	}
}

// without returns the records less those of names that others have.
func without(records, others string) string {
	var kept strings.Builder
	for record := range strings.Lines(records) {
		owner, _, _ := strings.Cut(record, " ")
		if owner == "\n" || !strings.HasPrefix(others, owner+" ") && !strings.Contains(others, "\n"+owner+" ") {
			kept.WriteString(record)
		}
	}
	return kept.String()
}

// TestFeatures: can() says yes only where the function that it stands for is answered.
func TestFeatures(t *testing.T) {
	for feature, function := range config.Features {
		if function == "" {
			continue
		}
		cfg := config.New()
		cfg.Parse("t.cf", []byte("full T eval:"+function+"()\n"))
		set, _ := rules.Compile(cfg, network.Functions())
		if len(set.Inert()) != 0 {
			t.Errorf("can() says yes to %s, and nothing answers %s", feature, function)
		}
	}
}

// TestBlockRule: a list is left alone after the rule that dns_block_rule names has hit.
func TestBlockRule(t *testing.T) {
	records, signed := zone(t)
	s := newSite(t, dnstest.Start(t, records), "dns_block_rule SENDER zen.example\n")
	first, _ := s.check(t, input(signed))
	s.dns.Asked()
	second, _ := s.check(t, &classifier.Input{Raw: []byte(signed), Client: input("").Client.Next(), Sender: "joe@bad.com"})
	if asked := strings.Join(s.dns.Asked(), " "); strings.Contains(asked, "5.3.2.8.zen.example") ||
		!strings.Contains(first, "SENDER") {
		t.Errorf("%s, then %s: asked %s", first, second, asked)
	}
}
