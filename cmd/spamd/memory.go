package main

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"asterism/contain"
	"asterism/daemon"
)

// headroom is the least number of bytes of garbage before a collection. The runtime's own rule, as much garbage as live
// memory, wastes most with a large store, although its table has no pointers and costs the collector nothing. The cost
// of a collection is the memory with pointers: large sets of rules have more of it, and more room.
const headroom = 12 << 20

// The runtime gets the headroom in percent of the live memory, within these bounds.
const minGCPercent, maxGCPercent = 10, 100

// limitMemory keeps the process small: garbage within the headroom, and all of it within nine tenths of the control
// group's limit. GOGC and GOMEMLIMIT in the environment override it. It updates the headroom by the live memory until
// stop is closed.
func limitMemory(log *slog.Logger, stop <-chan struct{}) {
	if os.Getenv("GOMEMLIMIT") == "" {
		if bytes, ok := daemon.CgroupMemory(os.DirFS("/")); ok {
			debug.SetMemoryLimit(bytes / 10 * 9)
			log.Debug("memory limit", "cgroup", bytes)
		}
	}
	if os.Getenv("GOGC") != "" {
		return
	}
	runtime.MemProfileRate = 0           // nobody asks for the profile
	debug.SetGCPercent(maxGCPercent / 2) // while the store is being loaded
	contain.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		last := 0
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if percent := gcPercent(liveHeap(), scannedHeap()); percent != last {
				debug.SetGCPercent(percent)
				last = percent
			}
		}
	})
}

// gcPercent returns the headroom in per cent of what lives, in steps of five: each change makes the runtime stop for
// a moment. Of what lives, the collector looks at scanned bytes.
func gcPercent(live, scanned uint64) int {
	if live == 0 {
		return maxGCPercent / 2
	}
	room := max(headroom, scanned/4*5)
	percent := int(min(100*room/live, maxGCPercent)) / 5 * 5
	return max(percent, minGCPercent)
}

// liveHeap returns the bytes that the last collection found in use; 0 before the first.
func liveHeap() uint64 { return metric("/gc/heap/live:bytes") }

// scannedHeap returns how many of the live bytes may hold pointers, by the share of all that is not yet swept.
func scannedHeap() uint64 {
	all := metric("/memory/classes/heap/objects:bytes")
	if all == 0 {
		return 0
	}
	return uint64(float64(liveHeap()) * min(1, float64(metric("/gc/scan/heap:bytes"))/float64(all)))
}

// metric returns a figure of the runtime, 0 if it has none of that name.
func metric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
