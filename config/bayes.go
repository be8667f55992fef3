package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// Bayes configures the learner and its store.
type Bayes struct {
	Use        bool // use_bayes: learn and classify at all
	UseLearner bool // use_learner: the same, as SpamAssassin's master switch of all learners
	UseRules   bool // use_bayes_rules: let BAYES_* rules score
	LogOdds    bool // bayes_log_odds: BAYES_* rules score the log-odds themselves, other rules less beside them

	AutoLearn        bool    // bayes_auto_learn
	AutoLearnHam     float64 // bayes_auto_learn_threshold_nonspam: learn as ham below
	AutoLearnSpam    float64 // bayes_auto_learn_threshold_spam: learn as spam from
	AutoLearnOnError bool    // bayes_auto_learn_on_error: only errors of Bayes
	// bayes_min_ham_num, bayes_min_spam_num: messages to learn before Bayes scores; 0 if not set
	MinHam, MinSpam    int
	AutoExpire         bool   // bayes_auto_expire
	ExpiryMaxTokens    int    // bayes_expiry_max_db_size: tokens to keep
	Path               string // bayes_path: prefix of the store's files, or a redis:// URL
	FileMode           fs.FileMode
	IgnoreHeaders      []string // bayes_ignore_header: leave no token
	IgnoreFrom         []string // bayes_ignore_from: address patterns whose mail is neither learned nor classified
	IgnoreTo           []string // bayes_ignore_to
	RedisWait          int      // bayes_redis_wait: replicas that must hold a learning before it is acknowledged
	RedisJournal       string   // bayes_redis_journal: file of lessons while the store is away
	PerUser            bool     // bayes_per_user: users have tokens of their own
	SQLUser, SQLSecret string   // bayes_sql_username, bayes_sql_password; also for a redis:// path without its own
}

func bayesOptions() []option {
	return []option{
		{name: "use_bayes", def: "1", set: flag(func(c *Config) *bool { return &c.Bayes.Use })},
		{name: "use_learner", def: "1", set: flag(func(c *Config) *bool { return &c.Bayes.UseLearner })},
		{name: "use_bayes_rules", def: "1", set: flag(func(c *Config) *bool { return &c.Bayes.UseRules })},
		{name: "bayes_log_odds", set: flag(func(c *Config) *bool { return &c.Bayes.LogOdds })},
		{name: "bayes_auto_learn", def: "1", set: flag(func(c *Config) *bool { return &c.Bayes.AutoLearn }),
			old: []string{"auto_learn"}},
		{name: "bayes_auto_learn_threshold_nonspam", def: "0.1",
			set: number(func(c *Config) *float64 { return &c.Bayes.AutoLearnHam })},
		{name: "bayes_auto_learn_threshold_spam", def: "12.0",
			set: number(func(c *Config) *float64 { return &c.Bayes.AutoLearnSpam })},
		{name: "bayes_auto_learn_on_error", def: "0", set: flag(func(c *Config) *bool { return &c.Bayes.AutoLearnOnError })},
		{name: "bayes_min_ham_num", set: count(func(c *Config) *int { return &c.Bayes.MinHam })},
		{name: "bayes_min_spam_num", set: count(func(c *Config) *int { return &c.Bayes.MinSpam })},
		{name: "bayes_auto_expire", def: "1", set: flag(func(c *Config) *bool { return &c.Bayes.AutoExpire })},
		{name: "bayes_expiry_max_db_size", def: "150000",
			set: count(func(c *Config) *int { return &c.Bayes.ExpiryMaxTokens })},
		{name: "bayes_path", def: "~/.spamassassin/bayes", set: somePath(func(c *Config) *string { return &c.Bayes.Path })},
		{name: "bayes_file_mode", def: "0700", set: fileMode(func(c *Config) *fs.FileMode { return &c.Bayes.FileMode })},
		{name: "bayes_ignore_header", set: words(func(c *Config) *[]string { return &c.Bayes.IgnoreHeaders })},
		{name: "bayes_ignore_from", set: words(func(c *Config) *[]string { return &c.Bayes.IgnoreFrom })},
		{name: "bayes_ignore_to", set: words(func(c *Config) *[]string { return &c.Bayes.IgnoreTo })},
		{name: "bayes_redis_wait", def: "0", set: whole(0, 100, func(c *Config) *int { return &c.Bayes.RedisWait })},
		{name: "bayes_redis_journal", def: "~/.spamassassin/bayes_journal",
			set: somePath(func(c *Config) *string { return &c.Bayes.RedisJournal })},
		{name: "bayes_sql_username", set: text(func(c *Config) *string { return &c.Bayes.SQLUser })},
		{name: "bayes_sql_password", set: text(func(c *Config) *string { return &c.Bayes.SQLSecret })},
		{name: "bayes_per_user", def: "0", set: flag(func(c *Config) *bool { return &c.Bayes.PerUser })},
	}
}

// The messages of each class to learn before Bayes scores, where the configuration does not say.
const (
	minLogOdds = 5 // by log-odds, which count the less the less has been learned
	minSteps   = 200
)

// Minimum returns how many messages of each class are to be learned before Bayes scores.
func (b *Bayes) Minimum() (ham, spam int) {
	least := minSteps
	if b.LogOdds {
		least = minLogOdds
	}
	return cmp.Or(b.MinHam, least), cmp.Or(b.MinSpam, least)
}

// filePath sets a file name or URL; a leading "~/" is the home directory of the user who runs the program.
func filePath(field func(*Config) *string) setter {
	return func(c *Config, value string) error {
		*field(c) = expandHome(unquote(value))
		return nil
	}
}

// somePath is filePath for what cannot be without a name.
func somePath(field func(*Config) *string) setter {
	set := filePath(field)
	return func(c *Config, value string) error {
		if unquote(value) == "" {
			return errors.New("needs a path")
		}
		return set(c, value)
	}
}

// expandHome resolves a leading "~/" by HOME or, without it, by the user database. Where neither knows a home
// directory the name stays as it is.
func expandHome(name string) string {
	rest, ok := strings.CutPrefix(name, "~/")
	if !ok {
		return name
	}
	home := os.Getenv("HOME")
	if home == "" {
		if u, err := user.Current(); err == nil {
			home = u.HomeDir
		}
	}
	if home == "" {
		return name
	}
	return filepath.Join(home, rest)
}

// fileMode sets permission bits, written in octal.
func fileMode(field func(*Config) *fs.FileMode) setter {
	return func(c *Config, value string) error {
		n, err := strconv.ParseUint(value, 8, 32)
		if err != nil || n > 0o7777 {
			return fmt.Errorf("%q is not a file mode in octal, such as 0700", value)
		}
		*field(c) = fs.FileMode(n) & fs.ModePerm
		return nil
	}
}
