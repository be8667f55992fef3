// Package dnsbl answers the rules about DNS lists: of relay addresses, of domains and addresses in URIs, of senders, of
// hashed mail addresses, in the terms of SpamAssassin's rule language (check_rbl, urirhssub, uridnsbl, askdns, …).
//
// A Checks is compiled once from the rules. Start sends all queries of a message in parallel, each name once for all
// rules, and Wait returns the answers that came in time. Before Start, only Watch sends queries, to test the lists
// themselves.
//
// Lists are named and answered as RFC 5782 says. An answer that means "query refused" is never a hit, nor is an answer
// that no list would give.
package dnsbl

import (
	"log/slog"
	"net/netip"
	"time"

	"asterism/dnsbl/resolver"
)

// Rule is one rule that a Checks is to answer.
type Rule struct {
	Name string // the rule's name, under which hits are reported
	// Kind is the rule type: "header" or "body" for rules of eval functions, or the directive that defines the lookup:
	// "uridnsbl", "uridnssub", "urirhsbl", "urirhssub", "urinsrhsbl", "urinsrhssub", "urifullnsrhsbl",
	// "urifullnsrhssub", "askdns".
	Kind  string
	Func  string   // the eval function, without "eval:": "check_rbl", …; empty for the directives
	Args  []string // its arguments, unquoted; the words after the name for the directives
	Flags []string // tflags
}

// Options configures queries.
type Options struct {
	Resolver *resolver.Resolver // the resolver; required

	// Timeout is how long one message's questions may take (rbl_timeout); 5 s if zero. Start's context may end them
	// sooner.
	Timeout time.Duration
	// Timeouts holds other limits for single zones ("rbl_timeout 3 3 zen.spamhaus.org"), without final dot.
	Timeouts map[string]time.Duration

	Trusted     []netip.Prefix // never looked up (trusted_networks)
	SkipDomains []string       // hosts and registrable domains that are never looked up (uridnsbl_skip_domain)
	MaxDomains  int            // most domains of URIs that are looked up (uridnsbl_max_domains); 20 if zero
	MaxRelays   int            // most relays that are looked up (num_check_received); 9 if zero

	// Deny holds the domains of dns_query_restriction: whether questions below that domain are denied. The longest match
	// counts; the key "*" stands for all others.
	Deny map[string]bool

	// BlockTime is how long a list whose operator refuses to answer us is left alone (dns_block_time); 5 min if zero.
	BlockTime time.Duration

	// NoTestEntry holds lists of addresses that do not list 127.0.0.2, as RFC 5782 has it, and are sound all the same
	// (dns_no_test_entry).
	NoTestEntry []string
	// HashIgnore has values, or their hashes, that are never looked up in hash lists (hashbl_ignore).
	HashIgnore []string
	// HashACL holds, by its name, which domains a rule's list of domains has (hashbl_acl_NAME).
	HashACL map[string]map[string]bool
	// HashAlias has domains that are looked up under another name (hashbl_email_domain_alias).
	HashAlias map[string]string
	// HashWelcome is an expression of addresses that are never looked up (hashbl_email_welcomelist), instead of names
	// of roles.
	HashWelcome string

	// Place reports whether a rule of check_uri_local_bl hits the address of a URI's host, which is of a domain.
	Place func(rule, domain string, ip netip.Addr) bool

	// Extract compiles an expression into a function that returns the matches of its first group.
	Extract func(pattern string) (func(text string) []string, error)
	// Compile compiles the regular expressions of sub-tests; nil means package regexp's syntax.
	Compile func(pattern string) (func(string) bool, error)

	Log *slog.Logger // nil discards
}

// URI is one URI found in a message.
type URI struct {
	URL    string     // as it is hashed by check_hashbl_uris
	Host   string     // host name in lower case, ASCII (ACE) form; empty if the host is an address
	Domain string     // the host's registrable domain; empty if it has none
	Addr   netip.Addr // the host, if it is an address
}

// Query has the names and addresses of one message to look up. Every part may be empty. Relays are in the order of
// their Received fields: the relay that delivered to us comes first.
type Query struct {
	Untrusted   []netip.Addr // relays outside trusted_networks
	External    []netip.Addr // relays outside internal_networks
	Originating []netip.Addr // addresses of X-Originating-IP and its like
	RelayNames  []string     // host names of the untrusted relays, for check_rbl_rcvd

	URIs []URI

	From         []string // addresses of the From fields and their like (all_from_addrs)
	EnvelopeFrom string   // address of the envelope sender

	// Addresses returns the mail addresses in a header field, or in the whole header for "ALL", in the order found.
	// Body returns the addresses in the body, optionally without addresses in URIs and in quotation marks. Texts
	// returns the texts for rules of a kind ("body", "rawbody", "full"), Parts the leaves of the MIME structure. Each
	// may be nil. Start calls them only if a rule needs them.
	Addresses func(field string) []string
	Body      func(noURI, noQuote bool) []string
	Texts     func(kind string) []string
	Parts     func() []Part
	// Header returns the values of a header specification as rules write it ("Reply-To:addr:domain"); it may be nil.
	Header func(spec string) []string

	Tags map[string][]string // values of tags for askdns, by name without underscores
}

// Note describes queries without an answer.
type Note struct {
	Zone  string        // the list, or the domain looked up
	Err   error         // why; one of several if they differ
	Count int           // how many questions
	Took  time.Duration // how long the last of them was waited for
}

// LeftAlone reports whether no query was sent because the list is skipped for a while.
func (n *Note) LeftAlone() bool {
	return n.Err == ErrLeftAlone || n.Err == ErrRefused || n.Err == ErrSwitchedOff
}

// Results are the answers that came in time.
type Results struct {
	Hits    map[string]string // names of the rules that hit, each with what hit and what the list answered
	Notes   []Note            // what did not answer, by zone
	Found   []string          // what lists answered, as SpamAssassin's tag RBL has it: <dns:NAME> [ANSWER, …]
	Queries int               // how many questions were asked
	Took    time.Duration     // from Start to the last answer or the deadline
}
