package tag

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/config"
)

// placeholder is a _NAME_ or _NAME(argument)_ of SpamAssassin's templates.
var placeholder = regexp.MustCompile(`_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:\(([^)]*)\))?_`)

// Placeholders returns the tags of templates that need data of the message, each once: names, with their arguments.
func Placeholders(templates ...string) []string {
	var all []string
	for _, template := range templates {
		for _, s := range placeholder.FindAllString(template, -1) {
			if s = s[1 : len(s)-1]; !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// expand fills in a template of SpamAssassin's: _SCORE_, _REQD_, _YESNO_, _YESNOCAPS_, _STARS(*)_, _TESTS(,)_,
// _TESTSSCORES(,)_, _BAYES_, _AUTOLEARN_, _SUMMARY_, _REPORT_, _PREVIEW_, _VERSION_, _HOSTNAME_, _CONTACTADDRESS_,
// _DATE_, and those that are among the verdict's Tags. Those of SpamAssassin's that nothing here can fill in become
// empty; others stay as they are, and so does _PREVIEW_ where raw, the message, is nil: in header fields.
func (o Options) expand(template string, raw []byte, v *classifier.Verdict) string {
	return placeholder.ReplaceAllStringFunc(template, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		if text, ok := o.value(m[1], m[2], raw, v); ok {
			return text
		}
		return s
	})
}

// value returns the value of a placeholder.
func (o Options) value(name, arg string, raw []byte, v *classifier.Verdict) (string, bool) {
	switch name {
	case "SCORE", "HITS":
		return padded(v.ShownScore(), arg), true
	case "REQD":
		return strconv.FormatFloat(v.Required, 'f', 1, 64), true
	case "YESNO":
		return yesNo(v, "Yes", "No", arg), true
	case "YESNOCAPS":
		return yesNo(v, "YES", "NO", arg), true
	case "STARS":
		if arg == "" {
			arg = "*"
		}
		return strings.Repeat(arg, min(max(int(v.Score), 0), maxStars)), true
	case "TESTS":
		return tests(v, arg, false), true
	case "TESTSSCORES":
		return tests(v, arg, true), true
	case "BAYES":
		if !v.BayesReady {
			return "0.5", true
		}
		return strconv.FormatFloat(v.Bayes, 'f', 4, 64), true
	case "AUTOLEARN":
		return v.Autolearn, true
	case "SUMMARY":
		return summary(v, o.Width), true
	case "REPORT":
		return "\n" + bulleted(summary(v, o.Width)), true
	case "PREVIEW":
		return preview(raw), raw != nil
	case "VERSION":
		return o.Version, true
	case "HOSTNAME":
		return o.Hostname, true
	case "CONTACTADDRESS":
		return o.Contact, true
	case "TIMING":
		return timing(v), true
	case "DATE":
		return time.Now().Format(time.RFC1123Z), true
	}
	if arg != "" {
		name += "(" + arg + ")"
	}
	if text, ok := v.Tags[name]; ok {
		return text, true
	}
	name, _, _ = strings.Cut(name, "(")
	return "", slices.Contains(empty, name)
}

// empty is SpamAssassin's tags that nothing here fills in, those about versions of rules that there are not, and the
// answers of DNS lists where there is none.
var empty = append([]string{"SUBVERSION", "RULESVERSION", "RBL"}, config.EmptyTags...)

// timing returns where the time of a scan went, in milliseconds.
func timing(v *classifier.Verdict) string {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	var parts []string
	for _, p := range []struct {
		name string
		took time.Duration
	}{{"learner", v.Phases.Learner}, {"rules", v.Phases.Rules}, {"network", v.Phases.Network}} {
		parts = append(parts, fmt.Sprintf("%s: %.2f (%.1f%%)", p.name, ms(p.took), 100*ms(p.took)/max(ms(v.Took), 1e-6)))
	}
	return fmt.Sprintf("total %.0f ms - %s", ms(v.Took), strings.Join(parts, ", "))
}

// bulleted begins each line with an asterisk, as reports in headers do.
func bulleted(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("* " + line)
	}
	return b.String()
}

// maxStars is the longest bar of SpamAssassin's X-Spam-Level.
const maxStars = 50

// padded puts a score into as many columns as the pattern has, filled with its characters: 5.1 and "00" give 05.1.
func padded(score, pattern string) string {
	whole, _, _ := strings.Cut(score, ".")
	if n := len(pattern) - len(strings.TrimPrefix(whole, "-")) + 1; pattern != "" && n > 0 && n <= len(pattern) {
		return pattern[:n] + score
	}
	return score
}

// yesNo returns yes for spam and no for ham; an argument "spam,ham" gives words of its own.
func yesNo(v *classifier.Verdict, yes, no, arg string) string {
	if a, b, ok := strings.Cut(arg, ","); ok {
		yes, no = a, b
	}
	if v.Spam() {
		return yes
	}
	return no
}

// tests lists the names of the tests that hit in their order, with their scores if wanted.
func tests(v *classifier.Verdict, separator string, scores bool) string {
	if separator == "" {
		separator = ","
	}
	if len(v.Hits) == 0 {
		return "none"
	}
	var words []string
	for _, h := range slices.SortedFunc(slices.Values(v.Hits),
		func(a, b classifier.Hit) int { return strings.Compare(a.Name, b.Name) }) {
		word := h.Name
		if scores {
			word += "=" + strconv.FormatFloat(h.Score, 'f', -1, 64)
		}
		words = append(words, word)
	}
	return strings.Join(words, separator)
}
