package rules

import (
	"bytes"
	"regexp"
	"strings"

	"asterism/attachment/archive"
	"asterism/attachment/budget"
	"asterism/config"
	"asterism/message"
	"asterism/rules/perlre"
)

// oleMacroEvals are the functions of SpamAssassin's plug-in OLEVBMacro.
func oleMacroEvals() map[string]evalFunc {
	ask := func(fact func(*oleFacts) bool) evalFunc {
		return func(sc *Scan, _ []string) int { return truth(fact(sc.ole())) }
	}
	return map[string]evalFunc{
		"check_olemacro":              ask(func(f *oleFacts) bool { return f.macro }),
		"check_oleobject":             ask(func(f *oleFacts) bool { return f.object }),
		"check_olertfobject":          ask(func(f *oleFacts) bool { return f.rtfObject }),
		"check_olemacro_csv":          ask(func(f *oleFacts) bool { return f.csv }),
		"check_olemacro_malice":       ask(func(f *oleFacts) bool { return f.malice }),
		"check_olemacro_renamed":      ask(func(f *oleFacts) bool { return f.renamed }),
		"check_olemacro_encrypted":    ask(func(f *oleFacts) bool { return f.encrypted }),
		"check_olemacro_zip_password": ask(func(f *oleFacts) bool { return f.password }),
		"check_olemacro_download_exe": ask(func(f *oleFacts) bool { return f.download }),
		"check_olemacro_redirect_uri": ask(func(f *oleFacts) bool { return f.redirect }),
		"check_olemacro_mhtml_uri":    ask(func(f *oleFacts) bool { return f.mhtml }),
	}
}

// oleFacts are the plug-in's findings in the attachments of a message.
type oleFacts struct {
	macro, object, rtfObject, csv, malice, renamed, encrypted, password, download, redirect, mhtml bool
}

// ole looks at the attachments, once.
func (sc *Scan) ole() *oleFacts {
	if sc.cache.ole == nil {
		l := oleLooker{cfg: &sc.set.cfg.OLEMacro, names: &sc.set.shared.ole, facts: &oleFacts{},
			budget: budget.Budget{Bytes: 8 << 20, Each: 2 << 20}, late: sc.msg.Late}
		sc.cache.ole = l.facts
		l.message(sc.msg)
	}
	return sc.cache.ole
}

// oleNames are the expressions of the plug-in's options.
type oleNames struct {
	exts, macroExts, skipExts, skipTypes, archives, download matcher
}

// compileOLE compiles them; the configuration has been checked.
func compileOLE(c *config.OLEMacro) oleNames {
	compile := func(s string) matcher {
		re, _ := perlre.Compile(s, "i")
		return matcher{re}
	}
	return oleNames{compile(c.Exts), compile(c.MacroExts), compile(c.SkipExts), compile(c.SkipTypes), compile(c.Archives),
		compile(c.Download)}
}

// oleLooker looks at attachments as the plug-in does: by their names and by octets in them.
type oleLooker struct {
	cfg    *config.OLEMacro
	names  *oleNames
	facts  *oleFacts
	budget budget.Budget
	late   func() bool
}

func (l *oleLooker) message(m *message.Message) {
	seen := 0
	for _, p := range m.Leaves() {
		if l.late() {
			return
		}
		name := l.name(p)
		if name == "" || p.Encoding != "base64" && p.Encoding != "quoted-printable" || l.names.skipTypes.find(p.MediaType) ||
			l.names.skipExts.find(name) || !p.Header.Has("Content-Type") {
			continue
		}
		data := p.Decoded()
		if data = data[:min(len(data), l.cfg.MaxFile)]; len(data) == 0 || !l.file(name, data, 0) {
			continue
		}
		if seen++; seen >= l.cfg.Parts {
			return
		}
	}
}

// name returns the one of a part's names that counts.
func (l *oleLooker) name(p *message.Part) string {
	if name := p.Params["name"]; !l.cfg.Disposition && name != "" {
		return name
	}
	return p.Filename
}

// file looks at one file, and reports whether its name or content gave cause to.
func (l *oleLooker) file(name string, data []byte, depth int) bool {
	if strings.HasSuffix(strings.ToLower(name), ".csv") {
		l.facts.csv = l.facts.csv || csvExploit.Match(data)
	}
	switch {
	case l.names.archives.find(name):
		l.archive(name, data, depth)
	case l.names.macroExts.find(name):
		l.facts.macro = true
		l.encrypted(data)
		l.package2007(name, data)
		l.download(data)
	case l.names.exts.find(name):
		l.encrypted(data)
		l.compound(data)
		l.package2007(name, data)
		l.download(data)
	case l.cfg.Extended:
		is := bytes.HasPrefix(data, oleMark)
		is = l.encrypted(data) || is
		is = l.compound(data) || is
		is = l.package2007(name, data) || is
		if is {
			l.facts.renamed = true
			l.download(data)
		}
		l.archive(name, data, depth)
	default:
		return false
	}
	return true
}

// Marks of documents that the plug-in looks for.
var (
	csvExploit    = regexp.MustCompile(`(?s)MSEXCEL\|.{1,20}Windows\\System32\\cmd\.exe`)
	oleMark       = []byte("\xd0\xcf\x11\xe0")
	attributeMark = []byte("\x00Attribut\x00")
	nativeMark    = []byte("\x01\x00O\x00l\x00e\x001\x000\x00N\x00a\x00")
	packageMark   = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e")
	workbookMark  = []byte("W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00")
	runsItself    = regexp.MustCompile(`(?i)(?:document|auto|workbook)_?open`)
	loadsProgram  = regexp.MustCompile(`(?i)\x00https?://[-a-z0-9+&@#/%?=~_|!:,.;]{10,1000}\.(?:exe|cmd|bat)[\x06|\x00]`)
	loadsByName   = []byte("URLDownloadToFileA")
	namesMacros   = regexp.MustCompile(`(?i)ContentType=["']application/vnd\.ms-office\.vbaProject["']|macroEnabled` +
		`|application/vnd\.ms-excel\.(?:intl)?macrosheet`)
	externally  = regexp.MustCompile(`(?is)Target="([^"]*)".*?TargetMode="External"`)
	mhtmlTarget = regexp.MustCompile(`(?i)^MHTML:&#x48;&#x54;&#x50;&#x3a;&#x5c;&#x5c;&#x31;&|^mhtml:https?://`)
	webTarget   = regexp.MustCompile(`(?i)^(?:mhtml:)?https?://`)
	rtfInWord   = regexp.MustCompile(`^word/.{1,50}\.rtf\b`)
)

// encrypted looks for the plug-in's signs of a document that needs a password.
func (l *oleLooker) encrypted(data []byte) bool {
	if !bytes.HasPrefix(data, oleMark) {
		return false
	}
	head := data[:min(len(data), 2000)]
	at := func(i int, c byte) bool { return len(data) > i && data[i] == c }
	is := bytes.Contains(bytes.ToLower(data), []byte("<encryption xmlns")) || bytes.Contains(head, packageMark) ||
		!bytes.Contains(head, workbookMark) && (at(0x208, 0xfe) || at(0x214, 0x2f) || at(0x20b, 0x13))
	l.facts.encrypted = l.facts.encrypted || is
	return is
}

// compound looks for macros in a document of before 2007, or in RTF.
func (l *oleLooker) compound(data []byte) bool {
	is := false
	if bytes.HasPrefix(data, oleMark) {
		is = bytes.Contains(data, attributeMark) || bytes.Contains(data, nativeMark)
	} else {
		for _, mark := range []string{`\objemb`, `\objdat`, `\ objdat`, `w:macrosPresent="yes"`, "vbaProject.bin.rels"} {
			is = is || bytes.Contains(data, []byte(mark))
		}
	}
	if is {
		l.facts.macro = true
		l.facts.malice = l.facts.malice || runsItself.Match(data)
	}
	return is
}

// download looks for what loads a program.
func (l *oleLooker) download(data []byte) {
	loads := !bytes.HasPrefix(data, loadsByName) && loadsProgram.Match(data) // the plug-in asks so for the name
	l.facts.download = l.facts.download || loads || l.names.download.find(string(data))
}

func (l *oleLooker) isZip(name string, data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK")) || strings.HasSuffix(strings.ToLower(name), ".zip")
}

// package2007 looks into a document of 2007 or later.
func (l *oleLooker) package2007(name string, data []byte) bool {
	if !l.isZip(name, data) {
		return false
	}
	list := archive.Zip(data)
	is, project := false, false
	for i := range list.Entries {
		member := strings.ToLower(list.Entries[i].Name)
		switch member {
		case "word/vbaproject.bin", "macros/vba/_vba_project", "xl/vbaproject.bin", "_vba_project_cur/vba/_vba_project",
			"ppt/vbaproject.bin":
			is, project, l.facts.macro = true, true, true
		}
		if strings.HasPrefix(member, "xl/embeddings/") {
			is, l.facts.object = true, true
		}
		if rtfInWord.MatchString(member) {
			is, l.facts.rtfObject = true, true
		}
	}
	for i := range list.Entries {
		e := &list.Entries[i]
		switch {
		case e.Name == "[Content_Types].xml":
			is = true
			l.facts.macro = l.facts.macro || namesMacros.Match(l.unpack(e))
		case strings.HasSuffix(e.Name, ".rels"):
			is = l.relations(string(l.unpack(e))) || is
		case project && strings.HasSuffix(e.Name, ".bin"):
			l.facts.malice = l.facts.malice || runsItself.Match(l.unpack(e))
		}
	}
	return is
}

func (l *oleLooker) unpack(e *archive.Entry) []byte {
	data, _ := e.Unpack(&l.budget, 1<<20)
	return data
}

// relations looks for external resources of a document.
func (l *oleLooker) relations(s string) bool {
	for _, r := range strings.Split(s, "Relationship ") {
		m := externally.FindStringSubmatch(r)
		if m == nil {
			continue
		}
		l.facts.mhtml = l.facts.mhtml || mhtmlTarget.MatchString(m[1])
		l.facts.redirect = l.facts.redirect || webTarget.MatchString(m[1])
	}
	return s != ""
}

// archive looks at the files of an archive.
func (l *oleLooker) archive(name string, data []byte, depth int) {
	if l.cfg.Files == 0 || depth >= l.cfg.Depth || !l.isZip(name, data) || l.late() {
		return
	}
	list := archive.Zip(data)
	seen := 0
	for i := range list.Entries {
		e := &list.Entries[i]
		if l.names.skipExts.find(e.Name) {
			continue
		}
		if e.Encrypted {
			l.facts.macro = l.facts.macro || l.names.macroExts.find(e.Name)
			l.facts.password = true
			continue
		}
		if l.file(e.Name, l.unpack(e), depth+1) {
			if seen++; seen >= l.cfg.Files {
				return
			}
		}
	}
}
