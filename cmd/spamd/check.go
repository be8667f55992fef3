package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"asterism/classifier"
	"asterism/contain"
	"asterism/mailbox"
	"asterism/message"
)

// checkOptions has the flags of "spamd check".
type checkOptions struct {
	*options
	headers bool
	json    bool
	explain bool
	unmark  bool
}

// newCheckCommand returns the command line of "spamd check".
func newCheckCommand(opt *options) *cobra.Command {
	check := &checkOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "check [flags] [FILE|MBOX|MAILDIR|-]...",
		Short: "Print the verdicts of messages in files, mboxes and Maildirs",
		Long: "check prints one line per message, separated by tabs: its name (numbered in an mbox), score, required\n" +
			"score, spam or ham, the learner's probability of spam, and the tests that hit. The probability is - while the\n" +
			"learner has too few lessons. If a daemon has the store open, check reads the learner through its control\n" +
			"socket. The last line on standard error is a summary. On a terminal the classes have colors, unless NO_COLOR\n" +
			"is set.\n\n" +
			"Exit code: 0, also for spam; 66 if a message could not be read, 78 on a bad configuration.",
		Example: "  spamd check -L inbox.mbox\n  spamd check --headers < mail.eml\n  spamd check -d < marked.eml > mail.eml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
				if term.IsTerminal(int(os.Stdin.Fd())) {
					fmt.Fprintln(os.Stderr, "spamd: reading a message from standard input, up to Ctrl-D; see --help")
				}
			}
			return check.run(cmd.Context(), args, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&check.headers, "headers", false, "print the messages as delivered instead of lines")
	cmd.Flags().BoolVar(&check.json, "json", false, "print a JSON object per message instead of lines")
	cmd.Flags().BoolVar(&check.explain, "explain", false,
		"print the tests with their scores and the tokens with the most weight instead of lines")
	cmd.Flags().BoolVarP(&check.unmark, "remove-markup", "d", false,
		"print the messages without the marks of spamd or SpamAssassin; nothing is checked")
	cmd.MarkFlagsMutuallyExclusive("headers", "json", "explain", "remove-markup")
	return cmd
}

// checkGCPercent lets garbage grow to twice what lives before it is collected: check is done soon, and of what lives,
// some dozen megabytes, most is the store.
const checkGCPercent = 200

// run checks the mails of all paths and prints the verdicts in order.
func (c *checkOptions) run(ctx context.Context, paths []string, out io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(checkGCPercent)
	}
	check, end, err := c.open(ctx, out)
	if err != nil {
		return err
	}
	defer end()
	w := bufio.NewWriter(out)
	shown := newCheckProgress(out)
	defer shown.end()
	unread := false
	err = inOrder(ctx, mails(ctx, paths), func(m mail) ([]byte, error) {
		if m.err != nil {
			return nil, m.err
		}
		var text []byte
		err := contain.Call(func() (err error) {
			text, err = check(ctx, m.Message)
			return err
		})
		var panicked *contain.Panic
		if errors.As(err, &panicked) { // the other mails are checked
			err = &readError{fmt.Errorf("%s: %w", m.Name, err)}
		}
		return text, err
	}, func(text []byte, err error) error {
		var broken *readError
		if errors.As(err, &broken) {
			unread = true
			w.Flush()
			shown.end()
			fmt.Fprintln(os.Stderr, "spamd:", err)
			return nil
		}
		if err != nil {
			return err
		}
		if _, err = w.Write(text); shown.toTerminal && err == nil {
			err = w.Flush()
		}
		shown.add()
		return err
	})
	if err = errors.Join(err, w.Flush()); err == nil && unread {
		err = fail(exitNoInput, errors.New("some messages could not be read"))
	}
	return err
}

// open returns what is done with each mail, and what ends it.
func (c *checkOptions) open(ctx context.Context, out io.Writer) (
	check func(context.Context, mailbox.Message) ([]byte, error), end func(), err error) {
	if c.unmark {
		marks, err := c.marks()
		return func(_ context.Context, m mailbox.Message) ([]byte, error) {
			return marks.Remove(message.Parse(m.Raw)), nil
		}, func() {}, err
	}
	checker, err := c.openChecker(ctx, out)
	if err != nil {
		return nil, nil, err
	}
	return checker.check, checker.close, nil
}

// readError is an error about one mail, or one mailbox, that does not keep us from the others.
type readError struct{ error }

// mail is one mail to check, or why it cannot be had.
type mail struct {
	mailbox.Message
	err error
}

// mails reads the mails of all paths.
func mails(ctx context.Context, paths []string) <-chan mail {
	out := make(chan mail, 16)
	go func() {
		defer close(out)
		send := func(m mail) bool {
			select {
			case out <- m:
				return true
			case <-ctx.Done():
				return false
			}
		}
		for _, path := range paths {
			box, err := mailbox.Open(path, 0)
			if err != nil {
				if !send(mail{err: &readError{err}}) {
					return
				}
				continue
			}
			for {
				m, err := box.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					err = &readError{err}
				}
				if !send(mail{m, err}) {
					break
				}
			}
			box.Close()
		}
	}()
	return out
}

// line returns a verdict as one line.
func line(name string, v *classifier.Verdict, paint func(string) string) []byte {
	return fmt.Appendf(nil, "%s\t%s\t%.1f\t%s\t%s\t%s\n", strings.ReplaceAll(name, "\t", " "), v.ShownScore(), v.Required,
		paint(class(v)),
		v.ShownBayes(), strings.Join(v.Names(), ","))
}

func class(v *classifier.Verdict) string {
	if v.Spam() {
		return "spam"
	}
	return "ham"
}
