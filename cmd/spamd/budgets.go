package main

import (
	"log/slog"
	"math"
	"runtime/debug"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/engine"
)

// memory is what mails may take of the process' memory.
type memory struct {
	milter, spamc *connpool.Budget // bytes of mails in hand
	maxMessage    int64            // longest message of the spamd protocol, in bytes
	scans         *connpool.Scans  // what their scans take besides; nil without a limit
}

// inHand is how many bytes the mails in hand of a front may take where memory has no limit, unless a few of the largest
// take more.
const inHand = 32 << 20

// leastShared is what mails and their scans get however small the limit is: the daemon could not work with less.
const leastShared = 8 << 20

// budgets divides the rest of the memory limit. Of the memory that the process does not use yet, mails in progress on
// both fronts may take a third, and their scans the rest. maxSize is the option max_size. The store will take the
// reserved bytes.
func budgets(maxSize, reserved int64, log *slog.Logger) memory {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		milter, spamc := connpool.NewBudget(max(inHand, 8*maxSize)), connpool.NewBudget(inHand+1)
		return memory{milter: milter, maxMessage: inHand, spamc: spamc}
	}
	free := max(limit-inUse()-reserved, leastShared)
	mails := min(free/3, max(2*inHand, 16*maxSize))
	shared := connpool.NewBudget(mails)
	m := memory{milter: shared, spamc: shared, maxMessage: min(inHand, mails-1), scans: connpool.NewScans(free - free/3)}
	log.Info("memory for mails", "limit", limit, "mails", mails, "scans", free-free/3)
	if largest := classifier.LargestWithin(free - free/3); largest < maxSize {
		log.Warn("some mails below max_size are too large for the memory limit; on_overload decides about them",
			"max_size", maxSize, "scanned_below", largest, "limit", limit)
	}
	return m
}

// inUse returns the bytes that the runtime has from the system and has not given back, as its limit counts them.
func inUse() int64 {
	return int64(metric("/memory/classes/total:bytes") - metric("/memory/classes/heap/released:bytes"))
}

// storeBytes returns how many bytes the table of a store may take that is still being loaded: as many as its file has.
func storeBytes(s engine.Stats) int64 {
	if s.Store != nil {
		return 0
	}
	return s.StoreBytes
}
