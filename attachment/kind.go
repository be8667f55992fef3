package attachment

import (
	"bytes"
	"path"
	"strings"
)

// Kind is the kind of a file by its content, or by its name if the content is inconclusive.
type Kind string

// The kinds that are told apart. Rules and options write them as they are here.
const (
	Unknown    Kind = "unknown"
	ZIP        Kind = "zip"
	SevenZip   Kind = "7z"
	RAR        Kind = "rar"
	TAR        Kind = "tar"
	Gzip       Kind = "gzip"
	Bzip2      Kind = "bzip2"
	XZ         Kind = "xz"
	ISO        Kind = "iso"
	CAB        Kind = "cab"
	OtherPack  Kind = "archive" // ACE, ARJ, LHA and others that are not opened
	DiskImage  Kind = "disk"    // VHD, VHDX, WIM
	PDF        Kind = "pdf"
	OLE        Kind = "ole"   // Word, Excel, PowerPoint before 2007
	OOXML      Kind = "ooxml" // Word, Excel, PowerPoint since 2007
	ODF        Kind = "odf"   // OpenDocument
	RTF        Kind = "rtf"
	OneNote    Kind = "onenote"
	HTML       Kind = "html"
	SVG        Kind = "svg"
	XML        Kind = "xml"
	Calendar   Kind = "calendar"
	VCard      Kind = "vcard"
	TNEF       Kind = "tnef"
	Mail       Kind = "mail"
	Outlook    Kind = "msg"        // Outlook's mail files
	Executable Kind = "executable" // programs of Windows, Unix and macOS, installers
	Shortcut   Kind = "shortcut"   // .lnk and .url
	Script     Kind = "script"
	Java       Kind = "java"
	Help       Kind = "chm"
	GIF        Kind = "gif"
	PNG        Kind = "png"
	JPEG       Kind = "jpeg"
	Image      Kind = "image" // WebP, BMP, TIFF and others
	Signature  Kind = "signature"
	Text       Kind = "text"
)

// kinds are all of them.
var kinds = []Kind{Unknown, ZIP, SevenZip, RAR, TAR, Gzip, Bzip2, XZ, ISO, CAB, OtherPack, DiskImage, PDF, OLE,
	OOXML, ODF, RTF, OneNote, HTML, SVG, XML, Calendar, VCard, TNEF, Mail, Outlook,
	Executable, Shortcut, Script, Java, Help, GIF, PNG, JPEG, Image, Signature, Text}

// kindNames returns their names, with a comma between them.
func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// magics are the beginnings by which kinds are known.
var magics = []struct {
	at    int
	magic string
	kind  Kind
}{
	{0, "PK\x03\x04", ZIP}, {0, "PK\x05\x06", ZIP}, {0, "7z\xbc\xaf\x27\x1c", SevenZip}, {0, "Rar!\x1a\x07", RAR},
	{0, "\x1f\x8b", Gzip}, {0, "BZh", Bzip2}, {0, "\xfd7zXZ\x00", XZ}, {0, "MSCF\x00\x00\x00\x00", CAB},
	{257, "ustar", TAR},
	{7, "**ACE**", OtherPack}, {0, "\x60\xea", OtherPack}, {2, "-lh", OtherPack}, {0, "\x1f\x9d", OtherPack},
	{0, "conectix", DiskImage}, {0, "vhdxfile", DiskImage}, {0, "MSWIM\x00", DiskImage},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE}, {0, "{\\rt", RTF}, {0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", OneNote},
	{0, "\x78\x9f\x3e\x22", TNEF}, {0, "L\x00\x00\x00\x01\x14\x02\x00", Shortcut}, {0, "[InternetShortcut]", Shortcut},
	{0, "MZ", Executable}, {0, "\x7fELF", Executable}, {0, "\xcf\xfa\xed\xfe", Executable}, {0, "\xce\xfa\xed\xfe",
		Executable},
	{0, "\xca\xfe\xba\xbe", Java}, {0, "ITSF", Help}, {0, "#!", Script}, {0, "#@~^", Script},
	{0, "GIF87a", GIF}, {0, "GIF89a", GIF}, {0, "\x89PNG\r\n\x1a\n", PNG}, {0, "\xff\xd8\xff", JPEG},
	{8, "WEBP", Image}, {0, "BM", Image}, {0, "II*\x00", Image}, {0, "MM\x00*", Image}, {4, "ftypheic", Image},
	{4, "ftypavif", Image},
	{0, "BEGIN:VCALENDAR", Calendar}, {0, "BEGIN:VCARD", VCard}, {0, "-----BEGIN PGP", Signature},
}

// byExtension are kinds that the content does not tell, or not surely.
var byExtension = map[string]Kind{
	"html": HTML, "htm": HTML, "shtml": HTML, "xhtml": HTML, "xht": HTML, "hta": HTML, "svg": SVG, "mht": Mail,
	"mhtml": Mail, "eml": Mail, "ics": Calendar, "vcs": Calendar, "vcf": VCard, "rtf": RTF, "url": Shortcut,
	"iso": ISO, "img": ISO, "tar": TAR, "js": Script, "jse": Script, "vbs": Script, "vbe": Script, "wsf": Script,
	"wsh": Script, "wsc": Script, "ps1": Script, "psm1": Script, "bat": Script, "cmd": Script, "sct": Script,
	"reg": Script, "sh": Script, "py": Script, "pl": Script, "com": Executable, "p7s": Signature, "asc": Signature,
	"sig": Signature, "xml": XML, "txt": Text, "csv": Text, "log": Text, "ace": OtherPack, "arj": OtherPack,
	"lzh": OtherPack, "lha": OtherPack, "z": OtherPack, "zst": OtherPack,
}

// isoAt is where the first volume descriptor of ISO 9660, or of UDF, stands.
const isoAt = 16*2048 + 1

// kindOf returns the kind of a file. Short content that a magic fits by chance is taken for text.
func kindOf(data []byte, name string) Kind {
	head := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for i := range magics {
		m := &magics[i]
		if len(head) > m.at && bytes.HasPrefix(head[m.at:], []byte(m.magic)) && (len(m.magic) > 2 || !isPlain(head)) {
			return m.kind
		}
	}
	if i := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-")); i >= 0 {
		return PDF
	}
	if len(data) > isoAt+5 && (string(data[isoAt:isoAt+5]) == "CD001" || string(data[isoAt:isoAt+5]) == "BEA01") {
		return ISO
	}
	ext := Extension(name)
	if k, ok := byExtension[ext]; ok && k != Text {
		return k
	}
	return kindOfText(head)
}

// kindOfText tells kinds of text apart by how they begin.
func kindOfText(head []byte) Kind {
	start := strings.ToLower(string(bytes.TrimLeft(head[:min(len(head), 1024)], " \t\r\n")))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"), strings.HasPrefix(start,
		"<script"),
		strings.HasPrefix(start, "<body"), strings.HasPrefix(start, "<head"):
		return HTML
	case strings.Contains(start, "<svg"):
		return SVG
	case strings.HasPrefix(start, "<?xml"):
		return XML
	case strings.HasPrefix(start, "begin:vcalendar"):
		return Calendar
	case strings.HasPrefix(start, "begin:vcard"):
		return VCard
	case len(head) > 0 && isPlain(head):
		return Text
	}
	return Unknown
}

// isPlain reports whether a file's beginning has no control characters but white space.
func isPlain(b []byte) bool {
	for _, c := range b[:min(len(b), 512)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b {
			return false
		}
	}
	return true
}

// Extension returns the last extension of a file's name, in lower case and without its dot; "" if it has none. Dots and
// blanks at the end do not count: Windows leaves them out.
func Extension(name string) string {
	name = strings.ToLower(strings.TrimRight(name, ". \t\x00"))
	return strings.TrimPrefix(path.Ext(base(name)), ".")
}

// base returns a name without its path, of any system.
func base(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }
