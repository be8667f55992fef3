package config

// OLEMacro configures the functions of SpamAssassin's plug-in OLEVBMacro. Expressions have Perl's syntax and ignore
// case.
type OLEMacro struct {
	Parts       int  // olemacro_num_mime: attachments that are looked at
	Files       int  // olemacro_num_zip: files in an archive likewise; 0 opens none
	Depth       int  // olemacro_zip_depth: archives within archives
	Extended    bool // olemacro_extended_scan: other files too
	Disposition bool // olemacro_prefer_contentdisposition: of two names, use the one of Content-Disposition
	MaxFile     int  // olemacro_max_file: octets of an attachment

	Exts, MacroExts, SkipExts, SkipTypes, Archives, Download string
}

func oleMacroOptions() []option {
	return []option{
		{name: "olemacro_num_mime", def: "5", set: count(func(c *Config) *int { return &c.OLEMacro.Parts })},
		{name: "olemacro_num_zip", def: "8", set: count(func(c *Config) *int { return &c.OLEMacro.Files })},
		{name: "olemacro_zip_depth", def: "2", set: count(func(c *Config) *int { return &c.OLEMacro.Depth })},
		{name: "olemacro_extended_scan", def: "0", set: flag(func(c *Config) *bool { return &c.OLEMacro.Extended })},
		{name: "olemacro_prefer_contentdisposition", def: "1",
			set: flag(func(c *Config) *bool { return &c.OLEMacro.Disposition })},
		{name: "olemacro_max_file", def: "1024000", set: count(func(c *Config) *int { return &c.OLEMacro.MaxFile })},
		{name: "olemacro_exts", def: `(?:doc|docx|dot|pot|ppa|pps|ppt|rtf|sldm|xl|xla|xls|xlsx|xlt|xltx|xslb)$`,
			set: expression(func(c *Config) *string { return &c.OLEMacro.Exts })},
		{name: "olemacro_macro_exts", def: `(?:docm|dotm|ppam|potm|ppst|ppsm|pptm|sldm|xlm|xlam|xlsb|xlsm|xltm|xps)$`,
			set: expression(func(c *Config) *string { return &c.OLEMacro.MacroExts })},
		{name: "olemacro_skip_exts", def: `(?:dotx|potx|ppsx|pptx|sldx)$`,
			set: expression(func(c *Config) *string { return &c.OLEMacro.SkipExts })},
		{name: "olemacro_skip_ctypes", def: `^(?:text\/)`,
			set: expression(func(c *Config) *string { return &c.OLEMacro.SkipTypes })},
		{name: "olemacro_zips", def: `(?:zip)$`, set: expression(func(c *Config) *string { return &c.OLEMacro.Archives })},
		{name: "olemacro_download_marker", def: `(?:cmd(?:\.exe)? \/c ms\^h\^ta ht\^tps?:\/\^\/)`,
			set: expression(func(c *Config) *string { return &c.OLEMacro.Download })},
	}
}
