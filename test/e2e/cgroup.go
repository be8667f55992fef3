package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Cgroup is a control group with a memory limit.
type Cgroup struct {
	dir  string
	peak string // its file with the most memory that was in use
}

// MemoryCgroup makes a control group of so many bytes of memory, which is removed when the test ends, or skips the
// test where the system does not let it: that takes root and a writable hierarchy, of version 1 or 2.
func MemoryCgroup(t testing.TB, bytes int64) *Cgroup {
	t.Helper()
	const mount = "/sys/fs/cgroup"
	name := fmt.Sprintf("asterism-test-%d", os.Getpid())
	var faults []string
	for _, c := range []struct {
		dir, limit, peak string
		others           map[string]string
	}{
		{mount + "/" + name, "memory.max", "memory.peak", map[string]string{"memory.swap.max": "0"}},
		{mount + "/memory/" + name, "memory.limit_in_bytes", "memory.max_usage_in_bytes", map[string]string{
			"memory.memsw.limit_in_bytes": strconv.FormatInt(bytes, 10)}},
	} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(c.dir), "cgroup.procs")); err != nil {
			faults = append(faults, err.Error())
			continue
		}
		if err := os.Mkdir(c.dir, 0o755); err != nil {
			faults = append(faults, err.Error())
			continue
		}
		t.Cleanup(func() { os.Remove(c.dir) })
		if err := os.WriteFile(filepath.Join(c.dir, c.limit), []byte(strconv.FormatInt(bytes, 10)), 0); err != nil {
			faults = append(faults, err.Error())
			continue
		}
		for file, value := range c.others { // absent where the kernel does not count swap
			_ = os.WriteFile(filepath.Join(c.dir, file), []byte(value), 0)
		}
		return &Cgroup{dir: c.dir, peak: filepath.Join(c.dir, c.peak)}
	}
	t.Skipf("no control group with a memory limit can be made here: %s", strings.Join(faults, "; "))
	return nil
}

// Command returns the arguments that run a command in the group.
func (c *Cgroup) Command(args ...string) []string {
	return append([]string{"/bin/sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, c.dir}, args...)
}

// Peak returns the most memory that the group had in use, in bytes.
func (c *Cgroup) Peak(t testing.TB) int64 {
	t.Helper()
	text, err := os.ReadFile(c.peak)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
