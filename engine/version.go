package engine

import (
	"cmp"
	"runtime/debug"
)

// stamped is the version that the Makefile gives the linker (-X asterism/engine.stamped=…).
var stamped string

// Version is the program's version: the Makefile's, else the one that the Go command recorded in the binary.
var Version = cmp.Or(stamped, recorded(), "unknown")

// recorded returns the module's version, as `go install module@version` and a build inside a checkout record it, or
// else
// the commit.
func recorded() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
