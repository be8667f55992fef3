package dnsbl_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"asterism/dnsbl"
	"asterism/dnsbl/dnstest"
)

// TestRefusals: an operator's "no" is not a listing. It is logged once, with what to do, and the list left alone.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		zone, answer string
		remedy       string // empty: a listing
	}{
		{"zen.spamhaus.org", "127.0.0.2", ""},
		{"zen.spamhaus.org", "127.255.255.252", "wrong"},
		{"zen.spamhaus.org", "127.255.255.254", "dns_server"},
		{"zen.spamhaus.org", "127.255.255.255", "subscribe"},
		{"abc.zen.dq.spamhaus.net", "127.255.255.255", "subscribe"},
		{"multi.uribl.com", "127.0.0.1", "dns_server"},
		{"multi.uribl.com", "127.0.0.2", ""},
		{"multi.surbl.org", "127.0.0.1", "dns_server"},
		{"other.example", "127.0.0.1", ""},
		{"dbl.spamhaus.org", "127.0.1.255", "wrong"},
		{"other.example", "127.0.1.255", ""},
		{"list.dnswl.org", "127.0.0.255", "dns_server"},
		{"list.dnswl.org", "127.0.10.255", "dns_server"},
		{"list.dnswl.org", "127.0.10.2", ""},
		{"parked.example", "8.8.8.8", "dead"},
	} {
		srv := dnstest.Start(t, fmt.Sprintf("2.2.0.8.%s. A %s\nbad.com.%[1]s. A %[2]s\n", tc.zone, tc.answer))
		var log bytes.Buffer
		c := newChecks(t, srv, dnsbl.Options{Log: slog.New(slog.NewTextHandler(&log, nil))},
			eval("ADDR", "check_rbl", "s", tc.zone),
			eval("EXACT", "check_rbl_sub", "s", tc.answer),
			directive("urirhsbl", "NAME", tc.zone, "A"), eval("NAME", "check_uridnsbl", "NAME"))
		want := "ADDR EXACT NAME"
		if tc.remedy != "" {
			want = ""
		}
		q := &dnsbl.Query{Untrusted: ips("8.0.2.2"), URIs: []dnsbl.URI{host("bad.com", "bad.com")}}
		if got := hits(c.Start(t.Context(), q).Wait()); got != want {
			t.Errorf("%s %s: %q, want %q", tc.zone, tc.answer, got, want)
		}
		if tc.remedy == "" {
			if log.Len() > 0 {
				t.Errorf("%s %s: logged %s", tc.zone, tc.answer, &log)
			}
			continue
		}
		srv.Asked()
		res := c.Start(t.Context(), &dnsbl.Query{Untrusted: ips("8.0.2.3")}).Wait()
		if asked := srv.Asked(); len(asked) != 0 || len(res.Notes) != 1 || res.Notes[0].Err != dnsbl.ErrRefused {
			t.Errorf("%s %s: asked again: %q, notes %v", tc.zone, tc.answer, asked, res.Notes)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), tc.remedy) {
			t.Errorf("%s %s: logged %d warnings, want one with %q:\n%s", tc.zone, tc.answer, n, tc.remedy, &log)
		}
	}
}

func TestHealth(t *testing.T) {
	srv := dnstest.Start(t, `
2.0.0.127.good.example.  A 127.0.0.2
2.0.0.127.world.example. A 127.0.0.2
1.0.0.127.world.example. A 127.0.0.2
2.2.0.8.good.example.    A 127.0.0.2
2.2.0.8.world.example.   A 127.0.0.2
2.2.0.8.nothing.example. A 127.0.0.2
2.2.0.8.parked.example.  A 8.8.8.8
1.0.0.127.parked.example. A 8.8.8.8
test.multi.surbl.org.multi.surbl.org. A 127.0.0.64
invalid.rhsworld.example. A 127.0.0.2
test.multi.uribl.com.    A 127.0.0.2
`)
	var rules []dnsbl.Rule
	for _, zone := range []string{"good", "world", "nothing", "parked"} {
		rules = append(rules, eval(strings.ToUpper(zone), "check_rbl", zone, zone+".example"))
	}
	for name, zone := range map[string]string{"RHSWORLD": "rhsworld.example", "RHSPLAIN": "rhsplain.example",
		"SURBL": "multi.surbl.org"} {
		t.Run(name, func(t *testing.T) {
			rules = append(rules, uriRule("urirhsbl", name, []string{zone, "A"})...)
		})
	}
	var log bytes.Buffer
	c := newChecks(t, srv, dnsbl.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, rules...)
	c.Examine(t.Context())
	off := func() string {
		var zones []string
		for _, l := range c.Lists() {
			if l.Off != "" {
				zones = append(zones, l.Zone)
			}
		}
		return strings.Join(zones, " ")
	}
	if got, want := off(), "multi.surbl.org nothing.example parked.example rhsworld.example world.example"; got != want {
		t.Errorf("switched off %q, want %q", got, want)
	}
	q := &dnsbl.Query{Untrusted: ips("8.0.2.2")}
	if got := hits(c.Start(t.Context(), q).Wait()); got != "GOOD" {
		t.Errorf("hits %q with lists switched off", got)
	}
	if n := strings.Count(log.String(), "switched off"); n != 5 {
		t.Errorf("%d lists said to be switched off:\n%s", n, &log)
	}
}

// TestHealthReturns: a list that was broken is used again once it is sound, and one whose server is dead is not judged.
func TestHealthReturns(t *testing.T) {
	srv := dnstest.Start(t,
		"2.0.0.127.l.example. 0 A 127.0.0.2\n1.0.0.127.l.example. 0 A 127.0.0.2\n2.2.0.8.l.example. A 127.0.0.2\n")
	c := newChecks(t, srv, dnsbl.Options{}, eval("L", "check_rbl", "l", "l.example"))
	q := &dnsbl.Query{Untrusted: ips("8.0.2.2")}
	c.Examine(t.Context())
	if got := hits(c.Start(t.Context(), q).Wait()); got != "" {
		t.Errorf("hits %q of a list of the world", got)
	}
	srv.Remove("1.0.0.127.l.example")
	c.Examine(t.Context())
	if got := hits(c.Start(t.Context(), q).Wait()); got != "L" {
		t.Errorf("hits %q of a list that is sound again", got)
	}
	srv.Silence(true)
	c.Examine(t.Context())
	if l := c.Lists(); l[0].Off != "" {
		t.Errorf("a silent list was judged: %s", l[0].Off)
	}
}

// TestNoTestEntry: a list that the administrator vouches for needs no test entry, but may still not list the world.
func TestNoTestEntry(t *testing.T) {
	srv := dnstest.Start(t, "1.0.0.127.world.example. A 127.0.0.2\n")
	c := newChecks(t, srv, dnsbl.Options{NoTestEntry: []string{"Own.example.", "world.example"}},
		eval("OWN", "check_rbl", "own", "own.example"), eval("WORLD", "check_rbl", "world", "world.example"),
		eval("OTHER", "check_rbl", "other", "other.example"))
	c.Examine(t.Context())
	for _, l := range c.Lists() {
		if off := l.Off != ""; off != (l.Zone != "own.example") {
			t.Errorf("%s: %q", l.Zone, l.Off)
		}
	}
}

func TestHashIgnore(t *testing.T) {
	srv := dnstest.Start(t, "")
	c := newChecks(t, srv, dnsbl.Options{HashIgnore: []string{"Friend@bad.com", dnsblHash(t, "sha1", "boss@bad.com")}},
		eval("EBL", "check_hashbl_emails", "ebl.example"))
	c.Start(t.Context(), &dnsbl.Query{From: []string{"friend@bad.com", "boss@bad.com"}}).Wait()
	if asked := srv.Asked(); len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
}
