package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"asterism/typo"
)

// noArgs refuses what is no subcommand, and names the one that may have been meant.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := typo.Nearest(args[0], func(yield func(string) bool) {
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() && !yield(sub.Name()) {
				return
			}
		}
	})
	return fmt.Errorf("unknown command %q%s", strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath()+" "+args[0],
		cmd.Root().Name())), didYouMean(meant))
}

// flagError names the flag that an unknown one may have been meant to be.
func flagError(cmd *cobra.Command, err error) error {
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	meant := typo.Nearest(name, func(yield func(string) bool) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { yield(f.Name) })
	})
	if meant != "" {
		meant = "--" + meant
	}
	return fmt.Errorf("unknown flag --%s%s", name, didYouMean(meant))
}

func didYouMean(meant string) string {
	if meant == "" {
		return ""
	}
	return ", did you mean " + meant + "?"
}
