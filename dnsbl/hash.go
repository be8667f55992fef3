package dnsbl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// hashLookup asks one list about hashes of what a message contains: mail addresses (check_hashbl_emails), URIs
// (check_hashbl_uris) or a tag's values (check_hashbl_tag).
type hashLookup struct {
	rule   string
	list   *list
	qtype  uint16
	opts   hashOptions
	fields []string // of check_hashbl_emails
	tag    string   // of check_hashbl_tag
	test   subtest
}

// hashOptions are the words of a rule's OPTS, separated by slashes.
type hashOptions struct {
	words map[string]bool
	max   int
}

// hashWords are the options known; those of addresses and tags among them.
var hashWords = []string{
	"raw", "md5", "sha1", "sha256", "case", "shuffle", "nodot", "notag", "nouri", "noquote", "user", "host", "domain",
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
	h := &hashLookup{rule: r.Name}
	var err error
	if h.list, err = c.list(zone); err != nil {
		return err
	}
	if h.qtype, err = recordType(qtype); err != nil {
		return err
	}
	opts, test := arg(1), arg(2)
	switch r.Func {
	case "check_hashbl_emails":
		fields := arg(2)
		if fields == "" {
			fields = "ALLFROM/Reply-To/body"
		}
		h.fields, test = strings.Split(fields, "/"), arg(3)
		if opts == "" {
			opts = "sha1/notag/noquote/max=10/shuffle"
		}
	case "check_hashbl_tag":
		if h.tag, test = arg(2), arg(3); h.tag == "" {
			return fmt.Errorf("check_hashbl_tag takes a list, options and a tag")
		}
	}
	if opts == "" {
		opts = "sha1/max=10/shuffle"
	}
	if h.opts, err = readHashOptions(opts); err != nil {
		return err
	}
	h.test = anyAnswer // in 127.0.0.0/8, if it is an address
	if test != "" {
		if h.test, err = c.opt.compile(test); err != nil {
			return err
		}
	}
	c.hash = append(c.hash, h)
	return nil
}

func readHashOptions(s string) (hashOptions, error) {
	o := hashOptions{words: make(map[string]bool), max: 10}
	for _, w := range strings.Split(s, "/") {
		w = strings.TrimSpace(w)
		if n, ok := strings.CutPrefix(w, "max="); ok {
			m, err := strconv.Atoi(n)
			if err != nil || m < 1 {
				return o, fmt.Errorf("hash list option %q: not a number above 0", w)
			}
			o.max = m
		} else if !slices.Contains(hashWords, w) {
			return o, fmt.Errorf("hash list option %q is not known", w)
		}
		o.words[w] = true
	}
	return o, nil
}

func (h *hashLookup) start(r *Running, q *Question) {
	switch {
	case h.fields != nil:
		h.ask(r, h.addresses(r.c, q))
	case h.tag != "":
		h.ask(r, q.Tags[h.tag])
	default:
		var urls []string
		for _, u := range q.URIs {
			if !r.c.skip[u.Host] && !r.c.skip[u.Domain] {
				urls = append(urls, u.URL)
			}
		}
		h.ask(r, urls)
	}
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
func (h *hashLookup) addresses(c *Checks, q *Question) []string {
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
		default:
			found = q.addresses(field)
		}
		for _, a := range found {
			if id := strings.ToLower(a); !seen[id] {
				seen[id] = true
				if part := h.part(c, a); part != "" {
					parts = append(parts, part)
				}
			}
		}
	}
	return parts
}

// part returns what of one address is hashed; it is empty if the address is not asked about.
func (h *hashLookup) part(c *Checks, address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	user, host := address[:at], address[at+1:]
	ascii := hostname(host)
	domain := registrable(ascii)
	if domain == "" || c.skip[ascii] || c.skip[domain] || slices.Contains(roles, strings.ToLower(user)) {
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
		return r.c.plain[strings.ToLower(v)] || r.c.plain[h.opts.hash(v)]
	})
	for _, v := range values[:min(len(values), h.opts.max)] {
		h.askOne(r, v)
	}
}

func (h *hashLookup) askOne(r *Running, value string) {
	r.askList(h.list, printable(value), h.opts.hash(value), h.qtype, []ruleTest{{h.rule, h.test}})
}

// hash returns the name under which a list has a value.
func (o hashOptions) hash(value string) string {
	switch {
	case o.words["sha256"]:
		h := sha256.Sum256([]byte(value))
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h[:]))
	case o.words["sha1"]:
		h := sha1.Sum([]byte(value))
		return hex.EncodeToString(h[:])
	case o.words["md5"]:
		h := md5.Sum([]byte(value))
		return hex.EncodeToString(h[:])
	}
	return value
}
