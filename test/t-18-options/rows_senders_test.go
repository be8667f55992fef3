package options_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/engine"
	"asterism/store"
)

// senderRows are what is known of senders by their earlier messages.
func senderRows(t *testing.T) []row {
	const awl = "use_auto_welcomelist 1\nheader KIND X-Kind =~ /spammish/\nscore KIND 7"
	const rep = "use_txrep 1\nheader KIND X-Kind =~ /spammish/\nscore KIND 7"
	const inside = rep + "\ntrusted_networks 8.2.3.0/24\ninternal_networks 8.2.3.0/24"
	mail, zone := signed(t)
	v6 := strings.Replace(letter, "[8.2.3.4]", "[IPv6:2a00:1450:4001:81b::200e]", 1)
	marked := strings.NewReplacer("Subject: ", "X-Kind: spammish\r\nSubject: ", "<1@bad", "<2@bad", "that nobody",
		"which nobody").Replace(letter)
	one, again, change := remembered(letter), remembered(letter, letter), remembered(letter, marked)
	return []row{
		{option: "use_auto_welcomelist", with: "use_auto_welcomelist 1", answer: one, came: "known joe@bad.com 8.2 "},
		{option: "auto_welcomelist_factor", base: awl, with: "auto_welcomelist_factor 1", answer: change,
			came: "hit AWL -7.000"},
		{option: "auto_welcomelist_ipv4_mask_len", base: awl, with: "auto_welcomelist_ipv4_mask_len 24", answer: one,
			came: "known joe@bad.com 8.2.3 "},
		{option: "auto_welcomelist_ipv6_mask_len", base: awl, with: "auto_welcomelist_ipv6_mask_len 32",
			answer: remembered(v6), came: "known joe@bad.com 2a00:1450:: "},
		{option: "auto_welcomelist_distinguish_signed", base: awl, with: "auto_welcomelist_distinguish_signed 1",
			answer: remembered(mail), zone: zone, came: "known joe@bad.com 8.2 bad.com "},
		{option: "senders_path", base: awl, with: "senders_path DIR/elsewhere", answer: one, came: "file elsewhere",
			gone: "file bayes.senders"},
		{option: "senders_expire", test: "senders TestExpire"},
		{option: "senders_max", test: "senders TestMost"},
		{option: "use_txrep", with: "use_txrep 1", answer: one, came: "known bad.com 8.2 "},
		{option: "txrep_factor", base: rep, with: "txrep_factor 0", answer: change, gone: "hit TXREP "},
		{option: "txrep_dilution_factor", test: "senders TestDilution"},
		{option: "txrep_ipv4_mask_len", base: rep, with: "txrep_ipv4_mask_len 24", answer: one,
			came: "known joe@bad.com 8.2.3 "},
		{option: "txrep_ipv6_mask_len", base: rep, with: "txrep_ipv6_mask_len 32", answer: remembered(v6),
			came: "known joe@bad.com 2a00:1450:: "},
		{option: "txrep_spf", base: rep, with: "txrep_spf 0", answer: one, zone: zone, came: "known joe@bad.com 8.2 ",
			gone: "known joe@bad.com none spf-bad.com "},
		{option: "txrep_track_messages", base: rep, with: "txrep_track_messages 0", answer: again,
			came: "known joe@bad.com 8.2  2 messages"},
		{option: "txrep_learn_penalty", base: rep, with: "txrep_learn_penalty 50", answer: reputation(store.Spam),
			came: "known joe@bad.com 8.2  1 messages, mean 50.0"},
		{option: "txrep_learn_bonus", base: rep, with: "txrep_learn_bonus 50", answer: reputation(store.Ham),
			came: "known joe@bad.com 8.2  1 messages, mean -50.0"},
		{option: "txrep_autolearn", base: rep + "\nbayes_auto_learn_threshold_nonspam 50\nrequired_score 50",
			with: "txrep_autolearn 1", answer: one, came: "known joe@bad.com 8.2  2 messages"},
		{option: "txrep_welcomelist_out", base: inside, with: "txrep_welcomelist_out 0", answer: one,
			gone: "known sue@our.example none  1 messages, mean -10.0"},
		{option: "txrep_weight_email", base: rep, with: "txrep_weight_email 0", answer: one,
			gone: "known joe@bad.com none "},
		{option: "txrep_weight_email_ip", base: rep, with: "txrep_weight_email_ip 0", answer: one,
			gone: "known joe@bad.com 8.2 "},
		{option: "txrep_weight_domain", base: rep, with: "txrep_weight_domain 0", answer: one, gone: "known bad.com 8.2 "},
		{option: "txrep_weight_ip", base: rep, with: "txrep_weight_ip 0", answer: one, gone: "known 8.2.3.4 none "},
		{option: "txrep_weight_helo", base: rep, with: "txrep_weight_helo 0", answer: one,
			gone: "known mail.bad.com none "},
		{option: "txrep_report_details", base: rep, with: "txrep_report_details 2", answer: change,
			came: "EMAILIP: joe@bad.com|8.2, rep: "},
	}
}

// remembered scans mails and returns what the last one hit, what is known of senders then, and the files there are.
func remembered(mails ...string) func(*testing.T, *row, string) string {
	return func(t *testing.T, r *row, text string) string {
		t.Helper()
		s := r.open(t, text)
		var out strings.Builder
		for i, raw := range mails {
			v, err := s.Check(context.Background(), &classifier.Input{Raw: []byte(raw), Host: "mx.our.example"})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range v.Hits {
				if i == len(mails)-1 {
					fmt.Fprintf(&out, "hit %s %.3f %s\n", h.Name, h.Score, h.Detail)
				}
			}
		}
		return out.String() + known(t, s.Engine)
	}
}

// reputation has the letter learned, and returns what is known of its sender then.
func reputation(class store.Class) func(*testing.T, *row, string) string {
	return func(t *testing.T, r *row, text string) string {
		t.Helper()
		s := r.open(t, text)
		lessons := []classifier.Lesson{{Raw: []byte(letter), Class: class}}
		if _, err := s.Learn(context.Background(), "", lessons); err != nil {
			t.Fatal(err)
		}
		return known(t, s.Engine)
	}
}

// known returns the record of the letter's sender and recipient, and the files there are.
func known(t *testing.T, e *engine.Engine) string {
	t.Helper()
	var out strings.Builder
	b := e.Senders()
	if b == nil {
		return ""
	}
	for _, name := range []string{"joe@bad.com", "bad.com", "mail.bad.com", "8.2.3.4", "sue@our.example"} {
		found, err := b.Show(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			name, network, signer := f.Names()
			fmt.Fprintf(&out, "known %s %s %s %d messages, mean %.1f\n", name, network, signer, f.Count, f.Mean())
		}
	}
	files, err := os.ReadDir(filepath.Dir(b.Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		fmt.Fprintf(&out, "file %s\n", f.Name())
	}
	return out.String()
}
