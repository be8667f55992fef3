package rules

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/rules/perlre"
)

// builder collects rules from lines.
type builder struct {
	set      *Set
	external Functions // that others answer
	problems []config.Problem
	line     config.Line // being read

	scores    map[string][4]float64
	scoredBy  map[string]bool // whether the score is the administrator's
	describe  map[string]string
	flags     map[string]flagLine
	priority  map[string]int
	short     map[string]shortcut
	prefix    map[string]string
	replace   replacer
	replaced  map[string]config.Line // replace_rules
	lookups   map[string]NetRule
	limits    []ScoreLimit
	headerIDs map[string]int32
	about     []about

	expressions []expression
}

// about is a line that tells something of a rule.
type about struct {
	rule string
	line config.Line
}

// attributes are the words of such lines.
var attributes = map[string]bool{"score": true, "tflags": true, "priority": true, "shortcircuit": true,
	"subjprefix": true, "describe": true,
	"dns_block_rule": true}

func newBuilder(cfg *config.Config) *builder {
	return &builder{
		set:      &Set{cfg: cfg, byName: map[string]*Rule{}},
		scores:   map[string][4]float64{},
		scoredBy: map[string]bool{},
		describe: map[string]string{},
		flags:    map[string]flagLine{},
		priority: map[string]int{},
		short:    map[string]shortcut{},
		prefix:   map[string]string{},
		replace:  newReplacer(),
		replaced: map[string]config.Line{},
		lookups:  map[string]NetRule{},

		headerIDs: map[string]int32{},
	}
}

// warn reports a problem with the current line.
func (b *builder) warn(format string, args ...any) { b.warnAt(b.line, format, args...) }

func (b *builder) warnAt(l config.Line, format string, args ...any) {
	b.problems = append(b.problems, config.Problem{File: l.File, Line: l.Num, Severity: config.Warning,
		Text: fmt.Sprintf(format, args...)})
}

var lineKinds = map[string]Kind{"header": Header, "body": Body, "rawbody": Rawbody, "full": Full, "uri": URI,
	"uri_detail": URIDetail, "mimeheader": MIMEHeader, "meta": Meta}

// read acts on one line of the rule language.
func (b *builder) read(l config.Line) {
	b.line = l
	name, value := cutWord(l.Value)
	switch l.Key {
	case "redirector_pattern":
		b.redirector(l.Value)
		return
	case "replace_rules":
		for n := range strings.FieldsSeq(l.Value) {
			b.replaced[n] = l
		}
		return
	case "replace_start", "replace_end", "replace_tag", "replace_pre", "replace_inter", "replace_post":
		b.replace.read(l.Key, name, value)
		return
	}
	if !validName(name) {
		b.warn("%s: %q is not a valid name of a rule", l.Key, name)
		return
	}
	if l.Key != "meta" { // SpamAssassin has metas of older names that stand for the rules of newer ones
		name = b.set.current(name)
	}
	if attributes[l.Key] {
		b.about = append(b.about, about{name, l})
	}
	switch l.Key {
	case "score_limit":
		b.limit(name, value)
	case "score":
		b.score(name, value)
	case "describe":
		b.describe[name] = value
	case "subjprefix":
		b.prefix[name] = value
	case "tflags":
		b.tflags(name, value)
	case "priority":
		if n, err := strconv.Atoi(value); err != nil {
			b.warn("priority of %s: %q is not a whole number", name, value)
		} else {
			b.priority[name] = n
		}
	case "shortcircuit":
		s, ok := map[string]shortcut{"off": shortOff, "on": shortOn, "spam": shortSpam,
			"ham": shortHam}[strings.ToLower(value)]
		if !ok {
			b.warn("shortcircuit of %s: %q is not off, on, spam or ham", name, value)
		}
		b.short[name] = s
	case "dns_block_rule":
		for zone := range strings.FieldsSeq(strings.ToLower(value)) {
			b.set.blocks = append(b.set.blocks, BlockRule{name, strings.Trim(zone, ".")})
		}
	case "uri_block_cc", "uri_block_cont", "uri_block_cidr", "uri_block_isp", "uri_block_exclude":
		b.place(l.Key, name, value)
	case "askdns", "uridnsbl", "uridnssub", "urirhsbl", "urirhssub", "urinsrhsbl", "urinsrhssub", "urifullnsrhsbl",
		"urifullnsrhssub":
		b.lookup(l.Key, name, value)
	default:
		b.rule(lineKinds[l.Key], name, value)
	}
}

// score reads one or four numbers, in parentheses if they are to be added.
func (b *builder) score(name, value string) {
	var numbers [4]float64
	relative := false
	words := strings.Fields(value)
	if len(words) != 1 && len(words) != 4 {
		b.warn("score of %s: takes one number or four", name)
		return
	}
	for i, w := range words {
		if inner, ok := strings.CutPrefix(w, "("); ok {
			w, relative = strings.TrimSuffix(inner, ")"), true
		}
		n, err := strconv.ParseFloat(w, 64)
		if err != nil || n-n != 0 { // infinite or not a number
			b.warn("score of %s: %q is not a number", name, w)
			return
		}
		numbers[i] = n
	}
	if len(words) == 1 {
		numbers = [4]float64{numbers[0], numbers[0], numbers[0], numbers[0]}
	}
	if relative {
		old, ok := b.scores[name]
		if !ok {
			b.warn("score of %s: no earlier score to add to", name)
			return
		}
		for i := range numbers {
			numbers[i] += old[i]
		}
	}
	b.scores[name], b.scoredBy[name] = numbers, b.line.Site
}

// define returns the rule of that name, emptied, in its old place if it was defined before.
func (b *builder) define(kind Kind, name string) *Rule {
	r := b.set.byName[name]
	if r == nil {
		r = &Rule{index: int32(len(b.set.rules))}
		b.set.byName[name] = r
		b.set.rules = append(b.set.rules, r)
	}
	*r = Rule{Name: name, Kind: kind, line: b.line, index: r.index, sub: isSubRule(name), header: -1}
	return r
}

// rule reads the definition of a rule.
func (b *builder) rule(kind Kind, name, value string) {
	if value == "" {
		b.warn("%s %s: has no definition", kind, name)
		return
	}
	var detail []uriCondition
	if old := b.set.byName[name]; old != nil {
		detail = old.detail
	}
	r := b.define(kind, name)
	var err error
	if call, ok := strings.CutPrefix(value, "eval:"); ok && kind != Meta {
		if r.fn, r.args, err = parseCall(call); r.fn == uriDetailFunction {
			r.detail = detail
		}
	} else {
		switch kind {
		case Meta:
			r.pattern = value // parsed when all names are known: see rules_matching
		case Header:
			if err = b.headerRule(r, value); err == nil && b.set.headers[r.header].name == fileNames {
				err = errors.New("uses the names of parts, which only mimeheader rules have")
			}
		case MIMEHeader:
			err = b.mimeRule(r, value)
		case URIDetail:
			r.detail, err = parseURIDetail(value)
		default:
			r.pattern, r.letters, err = cutPattern(value)
		}
	}
	if err != nil {
		r.inert = true
		b.warn("%s %s: %v", kind, name, err)
	}
}

// lookup keeps a line that defines a lookup of names in lists.
func (b *builder) lookup(kind, name, value string) {
	words := splitWords(value)
	if least := map[string]int{"askdns": 1, "uridnsbl": 2, "urirhsbl": 2, "urinsrhsbl": 2,
		"urifullnsrhsbl": 2}[kind]; len(words) < max(least, 1) ||
		least == 0 && len(words) < 3 {
		b.warn("%s %s: too few arguments", kind, name)
		return
	}
	b.lookups[name] = NetRule{Name: name, Kind: kind, Args: words}
	if kind == "askdns" {
		r := b.define(Net, name)
		r.fn = kind
	}
}

// redirector keeps an expression whose first group is the address that a redirecting URI leads to.
func (b *builder) redirector(value string) {
	pattern, letters, err := cutPattern(value)
	if err == nil {
		var re *perlre.Regexp
		if re, err = perlre.Compile(pattern, letters); err == nil {
			b.set.shared.redirectors = append(b.set.shared.redirectors, re)
			return
		}
	}
	b.warn("redirector_pattern: %v", err)
}
