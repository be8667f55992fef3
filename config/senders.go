package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Senders configures the record of senders: SpamAssassin's plug-ins AWL and TxRep.
type Senders struct {
	AWL    string // use_auto_welcomelist: 1 or 0; "" is on if the plug-in is loaded
	TxRep  bool   // use_txrep
	Path   string // senders_path: the record's file; "" for one beside the learner's store
	Expire time.Duration
	Most   int // senders_max: senders that are remembered; 0 is no limit

	Factor float64 // auto_welcomelist_factor
	IPv4   int     // auto_welcomelist_ipv4_mask_len: bits of an address that identify a network
	IPv6   int     // auto_welcomelist_ipv6_mask_len
	Signed string  // auto_welcomelist_distinguish_signed: 1 or 0; "" is 0 for AWL and 1 for TxRep

	Reputation Reputation
}

// Reputation is TxRep's, txrep_….
type Reputation struct {
	Factor, Dilution                 float64
	IPv4, IPv6                       int
	SPF, Track                       bool
	Penalty, Bonus, Auto, Outgoing   float64 // txrep_learn_penalty, …_learn_bonus, …_autolearn, …_welcomelist_out
	Email, EmailIP, Domain, IP, Helo float64 // txrep_weight_…
	Details                          int     // txrep_report_details
}

// within sets a number from low to high.
func within(low, high float64, field func(*Config) *float64) setter {
	return func(c *Config, value string) error {
		n, err := parseNumber(value)
		if err == nil && (n < low || n > high) {
			err = fmt.Errorf("%s is not between %v and %v", value, low, high)
		}
		if err == nil {
			*field(c) = n
		}
		return err
	}
}

// choice sets a switch that has no fixed default.
func choice(field func(*Config) *string) setter {
	return func(c *Config, value string) error {
		on := false
		if err := flag(func(*Config) *bool { return &on })(c, value); err != nil {
			return err
		}
		*field(c) = "0"
		if on {
			*field(c) = "1"
		}
		return nil
	}
}

func senderOptions() []option {
	s := func(c *Config) *Senders { return &c.Senders }
	r := func(c *Config) *Reputation { return &c.Senders.Reputation }
	return []option{
		{name: "use_auto_welcomelist", old: []string{"use_auto_whitelist"},
			set: choice(func(c *Config) *string { return &s(c).AWL })},
		{name: "auto_welcomelist_factor", old: []string{"auto_whitelist_factor"}, def: "0.5",
			set: within(0, 1, func(c *Config) *float64 { return &s(c).Factor })},
		{name: "auto_welcomelist_ipv4_mask_len", old: []string{"auto_whitelist_ipv4_mask_len"}, def: "16",
			set: whole(0, 32, func(c *Config) *int { return &s(c).IPv4 })},
		{name: "auto_welcomelist_ipv6_mask_len", old: []string{"auto_whitelist_ipv6_mask_len"}, def: "48",
			set: whole(0, 128, func(c *Config) *int { return &s(c).IPv6 })},
		{name: "auto_welcomelist_distinguish_signed", old: []string{"auto_whitelist_distinguish_signed"},
			set: choice(func(c *Config) *string { return &s(c).Signed })},
		{name: "senders_path", set: filePath(func(c *Config) *string { return &s(c).Path })},
		{name: "senders_expire", def: "120d", set: seconds(func(c *Config) *time.Duration { return &s(c).Expire })},
		{name: "senders_max", def: "1000000", set: count(func(c *Config) *int { return &s(c).Most })},
		{name: "use_txrep", def: "0", set: flag(func(c *Config) *bool { return &s(c).TxRep })},
		{name: "txrep_factor", def: "0.5", set: within(0, 1, func(c *Config) *float64 { return &r(c).Factor })},
		{name: "txrep_dilution_factor", def: "0.98",
			set: within(0.7, 1, func(c *Config) *float64 { return &r(c).Dilution })},
		{name: "txrep_ipv4_mask_len", def: "16", set: whole(0, 32, func(c *Config) *int { return &r(c).IPv4 })},
		{name: "txrep_ipv6_mask_len", def: "48", set: whole(0, 128, func(c *Config) *int { return &r(c).IPv6 })},
		{name: "txrep_spf", def: "1", set: flag(func(c *Config) *bool { return &r(c).SPF })},
		{name: "txrep_track_messages", def: "1", set: flag(func(c *Config) *bool { return &r(c).Track })},
		{name: "txrep_learn_penalty", def: "20", set: within(0, 200, func(c *Config) *float64 { return &r(c).Penalty })},
		{name: "txrep_learn_bonus", def: "20", set: within(0, 200, func(c *Config) *float64 { return &r(c).Bonus })},
		{name: "txrep_autolearn", def: "0", set: within(0, 5, func(c *Config) *float64 { return &r(c).Auto })},
		{name: "txrep_welcomelist_out", old: []string{"txrep_whitelist_out"}, def: "10",
			set: within(0, 200, func(c *Config) *float64 { return &r(c).Outgoing })},
		{name: "txrep_weight_email", def: "3", set: within(0, 10, func(c *Config) *float64 { return &r(c).Email })},
		{name: "txrep_weight_email_ip", def: "10", set: within(0, 10, func(c *Config) *float64 { return &r(c).EmailIP })},
		{name: "txrep_weight_domain", def: "2", set: within(0, 10, func(c *Config) *float64 { return &r(c).Domain })},
		{name: "txrep_weight_ip", def: "4", set: within(0, 10, func(c *Config) *float64 { return &r(c).IP })},
		{name: "txrep_weight_helo", def: "0.5", set: within(0, 10, func(c *Config) *float64 { return &r(c).Helo })},
		{name: "txrep_report_details", def: "0", set: whole(0, 2, func(c *Config) *int { return &r(c).Details })},
	}
}

// UseAWL reports whether AWL moves scores.
func (c *Config) UseAWL() bool {
	return c.Senders.AWL == "1" || c.Senders.AWL == "" && c.hasPlugin("AWL")
}

// UseTxRep reports whether TxRep does, which AWL takes the place of.
func (c *Config) UseTxRep() bool { return c.Senders.TxRep && !c.UseAWL() }

// SendersFile returns the name of the file of the senders' record.
func (c *Config) SendersFile() string {
	if c.Senders.Path != "" {
		return c.Senders.Path
	}
	return c.besideStore(".senders")
}

// besideStore returns the name of a file beside the learner's store or, if that is elsewhere, beside its journal here.
func (c *Config) besideStore(extension string) string {
	beside := c.Bayes.Path
	if strings.Contains(beside, "://") {
		beside = filepath.Join(filepath.Dir(c.Bayes.RedisJournal), "bayes")
	}
	return beside + extension
}
