package config

import "fmt"

// CommandLine is the name that options of the command line have in problems.
const CommandLine = "command line"

// Override sets an option from the command line. It warns where a file sets the option to something else.
func (c *Config) Override(option, value string) []Problem {
	from, set := c.origins[option]
	problems := c.Parse(CommandLine, []byte(option+" "+value+"\n"))
	if set && from.site && from.file != CommandLine && from.value != value {
		problems = append(problems, Problem{File: CommandLine, Severity: Warning,
			Text: fmt.Sprintf("%s of the command line takes the place of that of %s, line %d", option, from.file, from.line)})
	}
	return problems
}
