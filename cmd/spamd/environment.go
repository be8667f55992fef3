package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"asterism/environ"
)

// notFromEnvironment are options that belong to one call of a command. The configuration's file has a variable of its
// own.
var notFromEnvironment = []string{"lint", "help", "version", "config"}

// readEnvironment sets the options that the command line leaves open. The subcommands have those that they share with
// the daemon. The daemon names variables that no option has.
func (o *options) readEnvironment(cmd *cobra.Command, variables []string) error {
	var names []string
	add := func(f *pflag.Flag) {
		if !slices.Contains(notFromEnvironment, f.Name) {
			names = append(names, f.Name)
		}
	}
	if cmd.HasParent() {
		cmd.InheritedFlags().VisitAll(add)
	} else {
		cmd.Flags().VisitAll(add)
	}
	unknown, err := environ.Apply(cmd.Flags(), names, variables)
	if err != nil {
		return fail(exitUsage, err)
	}
	for _, name := range unknown {
		if !cmd.HasParent() && name != environ.Variable("config") {
			fmt.Fprintf(cmd.ErrOrStderr(), "spamd: environment variable %s: no option has this name\n", name)
		}
	}
	return nil
}
