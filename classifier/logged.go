package classifier

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLogText is how many bytes of a text of the sender's the log takes: a Message-ID (RFC 5322, section 2.1.1) or a
// subject.
const maxLogText = 200

// LogText returns a text of the sender's for the log, at most 200 bytes, with unprintable characters quoted.
func LogText(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxLogText {
		return strings.Clone(s) // not to keep the whole message
	}
	cut := maxLogText
	for cut > maxLogText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// LogAttrs returns the log's attributes of a verdict: the score, the learner's probability ("-" while it does not
// count), and each test with its points.
func (v *Verdict) LogAttrs() []any {
	attrs := []any{
		slog.String("score", v.ShownScore()), slog.Float64("required", v.Required), slog.String("bayes", v.ShownBayes()),
		slog.String("tests", v.testsWithPoints()), slog.String("autolearn", v.Autolearn),
	}
	if len(v.Notes) > 0 {
		attrs = append(attrs, slog.String("notes", strings.Join(v.Notes, "; ")))
	}
	return attrs
}

// ShownBayes returns the learner's probability of spam with four decimals, "-" while it is not counted.
func (v *Verdict) ShownBayes() string {
	if !v.BayesReady {
		return "-"
	}
	return strconv.FormatFloat(v.Bayes, 'f', 4, 64)
}

// testsWithPoints returns the tests that hit as NAME=POINTS, separated by commas.
func (v *Verdict) testsWithPoints() string {
	b := make([]byte, 0, 24*len(v.Hits))
	points := v.ShownPoints()
	for i, h := range v.Hits {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, h.Name...), '=')
		b = strconv.AppendFloat(b, points[i], 'f', 1, 64)
	}
	return string(b)
}
