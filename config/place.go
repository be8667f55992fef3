package config

// place is a line of a configuration file.
type origin struct {
	file  string
	line  int
	value string // as written
	site  bool   // see Line.Site
}

// Problem returns a warning about an option, at the line that set it last; without a place if no file sets it.
func (c *Config) Problem(option, text string) Problem {
	at := c.origins[option]
	return Problem{File: at.file, Line: at.line, Severity: Warning, Text: text}
}

// isSet reports whether a file sets an option, by its present name.
func (c *Config) isSet(option string) bool {
	_, set := c.origins[option]
	return set
}

// noEffect notes that part of the line at hand has no effect; the reader knows the place.
func (c *Config) noEffect(text string) { c.unused = append(c.unused, text) }
