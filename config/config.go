// Package config reads configuration files in SpamAssassin's .cf syntax, and keeps the value of each option.
//
// Every option is one line of a table (see option) and one field of Config. Lines of the rule language are kept in
// order for package rules, which compiles them.
package config

import (
	"fmt"
	"slices"

	"asterism/phish"
)

// Version is the version of SpamAssassin's rule language that Asterism speaks, in the form that "if (version …)"
// lines and require_version compare with: x.yyyzzz.
const Version = 4.000001

// Config is everything that configuration files have set. Fields keep the option's default where no file names it.
type Config struct {
	Scoring    Scoring
	Bayes      Bayes
	Network    Network
	Remote     Remote
	Auth       Auth
	Lists      Lists
	Tagging    Tagging
	Daemon     Daemon
	Policy     Policy
	Scopes     []Scope // policies for certain mails, in order
	Quarantine Quarantine
	Spoof      Spoof
	Languages  Languages
	Geo        Geo
	Links      Links
	Phish      phish.Options
	History    History
	Senders    Senders
	Web        Web

	Attachment  Attachment
	OLEMacro    OLEMacro
	ExtractText ExtractText

	Matching

	Plugins map[string]bool // plug-ins of SpamAssassin whose rules are read, by full Perl name
	Rules   []Line          // lines of the rule language, in order
	Ignored []Problem       // lines that are understood and have no effect here

	compat    map[string]bool // flags of enable_compat
	localOnly bool            // see Sources.LocalOnly
	named     []string        // plug-ins that files have loaded
	leftOut   map[string]bool // rules between if lines that do not hold
	scope     *Scope          // between "for" and "end"
	origins   map[string]origin
	unused    []string // see noEffect
}

// Line is one line of the rule language.
type Line struct {
	File  string
	Num   int    // counted from 1
	Key   string // first word, in lower case, dashes as underscores
	Value string // the rest, trimmed, comments removed and \# unescaped
	Site  bool   // from the administrator's or a user's file, not from a file of the rules' authors
}

// Severity is the severity of a Problem.
type Severity uint8

// A warning leaves out one line or one rule; with an error a daemon must not start.
const (
	Warning Severity = iota
	Error
)

func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Problem is something wrong at one place of a configuration file.
type Problem struct {
	File     string
	Line     int // counted from 1; 0 if it concerns the whole file
	Severity Severity
	Text     string
}

// String returns the problem in the form of compilers: "file:line: severity: text".
func (p Problem) String() string {
	switch {
	case p.File == "":
		return fmt.Sprintf("%s: %s", p.Severity, p.Text)
	case p.Line == 0:
		return fmt.Sprintf("%s: %s: %s", p.File, p.Severity, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Severity, p.Text)
}

// Failed reports whether any of the problems is an error.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

// LeftOut reports whether files have a rule of a name for a plug-in or a version that is not here.
func (c *Config) LeftOut(rule string) bool { return c.leftOut[rule] }

// New returns a Config in which every option has its default.
func New() *Config {
	c := &Config{Plugins: map[string]bool{}, compat: map[string]bool{newNames: true}, leftOut: map[string]bool{},
		origins: map[string]origin{}}
	for _, name := range nativePlugins {
		c.Plugins[pluginPrefix+name] = true
	}
	c.Lists.init()
	for _, o := range options() {
		if o.def != "" {
			if err := o.set(c, o.def); err != nil {
				panic("config: default of " + o.name + ": " + err.Error()) // a typo in our own table; every test finds it
			}
		}
	}
	return c
}
