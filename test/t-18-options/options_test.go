// Package options_test shows that each option of asterism.cf(5) has an effect with the rules as shipped: a verdict, a
// header, a delivered mail or an answer differs with it from the one without it.
package options_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/dnsbl/dnstest"
	"asterism/engine"
)

// row is an option with an effect of it. Its configuration is base, and base and with; DIR in them is a directory of
// each.
type row struct {
	option     string
	base, with string
	mail       string                                // letter, if empty
	in         func(*classifier.Input)               // changes what the MTA tells
	zone       string                                // records of the DNS; without any, nobody is asked
	dns        func(*dnstest.Server)                 // makes the server behave otherwise
	came, gone string                                // what the answer has with the option only, and without it only
	answer     func(*testing.T, *row, string) string // by a configuration; verdict if nil
	test       string                                // of another package, that shows the effect: "folder TestName"
}

// letter is a mail of no importance from a client outside.
const letter = "Return-Path: <joe@bad.com>\r\n" +
	"Received: from mail.bad.com (mail.bad.com [8.2.3.4])\r\n\tby mx.our.example (8.18.1/8.18.1) with ESMTP id 1;\r\n" +
	"\tFri, 20 Nov 2026 21:00:38 -0700\r\n" +
	"From: Joe <joe@bad.com>\r\nTo: <sue@our.example>\r\nSubject: hello\r\nDate: Fri, 20 Nov 2026 21:00:37 -0700\r\n" +
	"Message-ID: <1@bad.com>\r\n\r\nPlease look at http://www.crook.com/page for this\r\n" +
	"that nobody can refuse, says Joe.\r\n"

// rows returns all rows.
func rows(t *testing.T) []row {
	return slices.Concat(policyRows(), tagRows(), bayesRows(), relayRows(), dnsRows(), serviceRows(t), authRows(t),
		listRows(), matchRows(), placeRows(t),
		historyRows(), senderRows(t), attachmentRows(t))
}

// TestOptions: each option of the manual has a row, and each row's effect is seen.
func TestOptions(t *testing.T) {
	all := rows(t)
	documented := manual(t)
	have := map[string]bool{}
	for i := range all {
		r := &all[i]
		have[r.option] = true
		if !slices.Contains(documented, r.option) {
			t.Errorf("%s has a row, and the manual does not have it", r.option)
		}
		t.Run(r.option, func(t *testing.T) {
			t.Parallel()
			r.check(t)
		})
	}
	for _, option := range documented {
		if !have[option] {
			t.Errorf("%s is in the manual, and no row shows its effect", option)
		}
	}
	t.Logf("%d options, %d rows", len(documented), len(all))
}

// manual returns the options of the manual.
func manual(t *testing.T) (names []string) {
	page, err := os.ReadFile("../../docs/asterism.cf.5")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if entry, ok := strings.CutPrefix(line, ".It Ic "); ok {
			names = append(names, strings.Fields(entry)[0])
		}
	}
	return names
}

func (r *row) check(t *testing.T) {
	if r.test != "" {
		exercises(t, r.test, r.option)
		return
	}
	if !slices.ContainsFunc(strings.Split(r.with, "\n"), func(line string) bool {
		return strings.HasPrefix(line,
			r.option)
	}) {
		t.Fatalf("the row does not set %s", r.option)
	}
	answer := r.answer
	if answer == nil {
		answer = verdict
	}
	without, with := answer(t, r, r.base+"\n"), answer(t, r, r.base+"\n"+r.with+"\n")
	if r.came == "" && r.gone == "" {
		t.Fatal("the row expects nothing")
	}
	for _, c := range []struct {
		text         string
		has, has_not string
	}{{r.came, with, without}, {r.gone, without, with}} {
		if c.text != "" && (!strings.Contains(c.has, c.text) || strings.Contains(c.has_not, c.text)) {
			t.Errorf("%q makes no such difference, %q:\n--- without\n%s--- with\n%s", r.with, c.text, without, with)
		}
	}
}

// load reads a configuration on top of the one that is shipped.
func load(t *testing.T, text string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "site.cf")
	if !strings.Contains(text, "bayes_path") {
		text = "bayes_path DIR/bayes\n" + text
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), Files: []string{file}})
	for _, p := range append(problems, cfg.Ignored...) {
		t.Error(p)
	}
	return cfg
}

// open opens what a configuration describes, and a DNS server for it if the row has a zone.
func (r *row) open(t *testing.T, text string) *site {
	t.Helper()
	var server *dnstest.Server
	if r.zone == "" {
		text = "local_tests_only 1\n" + text
	} else {
		server = dnstest.Start(t, r.zone)
		if r.dns != nil {
			r.dns(server)
		}
		if !strings.Contains(text, "dns_server") {
			text = "dns_server " + server.Addr + "\n" + text
		}
		text = strings.ReplaceAll(text, "SERVER", server.Addr)
		if !strings.Contains(text, "scan_deadline") {
			text = "scan_deadline 30\n" + text
		}
	}
	s := &site{cfg: load(t, text), dns: server}
	var err error
	if s.Engine, err = engine.Open(s.cfg, engine.Options{History: true, Senders: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		*s = site{} // a finished test keeps its cleanups, and through them what they name
	})
	return s
}

// site is what a configuration describes.
type site struct {
	*engine.Engine
	cfg *config.Config
	dns *dnstest.Server // nil if nobody is asked
}

// verdict is the answer on the row's mail, what was asked meanwhile, and the mail as it is handed on.
func verdict(t *testing.T, r *row, text string) string {
	t.Helper()
	if !strings.Contains(text, "use_bayes ") {
		text = "use_bayes 0\n" + text
	}
	return describe(t, r, r.open(t, text))
}

// describe writes down everything that an engine says of the row's mail.
func describe(t *testing.T, r *row, s *site) string {
	t.Helper()
	raw := r.mail
	if raw == "" {
		raw = letter
	}
	in := &classifier.Input{Raw: []byte(raw), Host: "mx.our.example"}
	if r.in != nil {
		r.in(in)
	}
	v, err := s.Check(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, h := range v.Hits {
		fmt.Fprintf(&out, "hit %s %.3f %s\n", h.Name, h.Score, h.Detail)
	}
	fmt.Fprintf(&out, "score %.1f of %.1f\nautolearn %s\n", v.Score, v.Required, v.Autolearn)
	if v.BayesReady {
		fmt.Fprintf(&out, "bayes ready %.3f\n", v.Bayes)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(&out, "note %s\n", n)
	}
	if s.dns != nil {
		asked := s.dns.Asked()
		slices.Sort(asked)
		fmt.Fprintf(&out, "asked %s\n", strings.Join(asked, "\nasked "))
	}
	opt := engine.TagOptions(s.cfg, "test")
	fmt.Fprintf(&out, "delivered\n%s\nreport\n%s", strings.ReplaceAll(string(opt.Rewrite(in.Raw, v)), "\r", ""),
		opt.ReportOn(in.Raw, v))
	return out.String()
}

// envelope tells what the MTA knows.
func envelope(change func(*classifier.Input)) func(*classifier.Input) {
	return func(in *classifier.Input) {
		in.Client, in.ClientName, in.Helo = netip.MustParseAddr("8.2.3.4"), "mail.bad.com", "mail.bad.com"
		in.Sender, in.Recipients = "joe@bad.com", []string{"sue@our.example"}
		if change != nil {
			change(in)
		}
	}
}
