package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"asterism/attachment/external"
	"asterism/remote/run"
)

// ExtractText is which programs turn attachments into text.
type ExtractText struct {
	Parts   int           // extracttext_maxparts
	Timeout time.Duration // extracttext_timeout: of one program, and
	Total   time.Duration // of all for one mail
	Tools   []external.Tool
	Uses    []Use
}

// Use is a line of extracttext_use: the expressions by which attachments are chosen for a program.
type Use struct {
	Tool     string
	Patterns []string // of file names; of media types if they have a slash
}

func extractTextOptions() []option {
	return []option{
		{name: "extracttext_maxparts", def: "10", set: count(func(c *Config) *int { return &c.ExtractText.Parts })},
		{name: "extracttext_timeout", def: "5 10", set: extractTimeout},
		{name: "extracttext_external", set: extractTool},
		{name: "extracttext_use", set: extractUse},
	}
}

// maxPrograms is how many programs run at once.
const maxPrograms = 4

// Programs returns the programs that are named; nil if none is.
func (e *ExtractText) Programs() *external.Tools {
	if len(e.Tools) == 0 {
		return nil
	}
	t := &external.Tools{Tools: e.Tools, Parts: e.Parts, Timeout: e.Timeout, Total: e.Total, Runner: run.New(maxPrograms,
		"/")}
	for _, u := range e.Uses {
		for _, p := range u.Patterns {
			t.Uses = append(t.Uses, external.Use{Tool: u.Tool, Type: strings.Contains(p, "/"), Pattern: usePattern(p)})
		}
	}
	return t
}

// plainExtension is a pattern such as ".pdf", of which the dot is meant.
var plainExtension = regexp.MustCompile(`^\.[a-zA-Z0-9]+$`)

// usePattern compiles a pattern, of the whole name or type, without regard to case; nil if it is none.
func usePattern(p string) *regexp.Regexp {
	if plainExtension.MatchString(p) {
		p = `.*\` + p
	}
	re, _ := regexp.Compile(`(?i)^(?:` + p + `)$`)
	return re
}

// extractTimeout reads seconds of one program, and of all.
func extractTimeout(c *Config, value string) error {
	words := strings.Fields(value)
	if len(words) < 1 || len(words) > 2 {
		return errors.New("takes the time limit of one program in seconds, and the limit of all")
	}
	one, err := parseSeconds(words[0])
	total := max(one, 10*time.Second)
	if err == nil && len(words) == 2 {
		total, err = parseSeconds(words[1])
	}
	if err == nil {
		c.ExtractText.Timeout, c.ExtractText.Total = one, total
	}
	return err
}

// setting is an environment variable in a command, such as {OMP_THREAD_LIMIT=1}.
var setting = regexp.MustCompile(`\{([^{}=]+)=([^{}]*)\}`)

// extractTool reads a name, then a program with its arguments.
func extractTool(c *Config, value string) error {
	t := external.Tool{}
	for _, m := range setting.FindAllStringSubmatch(value, -1) {
		t.Env = append(t.Env, m[1]+"="+m[2])
	}
	words := strings.Fields(setting.ReplaceAllString(value, " "))
	if len(words) < 3 || !strings.HasPrefix(words[1], "/") {
		return errors.New("takes a name, then the path of a program and its arguments; {} is the name of the file")
	}
	t.Name, t.Command = strings.ToLower(words[0]), words[1:]
	if slices.ContainsFunc(c.ExtractText.Tools, func(o external.Tool) bool { return o.Name == t.Name }) {
		return fmt.Errorf("%s is defined already", t.Name)
	}
	c.ExtractText.Tools = append(c.ExtractText.Tools, t)
	return nil
}

// extractUse reads the name of a program, then expressions of file names and media types.
func extractUse(c *Config, value string) error {
	words := strings.Fields(value)
	if len(words) < 2 {
		return errors.New("takes the name of a program, then extensions, file names and media types")
	}
	for _, p := range words[1:] {
		if usePattern(p) == nil {
			return fmt.Errorf("%q is not a regular expression (RE2)", p)
		}
	}
	c.ExtractText.Uses = append(c.ExtractText.Uses, Use{strings.ToLower(words[0]), words[1:]})
	return nil
}
