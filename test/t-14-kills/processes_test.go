package kills_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processes returns the numbers of the running processes whose command lines are right.
func processes(right func(pid int, args []string) bool) []int {
	var pids []int
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || len(line) == 0 { // ended
			continue
		}
		if right(pid, strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// subcommand finds the processes of spamd's subcommand that were started with an argument that tells them from others'.
func subcommand(name, argument string) func() []int {
	return func() []int {
		return processes(func(_ int, args []string) bool {
			return len(args) > 2 && filepath.Base(args[0]) == "spamd" && args[1] == name && slices.Contains(args, argument)
		})
	}
}

// parent returns the number of a process' parent, 0 if it has ended.
func parent(pid int) int {
	fields := statFields(pid)
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(fields[1])
	return n
}

// statFields returns the rest after the name in a process' stat file: state, parent, …
func statFields(pid int) []string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// stopAndKill stops a process and, if it is still one of the side's, kills it.
func stopAndKill(pid int, s *side) bool {
	if syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return false
	}
	for range 500 {
		if f := statFields(pid); len(f) == 0 || f[0] != "R" && f[0] != "S" && f[0] != "D" {
			break
		}
		time.Sleep(100 * time.Microsecond)
	}
	if !slices.Contains(s.find(), pid) {
		syscall.Kill(pid, syscall.SIGCONT)
		return false
	}
	if s.after != nil {
		s.after(pid)
	}
	return syscall.Kill(pid, syscall.SIGKILL) == nil
}
