package engine

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"

	"asterism/config"
	"asterism/network"
	"asterism/rules"
)

// Lint compiles the rules of a configuration as Open does, and returns everything that is wrong or has no effect,
// given the problems of reading it, in the order of files and lines. It opens no store and sends nothing.
func Lint(cfg *config.Config, problems []config.Problem) []config.Problem {
	set, found := rules.Compile(cfg, network.Functions())
	all := slices.Concat(problems, cfg.Ignored, found, set.Unused(), senderProblems(cfg, set))
	log := slog.New(slog.DiscardHandler)
	rulesOnly := *cfg
	// whether programs and sockets are there is a matter of the machine: the daemon logs it
	rulesOnly.Remote = config.Remote{}
	var a networkSide
	opened, err := a.open(&rulesOnly, set, log)
	if err != nil {
		all = append(all, config.Problem{Severity: config.Error, Text: err.Error()})
	} else {
		all = append(all, opened.problems...)
		opened.close()
	}
	slices.SortStableFunc(all, func(x, y config.Problem) int {
		return cmp.Or(strings.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return all
}
