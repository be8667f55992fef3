// Package data is what ships inside the binary: the default configuration, written in SpamAssassin's .cf language, as
// a directory of files by subject. It holds no code that looks at mail.
//
// The files are read in the order of their names, before the administrator's, so that whatever they set can be changed
// or switched off there. docs/rules.md says how they are organised.
package data

import (
	"embed"
	"io/fs"
)

//go:embed *.cf
var files embed.FS

// Version numbers the rules. Those that an update installs have a higher one.
const Version = 1

// Default returns the default configuration: a flat directory that holds nothing but .cf files.
func Default() fs.FS { return files }
