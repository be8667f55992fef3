package history

import (
	"context"
)

// Stream is a history that several hosts share, on a server: a list of entries that all append to and read in one order,
// of which the oldest are dropped.
type Stream interface {
	// Append adds entries, and returns the position of the last.
	Append(ctx context.Context, entries [][]byte) (string, error)
	// Read waits for entries behind a position, "" for the first there is.
	Read(ctx context.Context, after string) ([]Entry, error)
}

// Entry is one entry of a Stream.
type Entry struct {
	Position string
	ID       ID // unique, and later than those before
	Data     []byte
}

type sharing struct{}

func (l *Log) startSharing()              {}
func (l *Log) endSharing(context.Context) {}
