package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"asterism/engine"
	"asterism/history"
)

// writeTable writes mails, a line each.
func writeTable(w io.Writer, found *engine.HistoryFound) error {
	if len(found.Records) == 0 {
		_, err := fmt.Fprintln(w, "no such mail")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tTIME\tQUEUE ID\tSCORE\tACTION\tTAUGHT\tSENDER\tRECIPIENTS\tSUBJECT")
	for _, r := range found.Records {
		taught := ""
		if c := r.Class(); c != 0 {
			taught = c.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t<%s>\t%s\t%s\n", r.ID, r.Time.Local().Format("2006-01-02 15:04:05"),
			short(r.QueueID),
			scoreText(r), r.Action, taught, short(r.Sender), short(strings.Join(r.Recipients, ",")), short(r.Subject))
	}
	err := t.Flush()
	if found.More {
		_, more := fmt.Fprintln(w, "there are older messages: raise --limit")
		err = errors.Join(err, more)
	}
	return err
}

// scoreText returns a record's score with the required one, "-" without.
func scoreText(r *history.Record) string {
	if !r.Scanned {
		return "-"
	}
	return fmt.Sprintf("%.1f/%.1f", r.Score, r.Required)
}

// short returns a text out of a mail as it fits into a table.
func short(s string) string {
	const width = 40
	s = escaped(s)
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}

// escaped returns a text with what is not to be printed in the form of Go's escapes, such as \x1b.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "�") {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// writeRecord writes one mail.
func writeRecord(w io.Writer, shown *engine.HistoryShown, describe map[string]string) error {
	r := shown.Record
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, escaped(fmt.Sprintf(format, args...)))
	}
	text := func(name, value string) {
		if value != "" {
			line(name, "%s", value)
		}
	}
	line("record", "%s, %d bytes, %s", r.ID, r.Size, r.Time.Local().Format("2006-01-02 15:04:05 -0700"))
	line("seen by", "%s, %s, in %v", r.Host, r.Front, r.Took.Round(100*time.Microsecond))
	text("queue ID", r.QueueID)
	text("Message-ID", r.MessageID)
	if r.Client.IsValid() {
		line("client", "%s[%s] helo %s", r.ClientName, r.Client, r.Helo)
	}
	text("authenticated", r.AuthUser)
	line("sender", "<%s>", r.Sender)
	for _, to := range r.Recipients {
		line("recipient", "<%s>", to)
	}
	text("from", r.From)
	text("subject", r.Subject)
	text("authentication", r.AuthResults)
	line("action", "%s", strings.TrimSpace(r.Action+" "+r.Reason))
	text("error", r.Error)
	text("quarantine", r.Quarantine)
	for _, w := range r.Words {
		line("word", "%+.2f %s", w.Pull, w.Text)
	}
	text("left out", strings.Join(r.Notes, "; "))
	for _, taught := range r.Taught {
		what := taught.Class.String()
		if taught.Class == 0 {
			what = "taken back"
		}
		line("taught", "%s, %s by %s", what, taught.Time.Local().Format("2006-01-02 15:04:05"), taught.By)
	}
	if !r.Teachable {
		line("teachable", "no, it has no tokens")
	}
	if err := errors.Join(t.Flush(), writeVerdict(w, shown)); err != nil || !r.Scanned {
		return err
	}
	return writeTests(w, r, describe)
}

// writeVerdict writes the score, and what it would be now.
func writeVerdict(w io.Writer, shown *engine.HistoryShown) error {
	r := shown.Record
	if !r.Scanned {
		_, err := fmt.Fprintln(w, "not scanned")
		return err
	}
	verdict := "ham"
	if r.Spam() {
		verdict = "spam"
	}
	fmt.Fprintf(w, "\n%s: %.1f of %.1f points", verdict, r.Score, r.Required)
	if r.BayesReady {
		fmt.Fprintf(w, ", probability of spam by the learner %.4f", r.Bayes)
	}
	if n := shown.Now; n != nil {
		fmt.Fprintf(w, "; its score now is %.1f", n.Score)
	}
	_, err := fmt.Fprint(w, "\n\n")
	return err
}

// writeTests writes the tests with their points.
func writeTests(w io.Writer, r *history.Record, describe map[string]string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, test := range r.Tests {
		text := describe[test.Name]
		if test.Detail != "" {
			text = strings.TrimSpace(text + " [" + test.Detail + "]")
		}
		fmt.Fprintf(t, "%7.3f\t%s\t%s\n", test.Score, test.Name, escaped(text))
	}
	return t.Flush()
}
