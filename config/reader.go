package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// maxInclude bounds files that include each other.
const maxInclude = 16

// directives are the lines that the reader itself acts on.
var directives = nameSet(`if ifplugin else endif include lang loadplugin tryplugin require_version enable_compat`)

// loader reads files one after the other into one Config.
type loader struct {
	config   *Config
	problems []Problem
	locale   string
	include  int  // depth
	personal bool // the file is a user's
	site     bool // the file is not the rules' authors'
}

// source is a source of files: the file system, or the files embedded in the program.
type source struct {
	fsys fs.FS // nil is the operating system's
}

func (s source) read(name string) ([]byte, error) {
	if s.fsys == nil {
		return readFile(name)
	}
	return fs.ReadFile(s.fsys, name)
}

// branch is one open if: whether its lines count, and whether those around it do.
type branch struct {
	line     int
	active   bool // lines here count
	outer    bool // lines around it count
	hadElse  bool
	hasTaken bool // the condition was true
}

// file is one file being read.
type file struct {
	*loader
	name     string
	source   source
	num      int // of the current line, the last one if it was continued
	branches []branch
	suite    map[string]bool // words of the test suite that have been named
}

// passes reports whether a line without effect is nothing to tell: one for the test suite, in a file of the rules'
// authors or behind another one.
func (f *file) passes(key string) bool {
	if !suite()[key] {
		return false
	}
	if f.suite[key] || !f.site {
		return true
	}
	if f.suite == nil {
		f.suite = map[string]bool{}
	}
	f.suite[key] = true
	return false
}

// load reads one file. A file that cannot be read is an error at the given place.
func (l *loader) load(src source, name string) {
	data, err := src.read(name)
	if err != nil {
		l.problems = append(l.problems, Problem{File: name, Severity: Error, Text: plainError(err)})
		return
	}
	l.parse(src, name, data)
}

func (l *loader) parse(src source, name string, data []byte) {
	f := &file{loader: l, name: name, source: src}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // byte order mark
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, len(data)+1) // a line may be as long as the file
	var pending string
	for scanner.Scan() {
		f.num++
		line := pending + cleanLine(scanner.Text())
		pending = ""
		if head, more := strings.CutSuffix(line, `\`); more && !strings.HasSuffix(head, `\`) {
			pending = head
			continue
		}
		if !f.line(strings.TrimSpace(line)) {
			return
		}
	}
	f.line(strings.TrimSpace(pending))
	for _, b := range f.branches {
		f.report(b.line, Warning, "if without endif")
	}
	if f.config.scope != nil {
		f.report(f.num, Error, "for without end")
		f.config.scope = nil
	}
}

// cleanLine removes a comment and unescapes "\#".
func cleanLine(line string) string {
	for i := 0; ; i++ {
		j := strings.IndexByte(line[i:], '#')
		if j < 0 {
			break
		}
		if i += j; i == 0 || line[i-1] != '\\' {
			line = line[:i]
			break
		}
	}
	return strings.ReplaceAll(strings.TrimRight(line, " \t\r\f\v"), `\#`, "#")
}

// cutWord splits a line after its first word.
func cutWord(line string) (word, rest string) {
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], strings.TrimSpace(line[i:])
	}
	return line, ""
}

func (f *file) report(line int, severity Severity, format string, args ...any) {
	f.problems = append(f.problems, Problem{f.name, line, severity, fmt.Sprintf(format, args...)})
}

func (f *file) active() bool {
	return len(f.branches) == 0 || f.branches[len(f.branches)-1].active
}

// line acts on one line. It returns false if the rest of the file is not to be read.
func (f *file) line(line string) bool {
	if line == "" {
		return true
	}
	word, value := cutWord(line)
	if i := strings.IndexByte(word, '('); i > 0 && word[:i] == "if" { // "if(version > 3)"
		word, value = "if", strings.TrimSpace(line[i:])
	}
	key := strings.ReplaceAll(strings.ToLower(word), "-", "_")
	switch key {
	case "if", "ifplugin":
		f.openBranch(key, value)
		return true
	case "else":
		if len(f.branches) == 0 || f.branches[len(f.branches)-1].hadElse {
			f.report(f.num, Warning, "else without if")
			return true
		}
		b := &f.branches[len(f.branches)-1]
		b.hadElse, b.active = true, b.outer && !b.hasTaken
		return true
	case "endif":
		if len(f.branches) == 0 {
			f.report(f.num, Warning, "endif without if")
			return true
		}
		f.branches = f.branches[:len(f.branches)-1]
		return true
	}
	if !f.active() {
		if ruleKeys()[key] && !f.personal {
			name, _ := cutWord(value)
			f.config.leftOut[name] = true
		}
		return true
	}
	if key == "lang" {
		var locale string
		if locale, value = cutWord(value); !localeMatches(f.locale, locale) {
			return true
		}
		word, value = cutWord(value)
		key = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	}
	if key == "require_version" {
		if value == "@@VERSION@@" { // as unpacked: an installer was to fill it in
			return true
		}
		if n, err := parseNumber(value); err != nil || n != Version {
			f.report(f.num, Warning, "the rest of the file is for version %s of the rule language, not %f", value, Version)
			return false
		}
		return true
	}
	f.setting(key, value)
	return true
}

func (f *file) openBranch(key, value string) {
	b := branch{line: f.num, outer: f.active()}
	if b.outer {
		var err error
		if key == "ifplugin" {
			b.active = f.config.hasPlugin(value)
		} else if b.active, err = f.config.condition(value); err != nil {
			f.report(f.num, Error, "if: %v", err)
		}
	}
	b.hasTaken = b.active
	f.branches = append(f.branches, b)
}

// setting applies one option or keeps one line of the rule language.
func (f *file) setting(key, value string) {
	if f.config.scope != nil && !isScoped(key) {
		f.report(f.num, Error, "%s cannot stand between for and end", key)
		return
	}
	if f.personal && !isPersonal(key) {
		f.ignore(key + " is not for users to set")
		return
	}
	switch key {
	case "include":
		f.includeFile(value)
	case "loadplugin", "tryplugin":
		if !f.config.loadPlugin(value) {
			f.ignore(key + " " + value + ": nothing here does what that plug-in does")
		}
	case "enable_compat":
		f.config.compat[value] = true
	default:
		if o := registry()[key]; o != nil {
			f.option(o, key, value)
		} else if o := family(key); o != nil {
			f.option(o, key, value)
		} else if ruleKeys()[key] {
			f.config.Rules = append(f.config.Rules, Line{f.name, f.num, key, value, f.site})
		} else if lost, known := ignored()[key]; known {
			if text := lost(value); text != "" && !f.passes(key) {
				f.ignore(key + " " + text)
			}
		} else if best := suggest(key); best != "" {
			f.report(f.num, Warning, "unknown option %q, did you mean %s?", key, best)
		} else {
			f.report(f.num, Warning, "unknown option %q", key)
		}
	}
}

// option applies a line of an option, under the name that it has there.
func (f *file) option(o *option, key, value string) {
	c := f.config
	c.unused = nil
	if err := o.set(c, value); err != nil {
		f.report(f.num, Error, "%s: %v", key, err)
		return
	}
	c.origins[o.name] = origin{f.name, f.num, value, f.site}
	for _, text := range c.unused {
		f.ignore(key + ": " + text)
	}
}

// ignore notes that the current line, or part of it, has no effect.
func (f *file) ignore(text string) {
	f.config.Ignored = append(f.config.Ignored, Problem{f.name, f.num, Warning, text})
}

func (f *file) includeFile(name string) {
	if name == "" {
		f.report(f.num, Error, "include: needs a file name")
		return
	}
	if f.include >= maxInclude {
		f.report(f.num, Error, "include: not allowed here, or too deep")
		return
	}
	if f.source.fsys != nil {
		name = path.Join(path.Dir(f.name), name)
	} else if name = expandHome(unquote(name)); !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(f.name), name)
	}
	data, err := f.source.read(name)
	if err != nil {
		f.report(f.num, Error, "include: %s: %s", name, plainError(err))
		return
	}
	f.include++
	f.parse(f.source, name, data)
	f.include--
}

// localeMatches reports whether lines marked with a locale ("de", "pt_BR") are for a user of another ("de_AT.UTF-8").
func localeMatches(user, line string) bool {
	user, _, _ = strings.Cut(user, ".")
	user, line = strings.ToLower(user), strings.ToLower(line)
	if user == "" || user == "c" || user == "posix" {
		user = "en"
	}
	language, _, _ := strings.Cut(user, "_")
	return line == user || line == language
}

// plainError returns a system call's error without the file's name.
func plainError(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
