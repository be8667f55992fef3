package connpool

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// ErrNoMemory is returned for a scan that did not get its memory.
var ErrNoMemory = errors.New("no memory for the scan")

// Scans bounds the memory that scans take together. A nil *Scans bounds nothing. It is safe for concurrent use.
type Scans struct {
	total int64
	free  *semaphore.Weighted
}

// NewScans returns a bound of so many bytes.
func NewScans(bytes int64) *Scans {
	return &Scans{total: bytes, free: semaphore.NewWeighted(bytes)}
}

// Begin waits until a scan may take n bytes. Scans begin in the order in which they came, so a large one gets its turn.
// The error, an ErrNoMemory, says that n is more than all scans may take, or that ctx ended first.
func (s *Scans) Begin(ctx context.Context, n int64) error {
	if s == nil {
		return nil
	}
	if n > s.total {
		return fmt.Errorf("%w: it may take %d bytes, all scans together %d", ErrNoMemory, n, s.total)
	}
	if err := s.free.Acquire(ctx, n); err != nil {
		return fmt.Errorf("%w: other scans used it for too long: %w", ErrNoMemory, err)
	}
	return nil
}

// End gives back what Begin gave.
func (s *Scans) End(n int64) {
	if s != nil {
		s.free.Release(n)
	}
}
