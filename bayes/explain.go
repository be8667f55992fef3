package bayes

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"asterism/store"
	"asterism/tokenizer"
)

// TokenPull is one token's part in the evidence of a mail.
type TokenPull struct {
	Text      string
	Ham, Spam uint32  // mails of each class that had it
	Weight    float64 // positive for spam
	Pull      float64 // its share of the log-odds of spam
}

// Explain returns the evidence of a mail's tokens, and the pull of each known token, the strongest first.
func (l *Learner) Explain(header, body []tokenizer.Text) (Evidence, []TokenPull, error) {
	var pulls []TokenPull
	e, err := l.score(tokensOf(header), tokensOf(body), func(m *mail, p *model) {
		h, b := read(&m.header.sums, &m.body.sums)
		pulls = m.header.pulls(pulls, header, h, p.slope)
		pulls = m.body.pulls(pulls, body, b, p.slope)
	})
	slices.SortStableFunc(pulls, func(a, b TokenPull) int { return cmp.Compare(math.Abs(b.Pull), math.Abs(a.Pull)) })
	return e, pulls, err
}

func tokensOf(texts []tokenizer.Text) []store.Token {
	tokens := make([]store.Token, len(texts))
	for i := range texts {
		tokens[i] = texts[i].Token
	}
	return tokens
}

// pulls appends those of the block's known tokens, in the reading that counts.
func (b *block) pulls(list []TokenPull, texts []tokenizer.Text, counts, slope float64) []TokenPull {
	part, length := float32(1), b.norm
	if counts > b.pull {
		_, part, length = b.sums.bounded()
	}
	for i := range b.records {
		r := &b.records[i]
		if r.Ham|r.Spam == 0 {
			continue
		}
		share := b.values[i] * r.Weight
		if share <= 0 {
			share *= part
		}
		pull := slope * float64(share/length)
		list = append(list, TokenPull{texts[i].Text, r.Ham, r.Spam, float64(r.Weight), pull})
	}
	return list
}

// WriteExplanation writes the evidence and its strongest tokens, at most top, as plain text of at most 79 columns.
func WriteExplanation(w io.Writer, e Evidence, pulls []TokenPull, top int) error {
	fmt.Fprintf(w, "Bayes: probability of spam %.4f, log-odds %+.2f\n", e.Probability, e.LogOdds)
	if !e.Ready {
		fmt.Fprintln(w, "  not counted yet: too little has been learned")
	}
	fmt.Fprintf(w, "  header %+.2f, body %+.2f, chi-square %+.2f, posterior %+.2f\n", e.Header, e.Body, e.ChiSquare,
		e.Posterior)
	if e.Bounded {
		fmt.Fprintln(w, "  words of ham count only so much: others are too clearly those of spam")
	}
	if _, err := fmt.Fprintf(w, "  %d of %d tokens known\n", e.Known, e.Tokens); err != nil {
		return err
	}
	if len(pulls) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "pull\tham\tspam\tweight\t  token")
	for i, p := range pulls {
		if i == top {
			break
		}
		fmt.Fprintf(table, "%+.3f\t%d\t%d\t%+.2f\t  %s\n", p.Pull, p.Ham, p.Spam, p.Weight, printable(p.Text))
	}
	return table.Flush()
}

// printable makes a mail's text safe to paste and to show on a terminal.
func printable(text string) string {
	const most = 44
	clean := strings.ToValidUTF8(text, "?")
	clean = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e {
			return '?'
		}
		return r
	}, clean)
	if runes := []rune(clean); len(runes) > most {
		clean = string(runes[:most-1]) + "…"
	}
	return clean
}
