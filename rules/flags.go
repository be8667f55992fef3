package rules

import (
	"slices"
	"strconv"
	"strings"

	"asterism/config"
	"asterism/typo"
)

// knownFlags are the words of tflags lines. Those of the second line say how a rule is maintained, or are about a
// plug-in's own sums; they change no hit.
var knownFlags = strings.Fields(`net nice learn userconf noautolearn autolearn_force autolearn_header autolearn_body multiple
	nosubject concat ips_only domains_only ns a notrim nolog
	publish nopublish noawl`)

// flagLine is a tflags line, of which the last counts.
type flagLine struct {
	words []string
	line  config.Line
}

// tflags reads a tflags line, and names the words that mean nothing.
func (b *builder) tflags(name, value string) {
	words := strings.Fields(value)
	b.flags[name] = flagLine{words, b.line}
	for _, w := range words {
		if text := b.flagProblem(w); text != "" {
			b.warn("tflags %s: %s", name, text)
		}
	}
}

// flagProblem returns the fault of one word of a tflags line, "" if none.
func (b *builder) flagProblem(word string) string {
	key, value, hasValue := strings.Cut(word, "=")
	switch {
	case hasValue && key == "maxhits":
		if n, err := strconv.Atoi(value); err != nil || n <= 0 {
			return word + " is not a number of hits"
		}
		return ""
	case hasValue && key == "range":
		if strings.Trim(value, "0123456789-") != "" || strings.Count(value, "-") > 1 || strings.Trim(value, "-") == "" {
			return word + " is not a range of parts, such as 1-3"
		}
		return ""
	case slices.Contains(knownFlags, word):
		return ""
	}
	text := "unknown flag " + strconv.Quote(word)
	if best := typo.Nearest(word, slices.Values(knownFlags)); best != "" {
		text += ", did you mean " + best + "?"
	}
	return text
}

// idleFlags notes the flags that change nothing of their rule.
func (b *builder) idleFlags(note func(l config.Line, format string, args ...any)) {
	for _, r := range b.set.rules {
		if r.inert {
			continue
		}
		line := b.flags[r.Name].line
		for _, f := range r.Flags {
			if text := r.idle(f); text != "" {
				note(line, "tflags %s: %s has no effect: %s", r.Name, f, text)
			}
		}
	}
}

// idle returns why a flag changes nothing of a rule, "" if it does.
func (r *Rule) idle(flag string) string {
	name, _, _ := strings.Cut(flag, "=")
	switch name {
	case "maxhits":
		if !r.multiple {
			return "it needs multiple beside it"
		}
	case "multiple":
		if r.fn != "" || r.Kind == Meta || r.Kind == Net || r.Kind == URIDetail {
			return "only expressions on header, body, rawbody, uri, full and mimeheader are counted"
		}
	case "range", "concat":
		if r.Kind != MIMEHeader {
			return "it is for mimeheader rules"
		}
	case "nosubject":
		if r.Kind != Body || r.fn != "" {
			return "it is for body rules with an expression"
		}
	}
	return ""
}
