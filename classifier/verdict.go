package classifier

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/attachment"
	"asterism/senders"
)

// Hit is one test that matched.
type Hit struct {
	Name        string
	Score       float64
	Description string
	Detail      string // the match, for reports: an address, a domain, a signature; often empty
}

// Verdict is the classifier's result for one message.
type Verdict struct {
	Score    float64 // sum of the hits' scores, rounded to three decimals
	Required float64 // score from which on a message is spam (required_score)
	Hits     []Hit   // in the header's order: highest absolute score first, then by name

	Bayes      float64 // probability of spam by the learner, 0 to 1
	BayesReady bool    // whether the learner has enough lessons to count (bayes_min_ham_num, bayes_min_spam_num)
	BayesOdds  float64 // natural log-odds behind Bayes, unrounded
	BayesTrust float64 // how far they may take the place of other tests, from 0 to 1
	counted    float64 // log-odds that count in Score
	// how Score was put together beside the learner; nil where it is the plain sum of the tests' own scores
	Sum *Sum

	MessageID string // value of the Message-ID field, as LogText has it
	Subject   string // the subject, decoded, as LogText has it

	Autolearn string        // "no", "ham", "spam", "disabled" or "failed", as SpamAssassin's autolearn=
	Took      time.Duration // wall time of the whole scan
	Phases    Phases        // its parts by phase
	Notes     []string      // parts left out and failures, for the log

	Tags map[string]string // values of Options.Tags for this message, without tags that have none

	Kept     *Kept                // kept parts of the message; nil without Options.Keep
	Attached *attachment.Contents // contents of the message's attachments; never nil after Check

	sender *senders.Sender // where the record of senders was asked

	AuthResults *AuthResults // results of sender authentication for the header; nil for none
}

// AuthResults is an Authentication-Results field (RFC 8601) to add.
type AuthResults struct {
	Authserv string // whose the field is
	Value    string // its value; lines are folded with "\n\t"
}

// AuthResultsName is the name of that field.
const AuthResultsName = "Authentication-Results"

// Phases are the wall times of a scan's parts.
type Phases struct {
	Learner time.Duration // parsing the message, taking its tokens and looking them up
	Rules   time.Duration // matching the rules, during the network checks
	Network time.Duration // waiting for the network once the rules were done
}

// Spam reports whether the score has reached the required one.
func (v *Verdict) Spam() bool { return v.Score >= v.Required }

// maxAsterisks bounds the bar of asterisks, however high the score.
const maxAsterisks = 40

// headerWidth is the column (RFC 5322, section 2.1.1) at which the list of names is folded.
const headerWidth = 78

// HeaderName is the header that carries the verdict.
const HeaderName = "X-Spam-Score"

// HeaderValue returns the value of X-Spam-Score: the score, a bar of one asterisk per whole point, and the names of the
// tests that hit. Lines are folded with "\n\t"; the first line leaves room for the header's name.
func (v *Verdict) HeaderValue() string {
	shown := v.shownScore()
	stars := min(max(int(shown), 0), maxAsterisks)
	var b strings.Builder
	b.WriteString(strconv.FormatFloat(shown, 'f', 1, 64))
	b.WriteString(" (")
	b.WriteString(strings.Repeat("*", stars))
	b.WriteString(")")
	column := len(HeaderName) + 2 + b.Len()
	for i, h := range v.Hits {
		comma := 1
		if i == len(v.Hits)-1 {
			comma = 0
		}
		if i == 0 {
			b.WriteByte(' ')
			column++
		}
		if column+len(h.Name)+comma > headerWidth {
			b.WriteString("\n\t")
			column = 8
		}
		b.WriteString(h.Name)
		column += len(h.Name) + comma
		if comma == 1 {
			b.WriteByte(',')
		}
	}
	return b.String()
}

// ShownScore returns the score as headers and reports show it, with one decimal. Rounding never makes it reach the
// required score or another asterisk: a MUA rule that counts asterisks must not see five for 4.96.
func (v *Verdict) ShownScore() string {
	return strconv.FormatFloat(v.shownScore(), 'f', 1, 64)
}

func (v *Verdict) shownScore() float64 {
	shown := math.Round(v.Score*10) / 10
	if shown > v.Score && (shown >= 1 && math.Floor(shown) > v.Score || shown >= v.Required && v.Score < v.Required) {
		shown = math.Floor(v.Score*10) / 10
	}
	if shown == 0 {
		shown = 0 // not -0.0
	}
	return shown
}

// ShownPoints returns the points of the hits as reports show them, in tenths that add up to the shown score. Each is
// within a tenth of its exact value.
func (v *Verdict) ShownPoints() []float64 {
	type tenths struct {
		n    int
		rest float64 // what rounding down takes away
		at   int
	}
	parts, sum, left := make([]tenths, len(v.Hits)), 0.0, int(math.Round(v.shownScore()*10))
	for i, h := range v.Hits {
		down := math.Floor(h.Score*10 + 1e-6)
		parts[i] = tenths{int(down), h.Score*10 - down, i}
		sum += h.Score
		left -= int(down)
	}
	points := make([]float64, len(parts))
	if math.Abs(sum-v.Score) > 0.01 { // the score is not their sum: a verdict read from elsewhere
		for i, h := range v.Hits {
			points[i] = math.Round(h.Score*10) / 10
		}
		return points
	}
	slices.SortStableFunc(parts, func(a, b tenths) int { return cmp.Compare(b.rest, a.rest) })
	for i, p := range parts {
		if i < left {
			p.n++
		}
		points[p.at] = float64(p.n) / 10
	}
	return points
}

// Names returns the names of the tests that hit, in the header's order.
func (v *Verdict) Names() []string {
	names := make([]string, len(v.Hits))
	for i, h := range v.Hits {
		names[i] = h.Name
	}
	return names
}

// sortHits puts hits into the header's order.
func sortHits(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int {
		if x, y := math.Abs(a.Score), math.Abs(b.Score); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
}
