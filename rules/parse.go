package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/config/expr"
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

func validName(name string) bool {
	if name == "" || len(name) > 200 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// cutWord splits a text after its first word.
func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
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

// splitWords splits at blanks, but keeps /expressions/ with blanks in one piece: the last of askdns' words.
func splitWords(s string) []string {
	var words []string
	for s != "" {
		if s[0] == '/' || strings.HasPrefix(s, "m{") || s[0] == '"' || s[0] == '\'' || s[0] == '[' {
			return append(words, strings.Trim(s, " \t"))
		}
		var w string
		w, s = cutWord(s)
		words = append(words, w)
	}
	return words
}

// cutPattern splits "/expression/modifiers" or "m{expression}modifiers".
func cutPattern(s string) (expression, letters string, err error) {
	if rest, ok := strings.CutPrefix(s, "m"); ok && rest != "" {
		s = rest
	} else if s == "" || s[0] != '/' {
		return "", "", fmt.Errorf("%q is not an expression in slashes", s)
	}
	open, end := s[0], s[0]
	if i := strings.IndexByte("({[<", open); i >= 0 {
		end = ")}]>"[i]
	}
	last := strings.LastIndexByte(s, end)
	if last <= 0 {
		return "", "", fmt.Errorf("expression does not end with %q", end)
	}
	expression, letters = s[1:last], strings.TrimSpace(s[last+1:])
	for _, l := range letters {
		if !strings.ContainsRune("imsxgonaldup", l) {
			return "", "", fmt.Errorf("unknown modifier %q", l)
		}
	}
	if open == end && end != '/' && !strings.ContainsRune(`\.|?*+$^`, rune(end)) {
		expression = strings.ReplaceAll(expression, `\`+string(end), string(end))
	}
	return expression, letters, nil
}

// parseCall splits "function(arguments)".
func parseCall(s string) (name string, args []string, err error) {
	name, rest, hasArgs := strings.Cut(s, "(")
	name = strings.TrimSpace(name)
	if !validName(name) {
		return "", nil, fmt.Errorf("%q is not a function", name)
	}
	if !hasArgs {
		return name, nil, nil
	}
	end := strings.LastIndexByte(rest, ')')
	if end < 0 {
		return "", nil, fmt.Errorf("missing ) after the arguments of %s", name)
	}
	rest = strings.TrimSpace(rest[:end])
	for rest != "" {
		var arg string
		if rest[0] == '\'' || rest[0] == '"' {
			quote := rest[0]
			i := 1
			for i < len(rest) && rest[i] != quote {
				if rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == quote {
					i++
				}
				i++
			}
			if i >= len(rest) {
				return "", nil, fmt.Errorf("missing %c in the arguments of %s", quote, name)
			}
			arg = strings.ReplaceAll(rest[1:i], `\`+string(quote), string(quote))
			rest = strings.TrimSpace(rest[i+1:])
			if rest != "" && rest[0] != ',' {
				return "", nil, fmt.Errorf("missing comma in the arguments of %s", name)
			}
			rest = strings.TrimPrefix(rest, ",")
		} else {
			arg, rest, _ = strings.Cut(rest, ",")
			arg = strings.TrimSpace(arg)
		}
		args = append(args, arg)
		rest = strings.TrimSpace(rest)
	}
	return name, args, nil
}

// parseMetas compiles the expressions of meta rules, now that all names are known.
func (b *builder) parseMetas() {
	for _, r := range b.set.rules {
		if r.Kind != Meta || r.inert {
			continue
		}
		text, err := b.expandMatching(r)
		if err == nil {
			r.program, err = expr.Parse(text)
		}
		if err == nil {
			for _, o := range r.program.Operands() {
				if o.Call {
					err = fmt.Errorf("%s() is not a function", o.Name)
				}
			}
		}
		if err != nil {
			r.inert, r.program = true, nil
			b.warnAt(r.line, "meta %s: %v", r.Name, err)
			continue
		}
		numbers := make([]int32, len(r.program.Operands()))
		for i, o := range r.program.Operands() {
			dep := b.set.byName[b.set.current(o.Name)]
			if dep == nil {
				if !b.set.cfg.LeftOut(o.Name) {
					b.warnAt(r.line, "meta %s: rule %s does not exist", r.Name, o.Name)
				}
				numbers[i] = -1
				continue
			}
			numbers[i] = dep.index
			r.operand = append(r.operand, dep.index)
		}
		r.program = r.program.Numbered(numbers)
	}
}

// expandMatching replaces rules_matching(GLOB) in a meta by the sum of the other rules whose names match.
func (b *builder) expandMatching(meta *Rule) (string, error) {
	for text := meta.pattern; ; {
		start := strings.Index(text, "rules_matching(")
		if start < 0 {
			return text, nil
		}
		length := strings.IndexByte(text[start:], ')')
		if length < 0 {
			return "", fmt.Errorf("missing ) after rules_matching")
		}
		glob := compileGlob(strings.TrimSpace(text[start+len("rules_matching(") : start+length]))
		var names []string
		for _, r := range b.set.rules {
			if r != meta && glob.match(r.Name) {
				names = append(names, r.Name)
			}
		}
		sum := "0"
		if len(names) > 0 {
			slices.Sort(names)
			sum = strings.Join(names, "+")
		} else {
			b.warnAt(meta.line, "meta %s: rules_matching(%s) matches no rule, and is 0", meta.Name, glob.pattern)
		}
		text = text[:start] + "(" + sum + ")" + text[start+length+1:]
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
