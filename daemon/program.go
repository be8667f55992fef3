package daemon

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// ReleaseProgram gives back the memory of the program's own pages that were used so far. Only the start uses many of
// them, such as the words of the rules. They stay in the system's cache, and pages that are used again come from there
// at once. It does nothing if the program was relocated when it was loaded, because the relocated pages have no other
// copy.
func ReleaseProgram() error {
	if !fixed() {
		return nil
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		var from, to uintptr
		var access string
		n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &access) // proc_pid_maps(5); the file comes last
		if n < 3 || !strings.HasSuffix(lines.Text(), " "+program) || strings.Contains(access, "w") {
			continue
		}
		if _, _, failed := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED); failed != 0 {
			return failed
		}
	}
	return nil
}

// fixed reports whether the program was built for the place where it is loaded: -buildmode=exe, which is what go build
// does here unless it is told otherwise.
func fixed() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-buildmode", Value: "exe"})
}
