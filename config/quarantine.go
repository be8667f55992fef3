package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"asterism/envelope"
	"asterism/listen"
)

// Quarantine is the directory of mails that an administrator decides about.
type Quarantine struct {
	Dir    string        // quarantine_dir
	Submit Submitter     // quarantine_submit: takes released messages and digests
	Expire time.Duration // quarantine_expire: age from which on mails are deleted; 0 keeps them
	// quarantine_max_size: bytes of all mails, beyond which the oldest are deleted; 0 is no limit
	MaxSize       int64
	Notify        bool     // send_quarantine_notifications: the daemon sends a digest each day
	AdminAddress  string   // admin_address: where digests go; none are sent without
	DaemonAddress string   // daemon_address: where they come from
	UserDomains   []string // user_digest_domains: whose recipients get digests of their own, each day
}

// Submitter names the program or the server that takes messages for delivery.
type Submitter struct {
	Program []string       // absolute path and first arguments; nil for a server
	Server  listen.Address // speaks SMTP, or LMTP
	LMTP    bool
}

func quarantineOptions() []option {
	return []option{
		{name: "quarantine_dir", def: "/var/lib/spamd/quarantine",
			set: somePath(func(c *Config) *string { return &c.Quarantine.Dir })},
		{name: "quarantine_submit", def: "/usr/sbin/sendmail", set: submitter},
		{name: "quarantine_expire", def: "30d",
			set: seconds(func(c *Config) *time.Duration { return &c.Quarantine.Expire })},
		{name: "quarantine_max_size", def: "0", set: size(func(c *Config) *int64 { return &c.Quarantine.MaxSize })},
		{name: "send_quarantine_notifications", def: "1",
			set: flag(func(c *Config) *bool { return &c.Quarantine.Notify })},
		{name: "admin_address", set: siteAddress(func(c *Config) *string { return &c.Quarantine.AdminAddress })},
		{name: "daemon_address", def: "MAILER-DAEMON",
			set: siteAddress(func(c *Config) *string { return &c.Quarantine.DaemonAddress })},
		{name: "user_digest_domains", set: digestDomains},
	}
}

// submitter reads a program's path with arguments, smtp:ADDR or lmtp:ADDR.
func submitter(c *Config, value string) error {
	protocol, addr, _ := strings.Cut(value, ":")
	switch {
	case protocol == "smtp" || protocol == "lmtp":
		server, err := listen.Parse(addr)
		if err != nil {
			return err
		}
		c.Quarantine.Submit = Submitter{Server: server, LMTP: protocol == "lmtp"}
	case strings.HasPrefix(value, "/"):
		c.Quarantine.Submit = Submitter{Program: strings.Fields(value)}
	default:
		return fmt.Errorf("%q is neither the path of a program nor smtp:ADDR or lmtp:ADDR", value)
	}
	return nil
}

// siteAddress sets a mail address that holds for the whole site.
func siteAddress(field func(*Config) *string) setter {
	return func(c *Config, value string) error { return parseAddress(field(c), value) }
}

// digestDomains sets the domains whose recipients get digests.
func digestDomains(c *Config, value string) error {
	domains := strings.Fields(value)
	if len(domains) == 0 {
		return errors.New("needs domains, such as example.org")
	}
	for i, d := range domains {
		if strings.ContainsAny(d, "@*") {
			return fmt.Errorf("%q is not a domain such as example.org", d)
		}
		domains[i] = envelope.Domain(d)
	}
	c.Quarantine.UserDomains = domains
	return nil
}
