// Package environ reads options of the command line from the environment, as containers are configured:
// ASTERISM_MAX_SIZE=1M is --max-size 1M.
package environ

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Prefix begins the names of the variables. The option's name follows in capitals, with underscores.
const Prefix = "ASTERISM_"

// foreign begin the names of variables that Kubernetes sets for a service called asterism.
var foreign = []string{Prefix + "SERVICE_", Prefix + "PORT"}

// Apply sets the named options that the command line does not set, from variables "NAME=VALUE". Blanks separate the
// values of an option that may be repeated; an empty variable is as good as none. It returns the names of variables
// that no option has.
func Apply(flags *pflag.FlagSet, options, variables []string) (unknown []string, err error) {
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		option, ours := strings.CutPrefix(name, Prefix)
		if !ours || value == "" || slices.ContainsFunc(foreign, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		option = strings.ReplaceAll(strings.ToLower(option), "_", "-")
		flag := flags.Lookup(option)
		if flag == nil || !slices.Contains(options, option) || Variable(option) != name {
			unknown = append(unknown, name)
			continue
		}
		if flag.Changed {
			continue
		}
		for _, one := range values(flag, value) {
			if err := flags.Set(option, one); err != nil {
				return unknown, fmt.Errorf("environment variable %s: %w", name, err)
			}
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

// Variable returns the name of an option's variable.
func Variable(option string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// values returns the values that a variable gives an option.
func values(flag *pflag.Flag, value string) []string {
	if _, list := flag.Value.(pflag.SliceValue); list {
		return strings.Fields(value)
	}
	return []string{value}
}
