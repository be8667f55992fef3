package engine

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"asterism/config"
	"asterism/store/redis"
)

// errNoUser is returned for a name that no user with tokens or preferences can have.
var errNoUser = errors.New("not the name of a user")

// maxUserName bounds names, in bytes: they become names of files.
const maxUserName = 200

// userName returns a user's name as files and keys have it: in lower case. Names come from outside: whatever could
// lead to another place than the user's own is refused, the part after an @ among it, which user_prefs_path may have
// by itself.
func userName(name string) (string, error) {
	name = strings.ToLower(name)
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_+=@", r))
	}
	if name == "" || len(name) > maxUserName || strings.ContainsAny(name[:1], ".-") || strings.Contains(name, "@.") ||
		strings.ContainsFunc(name, bad) {
		return "", fmt.Errorf("%.40q: %w", name, errNoUser)
	}
	return name, nil
}

// journalOf returns the name of a user's journal.
func journalOf(site config.Bayes, name string) string { return site.RedisJournal + ".users/" + name }

// ForUser returns the options of a user's own store: bob's is bayes.users/bob beside the site's bayes, or in Redis
// has the prefix asterism:user=bob beside the site's asterism. The names of users are not case-sensitive.
func ForUser(site config.Bayes, user string) (config.Bayes, error) {
	name, err := userName(user)
	if err != nil {
		return site, err
	}
	own := site
	own.PerUser = false
	own.RedisJournal = journalOf(site, name)
	if !redis.IsURL(site.Path) {
		own.Path = site.Path + ".users/" + name
		return own, nil
	}
	loc, err := redis.ParseURL(site.Path)
	if err != nil {
		return site, err
	}
	base, query, _ := strings.Cut(site.Path, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return site, err
	}
	options.Set("prefix", loc.Prefix+":user="+name)
	own.Path = base + "?" + options.Encode()
	return own, nil
}
