package metrics

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Write writes the state in columns, with the tests that hit most.
func (s *Status) Write(w io.Writer, top int) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	up := s.Now.Sub(s.Started)
	row("daemon", "spamd %s, process %d, up %s", s.Version, s.PID, up.Round(time.Second))
	if s.Unready != "" {
		row("not ready", "%s", s.Unready)
	}
	scanned := s.Ham + s.Spam
	row("mails", "%d, %.1f an hour", s.Mails, float64(s.Mails)/max(up.Hours(), 1.0/60))
	row("spam", "%d, %s of %d with a verdict", s.Spam, percent(s.Spam, scanned), scanned)
	row("ham", "%d", s.Ham)
	row("actions", "%s", counts(s.Actions))
	large := s.Skipped[TooLarge]
	row("too large", "%d, %s of all, of %d bytes or more (max_size), passed unscanned", large,
		percent(large, large+scanned+s.Errors),
		s.Setup.MaxSize)
	if others := maps.Clone(s.Skipped); len(others) > 0 {
		delete(others, TooLarge)
		if len(others) > 0 {
			row("not scanned", "%s", counts(others))
		}
	}
	row("failed", "%d scans, %d incomplete", s.Errors, s.Incomplete)
	row("scan time", "%.1f ms on average", 1000*s.Seconds/max(float64(scanned), 1))
	s.writeLearner(row)
	for _, service := range s.Services {
		if service.Alone {
			row("left alone", "%s, %d questions failed", service.Name, service.Failed)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return s.writeTests(w, top)
}

// writeLearner writes what the learner knows, and was taught since the start.
func (s *Status) writeLearner(row func(name, format string, args ...any)) {
	if s.Store == nil {
		row("learner", "off")
		return
	}
	state := "on"
	if int(s.Store.Ham) < s.Setup.MinHam || int(s.Store.Spam) < s.Setup.MinSpam {
		state = fmt.Sprintf("off until %d ham and %d spam are learned", s.Setup.MinHam, s.Setup.MinSpam)
	}
	row("learner", "%s: %d ham, %d spam, %d tokens in %s", state, s.Store.Ham, s.Store.Spam, s.Store.Tokens, s.Setup.Store)
	if len(s.Learned) > 0 {
		row("learned", "%s", counts(s.Learned))
	}
	if s.Store.Queued > 0 {
		row("waiting", "%d messages until the store is back", s.Store.Queued)
	}
}

// writeTests writes the tests that hit most, with the shares of all spam and of all ham that each hit.
func (s *Status) writeTests(w io.Writer, top int) error {
	tests := s.Tests[:min(len(s.Tests), max(top, 0))]
	if len(tests) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nmails\tspam\tham\t test\n")
	for _, test := range tests {
		fmt.Fprintf(t, "%d\t%s\t%s\t %s\n", test.Ham+test.Spam, percent(test.Spam, s.Spam), percent(test.Ham, s.Ham),
			test.Name)
	}
	return t.Flush()
}

// percent is a share of all, "-" of nothing.
func percent(n, all uint64) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(all))
}

// counts lists counters, the largest first; "none" if there are none.
func counts(all map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b], all[a]), strings.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = fmt.Sprintf("%s %d", name, all[name])
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}
