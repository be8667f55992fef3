package config

// Languages is how the language of a text is judged.
type Languages struct {
	OK       []string // ok_languages: languages that are read here, or "all"
	Inactive []string // inactive_languages: languages that are not considered
	Max      int      // textcat_max_languages: a text that fits more than this has none
	Spread   float64  // textcat_acceptable_score: languages whose cost is up to so many times the least
}

func languageOptions() []option {
	return []option{
		{name: "ok_languages", def: "all", set: replaceLower(func(c *Config) *[]string { return &c.Languages.OK })},
		{name: "inactive_languages", set: replaceLower(func(c *Config) *[]string { return &c.Languages.Inactive })},
		{name: "textcat_max_languages", def: "3", set: count(func(c *Config) *int { return &c.Languages.Max })},
		{name: "textcat_acceptable_score", def: "1.02", set: number(func(c *Config) *float64 { return &c.Languages.Spread })},
	}
}
