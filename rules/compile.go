package rules

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"asterism/config"
	"asterism/contain"
	"asterism/rules/perlre"
)

// Compile makes a Set of a configuration's rule lines, given the functions that others answer. Rules that cannot be
// compiled, or that nobody answers, are left out; each is a warning that names it.
func Compile(cfg *config.Config, external Functions) (*Set, []config.Problem) {
	b := newBuilder(cfg)
	b.external = external
	for _, l := range cfg.Rules {
		b.read(l)
	}
	b.replace.resolve()
	b.parseMetas()
	for _, r := range b.set.rules {
		b.line = r.line
		b.attributes(r)
		b.compileRule(r)
	}
	b.compileExpressions()
	b.resolveLimits()
	b.net()
	b.orderMetas()
	b.metasOfSenders()
	b.set.compileShortcuts()
	b.set.compilePhases()
	b.set.compileShared(cfg)
	b.openPlaces()
	b.openFeeds()
	b.set.compileDeferred()
	b.set.compileBase()
	b.findUnused()
	slices.SortStableFunc(b.problems, func(x, y config.Problem) int {
		return cmp.Or(strings.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return b.set, b.problems
}

// attributes gives a rule what other lines say of it.
func (b *builder) attributes(r *Rule) {
	r.Description, r.Flags, r.Prefix = b.describe[r.Name], b.flags[r.Name].words, b.prefix[r.Name]
	r.priority, r.short = b.priority[r.Name], b.short[r.Name]
	r.Own = r.line.Site || b.scoredBy[r.Name]
	score, scored := b.scores[r.Name]
	switch {
	case scored:
		r.Scores = score
	case r.sub:
		r.Scores = [4]float64{1, 1, 1, 1} // not counted; but 0 would switch the rule off
	case strings.HasPrefix(r.Name, "T_"):
		r.Scores = [4]float64{0.01, 0.01, 0.01, 0.01}
	default:
		r.Scores = [4]float64{1, 1, 1, 1}
		if r.Has("nice") || r.short == shortHam {
			r.Scores = [4]float64{-1, -1, -1, -1}
		}
	}
	for i, n := range r.Scores {
		r.active[i] = n != 0
	}
	r.multiple, r.noSubject = r.Has("multiple"), r.Has("nosubject")
	r.maxHits = maxMultiple
	for _, f := range r.Flags {
		if n, ok := strings.CutPrefix(f, "maxhits="); ok {
			if r.maxHits = atoi(n); r.maxHits <= 0 {
				r.maxHits = maxMultiple
			}
		}
	}
	if r.Has("net") && r.fn != "" { // other kinds ask nobody
		r.active[0], r.active[2] = false, false
	}
}

// maxMultiple bounds how often a rule with the flag multiple is counted.
const maxMultiple = 1000

// compileRule finds the function of a rule, or notes its expression.
func (b *builder) compileRule(r *Rule) {
	if r.inert || r.Kind == Meta || r.Kind == Net {
		return
	}
	if r.fn == attachmentFunction {
		b.compileAttachment(r)
		return
	}
	if r.fn != "" {
		b.compileCall(r)
		return
	}
	if r.Kind == MIMEHeader {
		r.mimeFlags()
	}
	if r.Kind == URIDetail {
		r.eval = detailEval(r)
	}
	if r.exists || r.Kind == URIDetail {
		return
	}
	pattern := r.pattern
	if _, ok := b.replaced[r.Name]; ok {
		pattern = b.replace.expand(pattern)
	}
	if r.tags = tagsIn(pattern); len(r.tags) > 0 {
		r.pattern = pattern
		r.needsTag = !r.negated && len(r.tags) == 1 && needsTag(pattern, r.letters, r.tags[0])
		pattern = substituteTags(pattern, nil) // to see whether it compiles
	}
	b.expressions = append(b.expressions, expression{rule: r, pattern: pattern})
}

// compileCall finds the function that a rule calls. A function that never hits is a warning, with a replacement if
// there is one.
func (b *builder) compileCall(r *Rule) {
	remedy := ""
	if text := substitutes[r.fn]; text != "" {
		remedy = "; " + text
	}
	switch r.eval = evals[r.fn]; {
	case r.fn == uriDetailFunction:
		r.eval = detailEval(r)
	case r.fn == legacyShort:
		b.warn("%s %s: %s() never hits%s", r.Kind, r.Name, r.fn, remedy)
	case r.eval == nil && !b.external[r.fn] && r.fn != bayesFunction:
		r.inert = true
		b.warn("%s %s: no function %s(): the rule never hits%s", r.Kind, r.Name, r.fn, remedy)
	}
}

// expression is a rule's expression that is yet to be compiled.
type expression struct {
	rule    *Rule
	pattern string
	err     error
}

// compileExpressions compiles the expressions, which takes most of the time of a start, on all processors.
func (b *builder) compileExpressions() {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(b.expressions)); i = next.Add(1) - 1 {
				e := &b.expressions[i]
				e.err = contain.Call(func() (err error) {
					e.rule.re, err = perlre.Compile(e.pattern, e.rule.letters)
					return err
				})
			}
		})
	}
	workers.Wait()
	for _, e := range b.expressions {
		if r := e.rule; e.err != nil {
			r.inert, r.re = true, nil
			b.warnAt(r.line, "%s %s: %v", r.Kind, r.Name, e.err)
		}
	}
	b.expressions = nil
}

// net collects the rules that others answer.
func (b *builder) net() {
	for _, r := range b.set.rules {
		if r.inert || !r.active[1] && !r.active[3] {
			continue // a score of 0 is how an administrator says not to ask
		}
		if l, ok := b.lookups[r.Name]; ok && r.Kind == Net {
			l.Flags = r.Flags
			b.set.net = append(b.set.net, l)
			r.active[0], r.active[2] = false, false
			continue
		}
		if r.fn == "" || r.eval != nil {
			continue
		}
		b.set.net = append(b.set.net, NetRule{Name: r.Name, Kind: r.Kind.String(), Func: r.fn, Args: r.args, Flags: r.Flags})
		if l, ok := b.lookups[r.Name]; ok {
			l.Flags = r.Flags
			b.set.net = append(b.set.net, l)
		}
	}
}

// orderMetas sorts the metas so that each follows its operands, and makes metas in cycles inert.
func (b *builder) orderMetas() {
	s := b.set
	const visiting, done = 1, 2
	state := make([]uint8, len(s.rules))
	var visit func(r *Rule) bool
	visit = func(r *Rule) bool {
		switch state[r.index] {
		case done:
			return true
		case visiting:
			return false
		}
		state[r.index] = visiting
		for _, dep := range r.operand {
			if s.rules[dep].Kind == Meta && !visit(s.rules[dep]) {
				if !r.inert {
					r.inert = true
					b.warnAt(r.line, "meta %s depends on itself, by way of %s", r.Name, s.rules[dep].Name)
				}
			}
		}
		state[r.index] = done
		if r.program != nil && !r.inert {
			s.metas = append(s.metas, r)
		}
		return true
	}
	for _, r := range s.rules {
		if r.Kind == Meta && !r.inert {
			visit(r)
		}
	}
}
