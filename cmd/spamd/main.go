// Command spamd is Asterism's daemon: it gives every mail that an MTA passes it over the milter protocol a verdict in
// its header, and answers SpamAssassin's spamd protocol.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"asterism/daemon"
)

// Exit codes of sysexits.h.
const (
	exitUsage       = 64
	exitNoInput     = 66
	exitNoUser      = 67
	exitUnavailable = 69
	exitConfig      = 78
)

// exitError is an error that asks for a particular exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// fail gives an error an exit code, unless it has one; nil stays nil.
func fail(code int, err error) error {
	if err == nil {
		return nil
	}
	var e *exitError
	if errors.As(err, &e) {
		return err
	}
	return &exitError{code, err}
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// run runs the command and returns its exit code.
func run(ctx context.Context, args []string) int {
	cmd := newCommand()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var e *exitError
	if errors.As(err, &e) {
		complain(fmt.Sprintln("spamd:", err))
		return e.code
	}
	see := "; see"
	if strings.HasSuffix(err.Error(), "?") {
		see = " See"
	}
	complain(fmt.Sprintf("spamd: %v%s spamd --help\n", err, see)) // what cobra finds wrong with the arguments
	return exitUsage
}

// complain prints why the program ends, for the journal as an error.
func complain(text string) {
	if daemon.OnJournal() {
		_ = daemon.ToJournal(os.Stderr, slog.LevelError, text)
		return
	}
	fmt.Fprint(os.Stderr, text)
}

// newCommand returns the command line of spamd.
func newCommand() *cobra.Command {
	opt := &options{}
	cmd := &cobra.Command{
		Use:   "spamd [flags]",
		Short: "Tag mail with a spam score, as a milter or by SpamAssassin's spamd protocol",
		Long: "spamd tags mail with a spam score, in the header field X-Spam-Score. It serves MTAs by the milter\n" +
			"protocol, and spamc and similar clients by SpamAssassin's. It runs in the foreground. SIGHUP reloads the\n" +
			"configuration, SIGUSR1 reopens --log-file, and SIGTERM finishes the messages in progress and exits.\n\n" +
			"ADDR is a socket as sendmail writes it: unix:/path, inet:port@host, inet6:port@host.",
		Args:              noArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return opt.readEnvironment(cmd, os.Environ()) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opt.version {
				fmt.Fprintln(cmd.OutOrStdout(), "spamd (Asterism)", version())
				return nil
			}
			opt.serves = true
			if opt.lint {
				return lint(opt, cmd.OutOrStdout())
			}
			opt.milterSet = cmd.Flags().Changed("milter")
			return serve(cmd.Context(), opt)
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	cmd.CompletionOptions.HiddenDefaultCmd = true
	common, own := opt.commonSections(), opt.serveSections()
	addSections(cmd.PersistentFlags(), common)
	addSections(cmd.Flags(), own)
	cmd.SetUsageFunc(sectionUsage(append(own, common...)))
	cmd.AddCommand(newCheckCommand(opt), newMDACommand(opt), newLMTPCommand(opt), newQuarantineCommand(opt),
		newDoctorCommand(opt), newStatsCommand(opt), newWebCommand(opt),
		newHistoryCommand(opt), newSendersCommand(opt), newUpdateCommand(opt))
	return cmd
}
