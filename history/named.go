package history

import (
	"context"
	"errors"
	"fmt"
)

// Named returns the record of an ID, or of the only mail with this queue ID or Message-ID: the newest record of that
// mail.
func (l *Log) Named(ctx context.Context, name string) (*Record, error) {
	if id, err := ParseID(name); err == nil {
		if r, err := l.Get(ctx, id); !errors.Is(err, ErrNotFound) {
			return r, err
		}
	}
	for _, q := range []Query{{QueueID: name}, {MessageID: name}} {
		if name == "" {
			break
		}
		found, _, err := l.Find(ctx, &q)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			if r.digest != found[0].digest || r.MessageID != found[0].MessageID {
				return nil, fmt.Errorf("%.100q: several messages match; use an ID: %s or %s", name, found[0].ID, r.ID)
			}
		}
		if len(found) > 0 {
			return l.Get(ctx, found[0].ID)
		}
	}
	return nil, fmt.Errorf("%.100q: %w", name, ErrNotFound)
}
