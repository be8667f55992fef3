package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/metrics"
)

// statsOptions has the flags of spamd stats.
type statsOptions struct {
	*options
	json bool
	top  int
}

// newStatsCommand returns spamd stats.
func newStatsCommand(opt *options) *cobra.Command {
	s := &statsOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Print the counters of the running daemon since its start",
		Long: "stats prints the counters of the running daemon since its start, read through its control socket:\n" +
			"messages, spam and ham, messages not scanned with the reasons, and the learner. The tests with the most\n" +
			"hits follow, with their shares of ham and of spam. /metrics has the same counters.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	cmd.Flags().BoolVar(&s.json, "json", false, "print a JSON object, with all tests")
	cmd.Flags().IntVar(&s.top, "top", 20, "print the `N` tests with the most hits")
	return cmd
}

// run prints the daemon's counts.
func (s *statsOptions) run(ctx context.Context, out io.Writer) error {
	cfg, problems := s.loadConfig()
	if config.Failed(problems) {
		return fail(exitConfig, firstError(problems))
	}
	client, err := s.controlClient(cfg)
	if err != nil {
		return fail(exitUnavailable, err)
	}
	var status metrics.Status
	if err := client.Status(ctx, &status); err != nil {
		return fail(exitUnavailable, fmt.Errorf("no spamd answers at %s: %w", client.Addr, err))
	}
	if s.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(&status)
	}
	return status.Write(out, s.top)
}
