package tag

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"asterism/classifier"
)

// placeholder is a _NAME_ or _NAME(argument)_ of SpamAssassin's templates.
var placeholder = regexp.MustCompile(`_([A-Z]+)(?:\(([^)]*)\))?_`)

// expand fills in a template of SpamAssassin's: _SCORE_, _REQD_, _YESNO_, _YESNOCAPS_, _STARS(*)_, _TESTS(,)_, _TESTSSCORES(,)_,
// _BAYES_, _AUTOLEARN_, _SUMMARY_, _REPORT_, _PREVIEW_, _VERSION_, _HOSTNAME_, _CONTACTADDRESS_, _DATE_. Others
// stay as they are, and so does _PREVIEW_ where raw, the message, is nil: in header fields.
func (o Options) expand(template string, raw []byte, v *classifier.Verdict) string {
	return placeholder.ReplaceAllStringFunc(template, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		if text, ok := o.value(m[1], m[2], raw, v); ok {
			return text
		}
		return s
	})
}

// value returns what a placeholder stands for.
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
		return summary(v), true
	case "REPORT":
		return "\n" + bulleted(summary(v)), true
	case "PREVIEW":
		return preview(raw), raw != nil
	case "VERSION":
		return o.Version, true
	case "HOSTNAME":
		return o.Hostname, true
	case "CONTACTADDRESS":
		return o.Contact, true
	case "DATE":
		return time.Now().Format(time.RFC1123Z), true
	}
	return "", false
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

// tests lists the names of the tests that hit, with their scores if wanted.
func tests(v *classifier.Verdict, separator string, scores bool) string {
	if separator == "" {
		separator = ","
	}
	if len(v.Hits) == 0 {
		return "none"
	}
	var words []string
	for _, h := range v.Hits {
		word := h.Name
		if scores {
			word += "=" + strconv.FormatFloat(h.Score, 'f', -1, 64)
		}
		words = append(words, word)
	}
	return strings.Join(words, separator)
}
