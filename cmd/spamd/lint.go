package main

import (
	"errors"
	"fmt"
	"io"

	"asterism/config"
	"asterism/engine"
)

// exitLint is the exit code of --lint for a configuration that a daemon would not start on.
const exitLint = 1

// lint reads the configuration and its rules and prints everything that is wrong or has no effect, by file and line.
// Warnings alone are no failure.
func lint(opt *options, out io.Writer) error {
	cfg, problems := opt.loadConfig()
	problems = engine.Lint(cfg, problems)
	errs := 0
	for _, p := range problems {
		fmt.Fprintln(out, p)
		if p.Severity == config.Error {
			errs++
		}
	}
	fmt.Fprintf(out, "%d errors, %d warnings\n", errs, len(problems)-errs)
	if config.Failed(problems) {
		return fail(exitLint, errors.New("the configuration has errors"))
	}
	return nil
}
