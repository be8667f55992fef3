package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"asterism/typo"
)

// flagError names the flag that an unknown one may have been meant to be.
func flagError(cmd *cobra.Command, err error) error {
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	meant := typo.Nearest(name, func(yield func(string) bool) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { yield(f.Name) })
	})
	if meant == "" {
		return err
	}
	return fmt.Errorf("unknown flag --%s, did you mean --%s?", name, meant)
}
