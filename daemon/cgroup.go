package daemon

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// CgroupMemory returns the memory limit of the process' control group in bytes, the least of its own limits and its
// parents', for both versions of the hierarchy; ok is false if there is no limit. root is the system's root directory.
func CgroupMemory(root fs.FS) (limit int64, ok bool) {
	limit = math.MaxInt64
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		// cgroups(7): hierarchy:controllers:path, with "0::" in version 2
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		switch {
		case fields[0] == "0" && fields[1] == "":
			limit = min(limit, least(root, "sys/fs/cgroup", fields[2], "memory.max", "memory.high"))
		case strings.Contains(","+fields[1]+",", ",memory,"):
			limit = min(limit, least(root, "sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"))
		}
	}
	// Version 1 writes "no limit" as the largest number of whole pages.
	if limit > 1<<62 {
		return 0, false
	}
	return limit, true
}

// least returns the least limit that any of the files has, in a group or one around it.
func least(root fs.FS, mount, group string, files ...string) int64 {
	limit := int64(math.MaxInt64)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		for _, file := range files {
			text, err := fs.ReadFile(root, path.Join(mount, group, file))
			if err != nil {
				continue // the root has none; nor has a group that lies outside the container
			}
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				limit = min(limit, n)
			}
		}
		if group == "/" {
			return limit
		}
	}
}
