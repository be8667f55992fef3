package config

import "time"

// Daemon configures the daemon and its fronts.
type Daemon struct {
	MaxSize int64 // max_size: messages of this many bytes or more are not scanned
	// spamd_max_size: the same for the spamd protocol, whose clients have a limit of their own
	SpamdMaxSize      int64
	SkipAuthenticated bool          // skip_authenticated: mail of authenticated users is not scanned
	SkipTrusted       bool          // skip_trusted: mail from trusted_networks is not scanned
	OnError           string        // on_error: accept or tempfail a message that could not be scanned
	OnOverload        string        // on_overload: accept or tempfail a message when too many are waiting to be scanned
	HeaderWhen        string        // spam_header_when: always or spam
	Deadline          time.Duration // scan_deadline: when network tests must have answered
	GraphLog          bool          // graphdefang_log: log each spam in the form that graphdefang reads
	LogSubject        bool          // log_subject: log each mail's subject
	// user_prefs_path: file of a user's preferences, by %u, %l, %d or a leading "~/"; "" for none
	UserPrefs  string
	UpdateFrom string // update_from: where spamd update finds newer rules
	UpdateKey  string // update_key: public key of their authors, in minisign's form
}

func daemonOptions() []option {
	return []option{
		{name: "max_size", def: "100K", set: size(func(c *Config) *int64 { return &c.Daemon.MaxSize })},
		{name: "spamd_max_size", def: "32M", set: size(func(c *Config) *int64 { return &c.Daemon.SpamdMaxSize })},
		{name: "skip_authenticated", def: "0", set: flag(func(c *Config) *bool { return &c.Daemon.SkipAuthenticated })},
		{name: "skip_trusted", def: "0", set: flag(func(c *Config) *bool { return &c.Daemon.SkipTrusted })},
		{name: "on_error", def: "accept", set: oneOf(func(c *Config) *string { return &c.Daemon.OnError }, "accept",
			"tempfail")},
		{name: "on_overload", def: "tempfail",
			set: oneOf(func(c *Config) *string { return &c.Daemon.OnOverload }, "accept", "tempfail")},
		{name: "spam_header_when", def: "always",
			set: oneOf(func(c *Config) *string { return &c.Daemon.HeaderWhen }, "always", "spam")},
		{name: "graphdefang_log", def: "0", set: flag(func(c *Config) *bool { return &c.Daemon.GraphLog })},
		{name: "log_subject", def: "0", set: flag(func(c *Config) *bool { return &c.Daemon.LogSubject })},
		{name: "update_from", set: text(func(c *Config) *string { return &c.Daemon.UpdateFrom })},
		{name: "update_key", set: text(func(c *Config) *string { return &c.Daemon.UpdateKey })},
		{name: "user_prefs_path", set: text(func(c *Config) *string { return &c.Daemon.UserPrefs })},
		{name: "scan_deadline", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Daemon.Deadline })},
	}
}
