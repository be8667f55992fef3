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

// ReleaseProgram gives back the memory of those parts of the program itself that have been used so far: much of them,
// the words of the rules for instance, is used by the start alone. They stay in the system's cache, from where what
// is used again comes at once. It does nothing where the program was moved when it was loaded: what was then changed
// in it is nowhere else.
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

// fixed says whether the program was built for the place where it is loaded: -buildmode=exe, which is what go build
// does here unless it is told otherwise.
func fixed() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-buildmode", Value: "exe"})
}
