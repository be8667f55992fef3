package rules

import (
	"slices"
	"strings"
	"sync"

	"asterism/config"
	"asterism/config/expr"
	"asterism/rules/perlre"
)

// Kind is the part of a message that a rule matches.
type Kind uint8

// The kinds of rules, by the word that defines them.
const (
	Header Kind = iota + 1
	Body
	Rawbody
	Full
	URI
	URIDetail
	MIMEHeader
	Meta
	Net // askdns, urirhssub and the like: see NetRules
)

var kindNames = [...]string{"", "header", "body", "rawbody", "full", "uri", "uri_detail", "mimeheader", "meta", "net"}

func (k Kind) String() string { return kindNames[k] }

// Rule is one compiled rule.
type Rule struct {
	Name        string
	Kind        Kind
	Description string
	Scores      [4]float64 // by score set: without Bayes and network, with network, with Bayes, with both
	Flags       []string   // tflags
	Prefix      string     // subjprefix
	Own         bool       // the administrator's own rule, or one that he gave a score

	// What each scan looks at lies together in memory.

	index    int32
	active   [4]bool // by score set
	sub      bool    // name begins with __: has no score, is not shown
	inert    bool    // never hits: could not be compiled, or nobody can answer it
	deferred bool    // tried only if a meta needs it
	multiple bool
	negated  bool
	needsTag bool // matches only texts in which its one tag occurs
	maxHits  int
	re       *perlre.Regexp
	tags     []string // captured tags that it needs
	eval     evalFunc // of a rule that looks at the message itself
	args     []string
	program  *expr.Program // of a meta; its operands are numbered as rules are
	operand  []int32       // rules that program asks for

	line      config.Line
	priority  int
	noSubject bool
	header    int32 // index into Set.headers
	exists    bool
	unset     string // if-unset
	isUnset   bool
	pattern   string // source of re, if it needs captured tags
	letters   string // its modifiers
	fn        string
	detail    []uriCondition
	mime      mimeSpec
	short     shortcut
	limits    []int32 // indices into Set.limits
}

// Has reports whether the rule has a tflag.
func (r *Rule) Has(flag string) bool { return slices.Contains(r.Flags, flag) }

// Set is a compiled configuration. It is immutable and may be used by any number of scans at once.
type Set struct {
	cfg     *config.Config
	rules   []*Rule
	byName  map[string]*Rule
	headers []headerSpec
	phases  []phase
	metas   []*Rule    // in an order in which each comes after those it depends on
	base    [4]base    // by score set
	scratch *sync.Pool // of *scratch
	net     []NetRule
	shared  shared
	limits  []ScoreLimit
	scores  map[int32][4]float64 // of a user, by rule, in place of Rule.Scores
	unused  []config.Problem     // see Unused
	blocks  []BlockRule

	uriPlaces map[string]*uriPlace // by rule
	lastEvals []*Rule              // of functions that are tried when others have answered
}

// Rules returns all rules, in the order of their first definition.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule returns a rule by its name, nil if there is none.
func (s *Set) Rule(name string) *Rule { return s.byName[name] }

// Inert returns the names of rules that can never hit here, since nobody answers them, with the function or kind that
// is missing.
func (s *Set) Inert() map[string]string {
	inert := map[string]string{}
	for _, r := range s.rules {
		if r.inert {
			inert[r.Name] = r.fn
		}
	}
	return inert
}

// NetRule is a rule that must be answered by asking others. Its result is given to Scan.Hit.
type NetRule struct {
	Name  string
	Kind  string   // the word that defined it: header, body, full, askdns, urirhssub, …
	Func  string   // eval function; "" for lookups
	Args  []string // arguments of the function, unquoted, or the words of the lookup
	Flags []string // tflags
}

// BlockRule is a dns_block_rule: a DNS list is left alone for a while after the rule has hit.
type BlockRule struct{ Rule, Zone string }

// BlockRules returns the rules after whose hits lists are left alone.
func (s *Set) BlockRules() []BlockRule { return s.blocks }

// NetRules returns the rules that others must answer, for the score sets in which they score.
func (s *Set) NetRules() []NetRule { return s.net }

func isSubRule(name string) bool { return strings.HasPrefix(name, "__") }
