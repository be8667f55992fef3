package attachment

import (
	"strings"

	"asterism/attachment/office"
	"asterism/attachment/pdf"
)

// pdf opens a PDF.
func (r *reader) pdf(f *File, data []byte) {
	d := pdf.Read(data, &r.budget)
	for _, t := range []struct {
		is    bool
		trait Trait
	}{
		{d.Encrypted, Encrypted}, {d.Broken, Broken}, {d.HasScript, JavaScript}, {d.HasLaunch, Launch}, {d.Form, Form},
		{d.OpenAction && (d.HasScript || d.HasLaunch), AutoRun}, {looksSuspicious(d.Script + d.Launch), Suspicious},
	} {
		if t.is {
			f.Traits |= t.trait
		}
	}
	f.Pages, f.Pictures = d.Pages, d.Images
	r.keepText(f, d.Text)
	r.keepLinks(f, d.Links)
	for _, e := range d.Embedded {
		if in := r.add(e.Name, f, int64(len(e.Data))); in != nil {
			r.open(in, e.Data)
		}
	}
}

// rtf opens a document in RTF, ole one in a compound file.
func (r *reader) rtf(f *File, data []byte) { r.office(f, office.RTF(data, &r.budget)) }

func (r *reader) ole(f *File, data []byte) { r.office(f, office.OLE(data, &r.budget)) }

// office notes what a document does and says.
func (r *reader) office(f *File, d *office.Document) {
	for _, t := range []struct {
		is    bool
		trait Trait
	}{
		{d.Encrypted, Encrypted}, {d.Broken, Broken}, {d.Macro, Macro}, {d.AutoRun, AutoRun}, {d.Template, Template},
		{d.DDE, DDE},
		{d.Embedded, Embedded}, {d.Equation, Equation}, {looksSuspicious(d.Code), Suspicious},
	} {
		if t.is {
			f.Traits |= t.trait
		}
	}
	r.keepText(f, d.Text)
	r.keepLinks(f, d.Links)
	for _, e := range d.Files {
		if in := r.add(e.Name, f, int64(len(e.Data))); in != nil {
			r.open(in, e.Data)
		}
	}
}

// suspicious are words of macros and scripts that start programs or load files.
var suspicious = []string{
	"cmd.exe", "cmd /", "powershell", "pwsh", "mshta", "wscript", "cscript", "rundll32", "regsvr32", "bitsadmin",
	"certutil", "urldownloadtofile", "msxml2.xmlhttp", "winhttp.winhttprequest", "adodb.stream",
	"shell.application", "shellexecute", "createobject(", "virtualalloc", "createthread", "msbuild",
	"installutil", "exportdataobject", "util.printf", "collab.geticon",
}

// looksSuspicious reports whether code has one of these words.
func looksSuspicious(code string) bool {
	if code == "" {
		return false
	}
	code = strings.ToLower(code)
	for _, w := range suspicious {
		if strings.Contains(code, w) {
			return true
		}
	}
	return false
}
