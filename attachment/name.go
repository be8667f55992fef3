package attachment

import (
	"regexp"
	"slices"
	"strings"
)

// DangerousExtensions are the extensions of files that run something when they are opened, or that carry such files
// past a reader's eye: the extensions that mail filters block today (bad_filename_exts).
const DangerousExtensions = `ace ade adp ani app appref-ms appx appxbundle arj asp bas bat bz cab cer chm cmd cnt com cpl crt csh dll diagcab
	dmg exe fxp gadget grp hlp hpj hta htc img inf ins iqy iso isp its jar jnlp js jse ksh lib lnk lzh lha mad maf
	mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw mdz msc msh msh1 msh1xml msh2 msh2xml mshxml msi
	msix msixbundle msp mst msu ocx ops one osd pcd pif plg prf prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2
	psd1 psdm1 psm1 pst pyz pyzw rdp reg scf scr sct search-ms settingcontent-ms shb shs slk sys theme tmp udf url
	vb vbe vbp vbs vhd vhdx vsmacros vss vst vsw vxd webpnp website wim wll ws wsb wsc wsf wsh xbap xip xll xnk`

// documents are extensions that readers trust, and running those that a second extension hides behind them.
var doubleName = regexp.MustCompile(`(?i)\.(?:pdf|docx?|xlsx?|pptx?|jpe?g|png|txt|gif|zip|rar|7z|mp[34]|csv|rtf` +
	`|html?)` +
	`[.\s_-]{1,400}` +
	`(?:exe|scr|pif|com|bat|cmd|vb[se]|jse?|wsf|wsh|hta|lnk|iso|img|vhdx?|jar|ps1|msi|html?|shtml|url)$`)

// nameTraits returns what a file's name alone says.
func nameTraits(name string) (t Trait) {
	name = strings.TrimRight(name, ". \t")
	if doubleName.MatchString(base(name)) {
		t |= DoubleName
	}
	return t
}

// isBad reports whether a file's extension is one of those that should not be sent. A class identifier as an extension
// runs what is registered for it; "www.example.com" is no program.
func isBad(name string, bad []string) bool {
	ext := Extension(name)
	if ext == "com" && (strings.HasPrefix(strings.ToLower(name), "www.") || strings.ContainsAny(name, "@")) {
		return false
	}
	return ext != "" && slices.Contains(bad, ext) || classID.MatchString(name)
}

var classID = regexp.MustCompile(`(?i)\.\{[0-9a-f]{8}-[0-9a-f-]{27}\}[.\s]*$`)

// harmless are the extensions under which nobody expects something that runs, and the kinds that they may be.
var harmless = map[string]bool{"pdf": true, "doc": true, "docx": true, "xls": true, "xlsx": true, "ppt": true,
	"pptx": true,
	"jpg":  true, "jpeg": true, "png": true, "gif": true, "txt": true, "csv": true, "rtf": true, "mp3": true, "mp4": true,
	"ics": true,
	"vcf": true}

// disguise reports whether a file is something that runs, or holds such things, under a harmless extension.
func disguise(f *File) Trait {
	if !harmless[Extension(f.Name)] {
		return 0
	}
	switch f.Kind {
	case Executable, Script, Shortcut, Java, Help, SevenZip, RAR, CAB, ISO, DiskImage, OtherPack, HTML:
		return Disguised
	}
	return 0
}

// withoutExtension returns a name without its last extension: that of what a packed file holds. ".tgz" stands for
// ".tar.gz".
func withoutExtension(name string) string {
	ext := Extension(name)
	if ext == "" {
		return name
	}
	bare := name[:strings.LastIndexByte(name, '.')]
	if ext == "tgz" || ext == "tbz" || ext == "txz" {
		bare += ".tar"
	}
	return bare
}
