package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/engine"
	"asterism/listen"
	"asterism/spamc"
)

// sendersOptions has the flags of spamd senders.
type sendersOptions struct {
	*options
	json bool
}

// newSendersCommand returns spamd senders with its subcommands.
func newSendersCommand(opt *options) *cobra.Command {
	s := &sendersOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "senders",
		Short: "Show or erase the record of an address that AWL or TxRep goes by",
		Long: "senders works on the record of senders that the daemon keeps for AWL (use_auto_welcomelist) or TxRep " +
			"(use_txrep).\n" +
			"It queries the running daemon through its control socket. Without a daemon it reads the file.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	show := s.command("show ADDRESS...", "Print the networks, messages and mean scores of addresses", s.show)
	show.Long = "show prints a line for each network, or signing domain, that messages of an address came by.\n" +
		"With TxRep, ADDRESS may be a domain, a client's address or a HELO name as well."
	show.Flags().BoolVar(&s.json, "json", false, "print a JSON list per address, not a table")
	forget := s.command("forget ADDRESS...", "Erase all entries of addresses", s.forget)
	cmd.AddCommand(show, forget)
	return cmd
}

// senderAsker answers what the subcommands ask.
type senderAsker func(ctx context.Context, what string, request []byte) ([]byte, error)

func (s *sendersOptions) command(use, short string,
	run func(ask senderAsker, ctx context.Context, out io.Writer, name string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, problems := s.loadConfig()
			if config.Failed(problems) {
				return fail(exitConfig, firstError(problems))
			}
			ask, end, err := s.connect(cmd.Context(), cfg)
			if err != nil {
				return fail(exitUnavailable, err)
			}
			defer end()
			var errs []error
			for _, name := range args { // one that fails does not keep it from the others
				errs = append(errs, run(ask, cmd.Context(), cmd.OutOrStdout(), name))
			}
			return fail(exitUnavailable, errors.Join(errs...))
		}}
}

// connect returns the running daemon or, where none answers, the file.
func (s *sendersOptions) connect(ctx context.Context, cfg *config.Config) (ask senderAsker, end func(), err error) {
	if path := cmp.Or(s.control, historyControl(cfg)); path != "" {
		addr, err := listen.Parse(path)
		if err != nil {
			return nil, nil, fail(exitUsage, err)
		}
		client := &spamc.Client{Addr: addr}
		if err = client.Ping(ctx); err == nil {
			return client.Senders, func() {}, nil
		}
		if s.control != "" {
			return nil, nil, fmt.Errorf("no spamd answers at %s: %w", s.control, err)
		}
	}
	if !cfg.UseAWL() && !cfg.UseTxRep() {
		return nil, nil, engine.ErrNoSenders
	}
	if _, err := os.Stat(cfg.SendersFile()); err != nil && engine.ControlPath(cfg.Bayes.Path) != "" {
		return nil, nil, fmt.Errorf("no daemon runs, and there is no record of senders yet: %w", err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg.Bayes.Use = false
	e, err := engine.Open(cfg, engine.Options{Log: log, LearnOnly: true, Senders: true})
	if err != nil {
		return nil, nil, err
	}
	return e.AskSenders, func() { e.Close() }, nil
}

// askSender asks one question about a name.
func askSender(ctx context.Context, ask senderAsker, what, name string, answer any) (raw []byte, err error) {
	request, err := json.Marshal(engine.SenderAct{Name: name})
	if err != nil {
		return nil, err
	}
	if raw, err = ask(ctx, what, request); err != nil {
		return nil, err
	}
	return raw, json.Unmarshal(raw, answer)
}

func (s *sendersOptions) show(ask senderAsker, ctx context.Context, out io.Writer, name string) error {
	var found []engine.SenderShown
	raw, err := askSender(ctx, ask, "show", name, &found)
	switch {
	case err != nil:
		return err
	case s.json:
		_, err = fmt.Fprintf(out, "%s\n", raw)
		return err
	case len(found) == 0:
		_, err = fmt.Fprintf(out, "%s: no messages are recorded\n", escaped(name))
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tNETWORK\tSIGNED BY\tMESSAGES\tMEAN\tLAST")
	for _, f := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%.1f\t%s\n", escaped(f.Name), escaped(f.Network),
			cmp.Or(escaped(f.Signer), "-"), f.Messages, f.Mean, f.Last)
	}
	return table.Flush()
}

func (s *sendersOptions) forget(ask senderAsker, ctx context.Context, out io.Writer, name string) error {
	var gone engine.SendersForgotten
	if _, err := askSender(ctx, ask, "forget", name, &gone); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: %d entries erased\n", escaped(name), gone.Entries)
	return err
}
