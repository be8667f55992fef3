package config

import (
	"errors"
	"fmt"
	"strings"

	"asterism/rules/perlre"
)

// HashBL configures queries to lists of hashes.
type HashBL struct {
	Ignore  []string                   // hashbl_ignore: values, hashes, names and types that are never looked up
	ACL     map[string]map[string]bool // hashbl_acl_NAME: domains by list
	Alias   map[string]string          // hashbl_email_domain_alias: other names of domains
	Email   string                     // hashbl_email_regex: expression of addresses; "" is the built-in one
	Welcome string                     // hashbl_email_welcomelist: addresses never looked up; "" for roles
}

func hashOptions() []option {
	return []option{
		{name: "hashbl_ignore", set: words(func(c *Config) *[]string { return &c.Network.HashBL.Ignore })},
		{name: "hashbl_email_domain_alias", set: hashAlias},
		{name: "hashbl_email_regex", set: expression(func(c *Config) *string { return &c.Network.HashBL.Email })},
		{name: "hashbl_email_welcomelist", old: []string{"hashbl_email_whitelist"},
			set: expression(func(c *Config) *string { return &c.Network.HashBL.Welcome })},
	}
}

// hashACL adds domains to a list of hashbl_acl_NAME, or takes those with "!" out of it.
func hashACL(c *Config, name, value string) error {
	if value == "" {
		return errors.New("needs domains")
	}
	if c.Network.HashBL.ACL == nil {
		c.Network.HashBL.ACL = map[string]map[string]bool{}
	}
	acl := c.Network.HashBL.ACL[name]
	if acl == nil {
		acl = map[string]bool{}
		c.Network.HashBL.ACL[name] = acl
	}
	for domain := range strings.FieldsSeq(strings.ToLower(value)) {
		if out, ok := strings.CutPrefix(domain, "!"); ok {
			acl[out] = false
		} else if _, known := acl[domain]; !known {
			acl[domain] = true
		}
	}
	return nil
}

// hashAlias reads "domain alias...".
func hashAlias(c *Config, value string) error {
	domains := strings.Fields(strings.ToLower(value))
	if len(domains) < 2 || strings.Contains(value, "@") {
		return errors.New("takes a domain, then its aliases")
	}
	if c.Network.HashBL.Alias == nil {
		c.Network.HashBL.Alias = map[string]string{}
	}
	for _, alias := range domains[1:] {
		c.Network.HashBL.Alias[alias] = domains[0]
	}
	return nil
}

// expression sets a regular expression of the rule language.
func expression(field func(*Config) *string) setter {
	return func(c *Config, value string) error {
		if _, err := perlre.Compile(value, ""); err != nil || value == "" {
			return fmt.Errorf("%q is not a regular expression: %v", value, err)
		}
		*field(c) = value
		return nil
	}
}
