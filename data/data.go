// Package data has the default configuration inside the binary, in SpamAssassin's .cf language, as a directory of files
// by subject. It has no code that reads mail.
//
// The files are read in the order of their names, before the administrator's files, which can change or switch off
// every line. docs/rules.md describes their organization.
package data

import (
	"embed"
	"io/fs"
)

//go:embed *.cf
var files embed.FS

// Version numbers the rules. Rules installed by an update have a higher number.
const Version = 1

// Default returns the default configuration: a flat directory that holds nothing but .cf files.
func Default() fs.FS { return files }
