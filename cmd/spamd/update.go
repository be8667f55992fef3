package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/update"
)

// newUpdateCommand returns the command that installs newer rules.
func newUpdateCommand(opt *options) *cobra.Command {
	var key, pidFile string
	var back bool
	cmd := &cobra.Command{
		Use:   "update [FILE|URL]",
		Short: "Install newer rules from a signed archive",
		Long: "update verifies an archive of rules (FILE or URL, or update_from of the configuration) by the signature in\n" +
			"FILE.minisig, tests its rules, and installs them in one step. On any error the rules in use stay.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, problems := opt.loadConfig()
			if config.Failed(problems) {
				return fail(exitConfig, errors.New("the configuration has errors; see spamd --lint"))
			}
			from := cfg.Daemon.UpdateFrom
			if len(args) > 0 {
				from = args[0]
			}
			n, err := opt.update(cmd, from, cmp.Or(key, cfg.Daemon.UpdateKey, update.DefaultKey), back)
			if errors.Is(err, update.ErrCurrent) {
				fmt.Fprintf(cmd.OutOrStdout(), "rules %d are in use already\n", n)
				return nil
			}
			if err != nil {
				return fail(exitUnavailable, err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "rules %d are in use\n", n)
			return reload(pidFile)
		},
	}
	cmd.Flags().StringVar(&key, "key", "",
		"verify by this minisign public `KEY` (default: update_key, or the built-in key)")
	cmd.Flags().StringVar(&pidFile, "pid-file", "",
		"reload the daemon with the process ID in this `FILE`")
	cmd.Flags().BoolVar(&back, "back", false, "return to the previous rules")
	return cmd
}

func (o *options) update(cmd *cobra.Command, from, key string, back bool) (int, error) {
	if back {
		return update.Back(o.updates)
	}
	switch {
	case from == "":
		return 0, errors.New("no archive: give a FILE or URL, or set update_from")
	case key == "":
		return 0, errors.New("no key for verification: set update_key or --key")
	}
	public, err := update.ParseKey(key)
	if err != nil {
		return 0, fmt.Errorf("update_key: %w", err)
	}
	return update.Install(cmd.Context(), update.Options{Dir: o.updates, From: from, Key: public, Built: data.Version,
		Lint: o.lintRules})
}

// lintRules says what is wrong with the rules in a directory, read with the site's configuration in place of the
// program's.
func (o *options) lintRules(dir string) error {
	from := o.sources()
	from.Defaults = os.DirFS(dir)
	cfg, problems := config.Load(from)
	problems = engine.Lint(cfg, problems)
	for _, p := range problems {
		if _, err := os.Stat(dir + "/" + p.File); p.File != "" && err == nil || p.Severity == config.Error {
			return fmt.Errorf("broken rules: %s", p)
		}
	}
	if len(cfg.Rules) == 0 {
		return errors.New("no rules")
	}
	return nil
}

// reload has a daemon read its configuration anew.
func reload(pidFile string) error {
	if pidFile == "" {
		return nil
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return fail(exitUnavailable, fmt.Errorf("the daemon still has the old rules: %w", err))
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && pid > 1 {
		err = syscall.Kill(pid, syscall.SIGHUP)
	}
	if err != nil {
		return fail(exitUnavailable, fmt.Errorf("the daemon still has the old rules: process %q of %s: %w",
			strings.TrimSpace(string(text)), pidFile, err))
	}
	return nil
}
