package dnsbl

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// hashLookup looks up hashes of a message's parts in one list: mail addresses (check_hashbl_emails), URIs
// (check_hashbl_uris), a tag's values (check_hashbl_tag), words of the text (check_hashbl_bodyre) or its parts
// (check_hashbl_attachments).
type hashLookup struct {
	rule  string
	list  *list
	qtype uint16
	opts  hashOptions
	test  subtest
	find  func(r *Running, q *Query) []string // the values to ask about

	fields []string        // of check_hashbl_emails
	acl    map[string]bool // domains that it is limited to; nil for all
	hasACL bool
	tag    string // of check_hashbl_tag

	content bool // find returns hashes, not values
}

func (c *Checks) addHash(r Rule, _ *definitions) error {
	arg := func(i int) string {
		if i < len(r.Args) {
			return r.Args[i]
		}
		return ""
	}
	zone, qtype := arg(0), "A"
	if z, t, ok := strings.Cut(zone, "/"); ok {
		zone, qtype = z, t
	}
	h := &hashLookup{rule: r.Name, test: anyAnswer} // in 127.0.0.0/8, if it is an address
	var err error
	if h.list, err = c.list(zone); err != nil {
		return err
	}
	if h.qtype, err = recordType(qtype); err != nil {
		return err
	}
	if h.opts, err = readHashOptions(cmp.Or(arg(1), defaultHash[r.Func], "sha1/max=10/shuffle")); err != nil {
		return err
	}
	test := arg(2)
	switch r.Func {
	case "check_hashbl_emails":
		h.find, test = h.addresses, arg(3)
		h.fields = strings.Split(cmp.Or(arg(2), "ALLFROM/Reply-To/body"), "/")
		err = h.setACL(&c.opt, arg(4))
	case "check_hashbl_uris":
		h.find = h.uris
	case "check_hashbl_tag":
		test, err = arg(3), h.setTag(arg(2))
	case "check_hashbl_bodyre":
		test, err = arg(3), h.setExpression(&c.opt, r.Kind, arg(2))
	case "check_hashbl_attachments":
		h.find, h.content = h.attachments, true
		if h.opts.words["raw"] {
			err = fmt.Errorf("check_hashbl_attachments does not take the option raw")
		}
	}
	if err != nil {
		return err
	}
	if test != "" {
		if h.test, err = c.opt.compile(test); err != nil {
			return err
		}
	}
	c.hash = append(c.hash, h)
	return nil
}

// defaultHash is the options that functions have if a rule gives none.
var defaultHash = map[string]string{"check_hashbl_emails": "sha1/notag/noquote/max=10/shuffle"}

// setACL limits the lookup to the domains of a list (hashbl_acl_NAME); "all" and "" are no limit.
func (h *hashLookup) setACL(opt *Options, name string) error {
	h.hasACL = name != ""
	if name == "" || name == "all" {
		return nil
	}
	if h.acl = opt.HashACL[strings.ToLower(name)]; h.acl == nil {
		return fmt.Errorf("hashbl_acl_%s is not set: it lists the domains to look up", name)
	}
	return nil
}

func (h *hashLookup) start(r *Running, q *Query) { h.ask(r, h.find(r, q)) }

// uris returns the URIs to hash.
func (h *hashLookup) uris(r *Running, q *Query) []string {
	var urls []string
	for _, u := range q.URIs {
		if !r.c.skip[u.Host] && !r.c.skip[u.Domain] {
			urls = append(urls, u.URL)
		}
	}
	return urls
}

// recipientFields hold addresses of the one who gets the mail; telling a list of them helps nobody.
var recipientFields = []string{"X-Original-To", "Apparently-To", "Delivered-To", "Envelope-To"}

// roles are user names of every domain's offices (RFC 2142), which no list of senders should have.
var roles = []string{
	"abuse", "contact", "help", "helpdesk", "hostmaster", "info", "mailer-daemon", "marketing", "noreply", "no-reply",
	"noc", "office", "postmaster", "privacy", "root", "sales", "security", "service", "support", "undisclosed-recipients",
	"unsubscribe", "webmaster",
}

// addresses returns the parts of mail addresses to hash.
func (h *hashLookup) addresses(r *Running, q *Query) []string {
	seen := make(map[string]bool)
	for _, field := range recipientFields {
		for _, a := range q.addresses(field) {
			seen[strings.ToLower(a)] = true
		}
	}
	var parts []string
	for _, field := range h.fields {
		var found []string
		switch field = strings.TrimSpace(field); field {
		case "ALLFROM":
			found = q.From
		case "EnvelopeFrom":
			found = []string{q.EnvelopeFrom}
		case "body":
			if q.Body != nil {
				found = q.Body(h.opts.words["nouri"], h.opts.words["noquote"])
			}
		default:
			found = q.addresses(field)
		}
		for _, a := range found {
			if id := strings.ToLower(a); !seen[id] {
				seen[id] = true
				if part := h.part(r.c, a); part != "" {
					parts = append(parts, part)
				}
			}
		}
	}
	return parts
}

// part returns the hashed part of an address; it is empty if the address is not looked up.
func (h *hashLookup) part(c *Checks, address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	user, host := address[:at], address[at+1:]
	if other := c.opt.HashAlias[strings.ToLower(host)]; other != "" {
		host = other
	}
	ascii := hostname(host)
	domain := registrable(ascii)
	switch {
	case domain == "" || c.welcomesHash(user, host):
		return ""
	case h.acl != nil && !h.acl[strings.ToLower(host)]:
		return ""
	case !h.hasACL && (c.skip[ascii] || c.skip[domain]):
		return ""
	}
	if h.opts.words["nodot"] {
		user = strings.ReplaceAll(user, ".", "")
	}
	if h.opts.words["notag"] {
		user, _, _ = strings.Cut(user, "+")
	}
	switch {
	case h.opts.words["domain"]:
		return domain
	case h.opts.words["host"]:
		return host
	case h.opts.words["user"]:
		return user
	}
	return user + "@" + host
}

// ask asks about values, each once, and not too many.
func (h *hashLookup) ask(r *Running, values []string) {
	if !h.opts.words["case"] {
		lower := make([]string, len(values))
		for i, v := range values {
			lower[i] = strings.ToLower(v)
		}
		values = lower
	} else {
		values = slices.Clone(values)
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if h.opts.words["shuffle"] && len(values) > h.opts.max {
		rand.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	}
	values = slices.DeleteFunc(values, func(v string) bool {
		return r.c.plain[strings.ToLower(v)] ||
			r.c.plain[h.name(v)]
	})
	for _, v := range values[:min(len(values), h.opts.max)] {
		r.askList(h.list, printable(v), h.name(v), h.qtype, []ruleTest{{h.rule, h.test}})
	}
}

// name returns the list's name of a value. Values of parts are hashes already.
func (h *hashLookup) name(value string) string {
	if h.content {
		return value
	}
	return h.opts.hash([]byte(value))
}

// welcomesHash reports whether an address is never looked up: it matches hashbl_email_welcomelist, or is a role.
func (c *Checks) welcomesHash(user, host string) bool {
	if c.hashWelcome != nil {
		return c.hashWelcome(user + "@" + host)
	}
	return slices.Contains(roles, strings.ToLower(user))
}
