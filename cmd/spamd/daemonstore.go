package main

import (
	"context"
	"errors"

	"asterism/spamc"
	"asterism/store"
)

var errReadOnly = errors.New("the store is open in a running daemon; this command only reads it")

// daemonStore is the store that a running daemon has open, read through its control socket.
type daemonStore struct {
	ctx    context.Context
	client *spamc.Client
	key    store.Key
}

var _ store.Store = (*daemonStore)(nil)

// openDaemonStore asks the daemon for its store.
func openDaemonStore(ctx context.Context, client *spamc.Client) (*daemonStore, error) {
	key, err := client.Key(ctx)
	if err != nil {
		return nil, err
	}
	return &daemonStore{ctx, client, key}, nil
}

func (s *daemonStore) Key() store.Key { return s.key }

func (s *daemonStore) Lookup(tokens []store.Token, dst []store.Record) error {
	return s.client.Lookup(s.ctx, tokens, dst)
}

// Touch does nothing: a look does not count as use.
func (s *daemonStore) Touch([]store.Token, uint32) {}

func (s *daemonStore) Totals() (store.Totals, error) { return s.client.Totals(s.ctx) }

func (s *daemonStore) Meta(name string) ([]byte, error) { return s.client.Meta(s.ctx, name) }

func (s *daemonStore) Seen(store.Digest) (store.Class, error) { return 0, errReadOnly }

func (s *daemonStore) Sample(store.Class, int) (store.Sample, bool, error) {
	return store.Sample{}, false, errReadOnly
}

func (s *daemonStore) Apply(...store.Learning) (store.Commit, error) { return nil, errReadOnly }

func (s *daemonStore) Each(func(store.Token, store.Record) bool) error { return errReadOnly }

func (s *daemonStore) EachMark(func(store.Mark) bool) error { return errReadOnly }

func (s *daemonStore) EachSample(func(store.Sample) bool) error { return errReadOnly }

func (s *daemonStore) EachMeta(func(string, []byte) bool) error { return errReadOnly }

func (s *daemonStore) Expire(int, int) (int, error) { return 0, errReadOnly }

func (s *daemonStore) Clear() error { return errReadOnly }

func (s *daemonStore) Replace(func(store.Sink) error) error { return errReadOnly }

func (s *daemonStore) Close() error { return nil }
