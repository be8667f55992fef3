//go:build !race && linux

package attachment

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"asterism/attachment/archive/archivetest"
	"asterism/attachment/hostiletest"
)

// TestMemoryOfHostileFiles: no file of package hostiletest takes more than 30 MB, or as much processor time as a
// quadratic reader takes. bench/hostile compares with the exact bound.
// Under the race detector sync.Pool forgets at random, so that memory says little there.
func TestMemoryOfHostileFiles(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, f := range hostiletest.All() {
		costsOf(t, f.Name, f.Build(95_000))
	}
}

// TestMemoryOfManyHostileFiles: small ones in an archive, as many as a mail has room for.
func TestMemoryOfManyHostileFiles(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const small, room, header, most = 4500, 70_000, 150, 100 // octets, files
	for _, f := range hostiletest.All() {
		content := string(f.Build(small))
		var files []string
		for i := range min(most, room/(len(content)+header)) {
			files = append(files, fmt.Sprint(i)+f.Name, content)
		}
		costsOf(t, "many "+f.Name+".zip", archivetest.Zip(files...))
	}
}

// costsOf opens a file, and measures the processor time as well.
func costsOf(t *testing.T, name string, content []byte) {
	t.Helper()
	before := processorTime(t)
	costs(t, map[string][]byte{name: content})
	const most = 2 * time.Second // on a busy machine as well
	if took := processorTime(t) - before; took > most {
		t.Errorf("%s: %v of processor time", name, took)
	}
}

// processorTime returns the processor time of the thread that the test is locked to.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	const thread = 1 // RUSAGE_THREAD of Linux
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
