package senders

import (
	"context"
	"strings"
)

// Show returns all entries of an address, a domain or a host.
func (b *Book) Show(ctx context.Context, name string) ([]Named, error) {
	if err := b.Flush(ctx); err != nil {
		return nil, err
	}
	return b.table.Find(ctx, prefixOf(name))
}

// Forget deletes all entries of an address, a domain or a host, and returns how many there were.
func (b *Book) Forget(ctx context.Context, name string) (int, error) {
	found, err := b.Show(ctx, name)
	if err != nil {
		return 0, err
	}
	changes := make(map[string]Change, len(found))
	for _, e := range found {
		changes[e.Key] = Change{Reset: true}
	}
	b.Change(changes)
	return len(found), b.Flush(ctx)
}

// prefixOf returns how the keys of a name begin.
func prefixOf(name string) string { return clean(strings.TrimSpace(name)) + "|ip=" }
