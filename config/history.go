package config

import (
	"path/filepath"
	"strings"
)

// History is what is kept of each mail.
type History struct {
	On    bool // history
	Teach bool // history_teach: keep digest and token hashes, to teach mails by
}

func historyOptions() []option {
	return []option{
		{name: "history", def: "0", set: flag(func(c *Config) *bool { return &c.History.On })},
		{name: "history_teach", def: "1", set: flag(func(c *Config) *bool { return &c.History.Teach })},
	}
}

// HistoryFile returns the name of the history's file.
func (c *Config) HistoryFile() string {
	beside := c.Bayes.Path
	if strings.Contains(beside, "://") { // the store is elsewhere; the journal for it is here
		beside = filepath.Join(filepath.Dir(c.Bayes.RedisJournal), "bayes")
	}
	return beside + ".history"
}
