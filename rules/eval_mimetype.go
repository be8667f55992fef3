package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"asterism/message"
)

// typesOfNames is the types that files may have by the extensions of their names; those that end in a slash stand for
// all that begin so.
var typesOfNames = map[string][]string{
	"html": {"text/plain", "text/html"}, "htm": {"text/plain", "text/html"}, "txt": {"text/plain", "text/html"},
	"xml": {"text/plain", "text/html", "text/xml"},
	"jpg": {"image/"}, "jpeg": {"image/"}, "gif": {"image/"}, "png": {"image/"}, "tiff": {"image/"},
	"vcf": {"text/x-vcard", "text/vcard"}, "doc": {"application/msword"}, "xls": {"application/vnd.ms-excel",
		"application/x-msexcel"},
	"exe": {"application/"}, "com": {"application/"}, "scr": {"application/"}, "pif": {"application/"},
	"bat": {"application/"},
	"vbs": {"application/"},
}

// checkSuspectName says whether the extension of a file's name contradicts its type.
func checkSuspectName(sc *Scan, _ []string) int {
	for _, p := range sc.msg.Leaves() {
		if p.IsHTML() || p.MediaType == "application/octet-stream" || strings.HasPrefix(p.MediaType, "message/") {
			continue
		}
		for _, name := range p.Names() {
			types, known := typesOfNames[strings.TrimPrefix(extension(name), ".")]
			if known && !slices.ContainsFunc(types, func(t string) bool {
				return p.MediaType == t || strings.HasSuffix(t, "/") && strings.HasPrefix(p.MediaType, t)
			}) {
				return 1
			}
		}
	}
	return 0
}

// extension returns the extension of a file's name in lower case, with its dot; "" if it has none.
func extension(name string) string { return strings.ToLower(path.Ext(name)) }

// checkMicrosoftExecutable says whether a part is a program for Windows or DOS.
func checkMicrosoftExecutable(sc *Scan, _ []string) int {
	for _, p := range sc.msg.Leaves() {
		for _, name := range p.Names() {
			switch extension(name) {
			case ".bat", ".cmd", ".com", ".exe", ".pif", ".scr", ".vbs", ".js", ".lnk", ".cpl", ".hta":
				return 1
			}
		}
		if p.Encoding == "base64" && bytes.HasPrefix(p.Body(), []byte("TVqQAAMAAAAEAAAA")) {
			return 1
		}
	}
	return 0
}

// checkFileNames is check_file_names('differ'|'hide'): the names of a part have different extensions, so that it
// depends on the mail program what the file is; or one has characters that cannot be seen or that turn the direction
// of writing.
func checkFileNames(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	for _, p := range sc.msg.Leaves() {
		switch {
		case args[0] == "differ" && p.NamesDiffer(), args[0] == "hide" && p.NameHides():
			return 1
		}
	}
	return 0
}

// checkMultipartAlternativeNonText says whether an alternative offers something that is not text.
func checkMultipartAlternativeNonText(sc *Scan, _ []string) int {
	found := 0
	walk(sc.msg.Root(), func(p *message.Part) {
		if p.MediaType != "multipart/alternative" {
			return
		}
		for _, c := range p.Children {
			major, _, _ := strings.Cut(c.MediaType, "/")
			if major != "text" && major != "multipart" && !strings.HasPrefix(c.MediaType, "application/ics") &&
				c.MediaType != "application/rtf" {
				found = 1
			}
		}
	})
	return found
}
