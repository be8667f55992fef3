package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Sources says which files make up a configuration. They are read in this order, and later lines win:
//
//  1. *.pre files of SitePath, in the order of their names
//  2. *.pre, then *.cf files of RulesPath, or of Defaults where RulesPath is empty
//  3. *.cf files of SitePath
//  4. Files
type Sources struct {
	Defaults  fs.FS    // the built-in files; may be nil
	RulesPath string   // --configpath: a directory (or single file) of rules that takes the place of Defaults
	SitePath  string   // --siteconfigpath: a directory (or single file) of the site's own
	Files     []string // -c
	Locale    string   // whose "lang" lines count, such as "de" or "pt_BR.UTF-8"; English if empty
	LocalOnly bool     // value of "if local_tests_only": --local-tests-only is set
}

// Load reads a configuration. It always returns one; it skips and reports wrong lines.
func Load(from Sources) (*Config, []Problem) {
	l := &loader{config: New(), locale: from.Locale}
	l.config.localOnly = from.LocalOnly
	from.RulesPath = newestRules(from.RulesPath)
	if from.RulesPath != "" {
		delete(l.config.compat, newNames)
	}
	l.dir(source{}, from.SitePath, ".pre")
	if from.RulesPath != "" {
		l.dir(source{}, from.RulesPath, ".pre")
		l.config.loadOnlyNamed()
		l.rules(from.RulesPath)
	} else if from.Defaults != nil {
		l.dir(source{from.Defaults}, ".", ".pre")
		l.dir(source{from.Defaults}, ".", ".cf")
	}
	l.site = true
	if slices.Contains(from.Files, SystemFile) {
		l.config.Bayes.Path = SystemStore
	}
	l.dir(source{}, from.SitePath, ".cf")
	for _, name := range from.Files {
		l.load(source{}, name)
	}
	l.config.checkPartners()
	return l.config, l.problems
}

// newestRules returns the directory of the newest version of rules in a directory such as /var/lib/spamassassin, where
// sa-update
// keeps each version in one of its own, named like 4.000001. Another path stays as it is.
func newestRules(path string) string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return path
	}
	newest, name := 0.0, ""
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".cf") {
			return path
		}
		if n, err := strconv.ParseFloat(e.Name(), 64); err == nil && n > newest && strings.Count(e.Name(), ".") == 1 &&
			e.IsDir() {
			newest, name = n, e.Name()
		}
	}
	return filepath.Join(path, name)
}

// rules reads what takes the place of the built-in rules. A place without rules is a slip that would let all spam pass.
func (l *loader) rules(path string) {
	before, problems := len(l.config.Rules), len(l.problems)
	l.dir(source{}, path, ".cf")
	if len(l.problems) > problems && l.problems[len(l.problems)-1].File == path {
		return // it cannot be read
	}
	if !slices.ContainsFunc(l.config.Rules[before:], func(r Line) bool { return definitions()[r.Key] }) {
		l.problems = append(l.problems, Problem{File: path, Severity: Error,
			Text: "has no rules in *.cf files; --configpath takes a directory such as /usr/share/spamassassin"})
	}
}

// definitions are the words that define rules which may hit.
var definitions = nameSet(`header body rawbody full uri uri_detail mimeheader meta askdns`)

// Parse reads one file's content on top of c, as for a user's preferences; name is for messages. The content may not
// include other files.
func (c *Config) Parse(name string, data []byte) []Problem {
	l := &loader{config: c, include: maxInclude, site: true}
	l.parse(source{}, name, data)
	return l.problems
}

// dir reads the files of a directory that have an extension, in the order of their names. A path that is a file is read
// itself, with the .cf files.
func (l *loader) dir(src source, name, extension string) {
	if name == "" {
		return
	}
	var entries []fs.DirEntry
	var err error
	if src.fsys != nil {
		entries, err = fs.ReadDir(src.fsys, name)
	} else {
		if info, statErr := os.Stat(name); statErr == nil && !info.IsDir() {
			if extension == ".cf" {
				l.load(src, name)
			}
			return
		}
		entries, err = os.ReadDir(name)
	}
	if err != nil {
		if extension == ".cf" { // say it once
			l.problems = append(l.problems, Problem{File: name, Severity: Error, Text: plainError(err)})
		}
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), extension) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if src.fsys != nil {
			l.load(src, e.Name())
		} else {
			l.load(src, filepath.Join(name, e.Name()))
		}
	}
}

func readFile(name string) ([]byte, error) { return os.ReadFile(name) }
