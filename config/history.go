package config

import "time"

// History configures the records of mails.
type History struct {
	On        bool          // history
	Path      string        // history_path: its file; "" for one beside the learner's store
	Teach     bool          // history_teach: keep digest and token hashes, to teach mails by
	Subject   string        // history_subject: 1 keeps subjects, hash only lets one search for their words, 0 neither
	Words     int           // history_words: of the words with the most weight for the learner, so many are kept
	Expire    time.Duration // history_expire: age from which on records are deleted; 0 keeps them
	RedisSize int64         // history_redis_size: bytes that the hosts' common stream takes on Redis, roughly
	MaxSize   int64         // history_max_size: bytes of the file beyond which the oldest are deleted; 0 is no limit
}

func historyOptions() []option {
	return []option{
		{name: "history", def: "0", set: flag(func(c *Config) *bool { return &c.History.On })},
		{name: "history_path", set: filePath(func(c *Config) *string { return &c.History.Path })},
		{name: "history_teach", def: "1", set: flag(func(c *Config) *bool { return &c.History.Teach })},
		{name: "history_subject", def: "1", set: oneOf(func(c *Config) *string { return &c.History.Subject }, "1",
			"hash",
			"0")},
		{name: "history_words", def: "0", set: whole(0, 20, func(c *Config) *int { return &c.History.Words })},
		{name: "history_expire", def: "7d", set: seconds(func(c *Config) *time.Duration { return &c.History.Expire })},
		{name: "history_redis_size", def: "64M", set: size(func(c *Config) *int64 { return &c.History.RedisSize })},
		{name: "history_max_size", def: "1G", set: size(func(c *Config) *int64 { return &c.History.MaxSize })},
	}
}

// HistoryFile returns the name of the history's file.
func (c *Config) HistoryFile() string {
	if c.History.Path != "" {
		return c.History.Path
	}
	return c.besideStore(".history")
}
