package options_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"asterism/dnsbl/dnstest"
)

// listsZone lists the letter's client and link, and has the test entries by which lists are found sound (RFC 5782,
// section 5).
const listsZone = `
4.3.2.8.zen.spamhaus.org.         A 127.0.0.2
2.0.0.127.zen.spamhaus.org.       A 127.0.0.2
crook.com.multi.uribl.com.        A 127.0.0.2
www.crook.com.multi.uribl.com.    A 127.0.0.2
test.uribl.com.multi.uribl.com.   A 127.0.0.14
google.com.multi.uribl.com.       A 127.0.0.2
joe\@bad.com.hashes.example.      A 127.0.0.2
`

// dnsRows are how the DNS is asked.
func dnsRows() []row {
	const client, link = "hit RCVD_IN_SBL ", "hit URIBL_BLACK "
	const nowhere = "127.0.0.1:9" // where nobody answers
	other := strings.ReplaceAll(letter, "www.crook.com", "maps.google.com")
	written := strings.Replace(letter, "http://www.crook.com/page", "sue@crook.com", 1)
	below := strings.ReplaceAll(letter, "www.crook.com", "a.shops.crook.com")
	var many strings.Builder
	for i := range 8 {
		fmt.Fprintf(&many, "http://www.crook%d.com/\r\n", i)
	}
	slow := func(s *dnstest.Server) { s.Delay(1500 * time.Millisecond) }
	hash := "full HASHED eval:check_hashbl_emails('hashes.example', 'raw', 'From')"
	limited := "full HASHED eval:check_hashbl_emails('hashes.example', 'raw', 'From', '', 'name')\n" +
		"hashbl_acl_name other.com\n"
	inText := "full HASHED eval:check_hashbl_emails('hashes.example', 'raw', 'ALL')"
	all := []row{
		{option: "local_tests_only", with: "local_tests_only 1", gone: client},
		{option: "dns_available", with: "dns_available no", gone: client},
		{option: "dns_server", base: "dns_server " + nowhere, with: "clear_dns_servers\ndns_server SERVER", came: client},
		{option: "clear_dns_servers", base: "dns_server SERVER", with: "clear_dns_servers\ndns_server " + nowhere,
			gone: client},
		{option: "dns_over_tls", with: "dns_over_tls 1", gone: client}, // the test's server speaks no TLS
		{option: "dns_max_concurrency", with: "dns_max_concurrency 1", answer: concurrency, came: "one question at a time"},
		{option: "rbl_timeout", base: "rbl_timeout 20", with: "rbl_timeout 0.3", dns: slow, gone: client},
		{option: "dns_options", with: "dns_options edns=600", answer: bufferSize, came: "size 600\n"},
		{option: "dns_options", with: "dns_options noedns", answer: bufferSize, came: "size none\n"},
		{option: "dns_query_restriction", with: "dns_query_restriction deny spamhaus.org", gone: client},
		{option: "clear_dns_query_restriction", base: "dns_query_restriction deny spamhaus.org",
			with: "clear_dns_query_restriction", came: client},
		{option: "dns_block_time", with: "dns_block_time 0.001", answer: afterRefusal, came: "asked again"},
		{option: "dns_no_test_entry", with: "dns_no_test_entry bl.spamcop.net", answer: unsound, gone: "off bl.spamcop.net"},
		{option: "skip_rbl_checks", with: "skip_rbl_checks 1", gone: client},
		{option: "skip_uribl_checks", with: "skip_uribl_checks 1", gone: link},
		{option: "uridnsbl_max_domains", with: "uridnsbl_max_domains 3", mail: letter + many.String(), answer: domains,
			came: "3 domains"},
		{option: "uridnsbl_skip_domain", with: "uridnsbl_skip_domain crook.com", gone: link},
		{option: "clear_uridnsbl_skip_domain", with: "clear_uridnsbl_skip_domain google.com", mail: other, came: link},
		{option: "uridnsbl_skip_mailto", with: "uridnsbl_skip_mailto 0", mail: written, came: link},
		{option: "hashbl_ignore", base: hash, with: "hashbl_ignore joe@bad.com", gone: "hit HASHED "},
		{option: "hashbl_acl_NAME", base: limited, with: "hashbl_acl_NAME bad.com", came: "hit HASHED "},
		{option: "hashbl_email_domain_alias", base: hash, with: "hashbl_email_domain_alias good.com bad.com",
			gone: "hit HASHED "},
		{option: "hashbl_email_regex", base: inText, with: `hashbl_email_regex (\S+@our\.example)`, gone: "hit HASHED "},
		{option: "hashbl_email_welcomelist", base: hash, with: "hashbl_email_welcomelist ^joe@", gone: "hit HASHED "},
		{option: "util_rb_2tld", with: "util_rb_2tld crook.com", mail: below, came: "asked shops.crook.com.multi.uribl.com"},
		{option: "util_rb_3tld", with: "util_rb_3tld shops.crook.com", mail: below,
			came: "asked a.shops.crook.com.multi.uribl.com"},
		{option: "clear_util_rb", base: "util_rb_2tld crook.com", with: "clear_util_rb", mail: below,
			gone: "asked shops.crook.com.multi.uribl.com"},
	}
	for i := range all {
		if all[i].zone == "" {
			all[i].zone = listsZone
		}
	}
	return all
}

// concurrency reports whether the server has ever had two questions at once.
func concurrency(t *testing.T, r *row, text string) string {
	var mu sync.Mutex
	now, most := 0, 0
	r2 := *r
	r2.dns = func(s *dnstest.Server) {
		s.Special(func(dns.ResponseWriter, *dns.Msg) bool {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(50 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return false
		})
	}
	verdict(t, &r2, text)
	mu.Lock()
	defer mu.Unlock()
	if most == 1 {
		return "one question at a time"
	}
	return fmt.Sprint(most, " at once")
}

// bufferSize tells what size of answers questions allow.
func bufferSize(t *testing.T, r *row, text string) string {
	var mu sync.Mutex
	sizes := map[string]bool{}
	r2 := *r
	r2.dns = func(s *dnstest.Server) {
		s.Special(func(_ dns.ResponseWriter, q *dns.Msg) bool {
			size := "none"
			if opt := q.IsEdns0(); opt != nil {
				size = fmt.Sprint(opt.UDPSize())
			}
			mu.Lock()
			sizes[size] = true
			mu.Unlock()
			return false
		})
	}
	verdict(t, &r2, text)
	mu.Lock()
	defer mu.Unlock()
	var out strings.Builder
	for size := range sizes {
		fmt.Fprintf(&out, "size %s\n", size)
	}
	return out.String()
}

// afterRefusal reports whether a list that has refused to answer is asked about the next mail.
func afterRefusal(t *testing.T, r *row, text string) string {
	r2 := *r
	r2.zone = strings.Replace(listsZone, "4.3.2.8.zen.spamhaus.org.         A 127.0.0.2",
		"4.3.2.8.zen.spamhaus.org. A 127.255.255.254", 1)
	s := r2.open(t, text)
	describe(t, &r2, s)
	time.Sleep(5 * time.Millisecond) // the time that the row sets
	r2.mail = strings.ReplaceAll(letter, "8.2.3.4", "8.2.3.5")
	if strings.Contains(describe(t, &r2, s), "5.3.2.8.zen.spamhaus.org") {
		return "asked again"
	}
	return "left alone"
}

// unsound tells which lists are switched off for want of a test entry, once one is that has no exception.
func unsound(t *testing.T, r *row, text string) string {
	s := r.open(t, text)
	describe(t, r, s)
	off := func() (names []string) {
		services := s.Stats().Services
		for _, service := range services {
			if service.Alone {
				names = append(names, service.Name)
			}
		}
		return names
	}
	for range 200 {
		if slices.Contains(off(), "psbl.surriel.com") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second) // for the others, which are examined at the same time
	return "off " + strings.Join(off(), "\noff ") + "\n"
}

// domains counts the domains that a list of domains is asked about.
func domains(t *testing.T, r *row, text string) string {
	n := 0
	for line := range strings.Lines(verdict(t, r, text)) {
		if strings.HasPrefix(line, "asked crook") && strings.Contains(line, ".multi.uribl.com") {
			n++
		}
	}
	return fmt.Sprint(n, " domains")
}
