package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"asterism/daemon"
)

// gcPercent is how far the heap grows, in per cent of what lives, before it is collected.
const gcPercent = 100

// limitMemory keeps the process within the memory that its control group has: the garbage collector works harder when nine
// tenths of it are taken. GOMEMLIMIT and GOGC in the environment have the last word.
func limitMemory(log *slog.Logger) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if bytes, ok := daemon.CgroupMemory(os.DirFS("/")); ok {
		debug.SetMemoryLimit(bytes / 10 * 9)
		log.Debug("memory limit", "cgroup", bytes)
	}
}
