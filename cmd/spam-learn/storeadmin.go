package main

import (
	"context"
	"io"

	"asterism/engine"
	"asterism/spamc"
	"asterism/store"
	"asterism/store/backup"
)

// storeAdmin runs commands on the whole store that may share it with other processes.
type storeAdmin interface {
	totals() (store.Totals, error)
	// each calls f for every token until that fails.
	each(f func(store.Token, store.Record) error) error
	// backup writes the store as text, whole or with an error.
	backup(w io.Writer) error
	expire() (removed int, err error)
}

// localAdmin is the store that this process has opened.
type localAdmin struct{ eng *engine.Engine }

func (k localAdmin) totals() (store.Totals, error) { return k.eng.Totals() }
func (k localAdmin) backup(w io.Writer) error      { return k.eng.Backup(w) }
func (k localAdmin) expire() (int, error)          { return k.eng.Expire() }

func (k localAdmin) each(f func(store.Token, store.Record) error) (err error) {
	failed := k.eng.Store().Each(func(tok store.Token, r store.Record) bool {
		err = f(tok, r)
		return err == nil
	})
	if err == nil {
		err = failed
	}
	return err
}

// remoteAdmin is the store of a running daemon.
type remoteAdmin struct {
	ctx    context.Context
	client *spamc.Client
}

func (k remoteAdmin) totals() (store.Totals, error) { return k.client.Totals(k.ctx) }

func (k remoteAdmin) backup(w io.Writer) error {
	return k.read(w, func(store.Token, store.Record) error { return nil })
}

func (k remoteAdmin) expire() (int, error) {
	removed, _, err := k.client.Expire(k.ctx)
	return removed, err
}

func (k remoteAdmin) each(f func(store.Token, store.Record) error) error {
	return k.read(io.Discard, f)
}

// read copies the backup that the daemon sends to w, and makes sure that it is whole.
func (k remoteAdmin) read(w io.Writer, f func(store.Token, store.Record) error) error {
	return k.client.Backup(k.ctx, func(r io.Reader) error { return backup.Read(io.TeeReader(r, w), tokensOnly(f)) })
}

// tokensOnly is a store.Sink that wants nothing but tokens.
type tokensOnly func(store.Token, store.Record) error

func (f tokensOnly) Token(tok store.Token, r store.Record) error { return f(tok, r) }
func (tokensOnly) Head(store.Head) error                         { return nil }
func (tokensOnly) Mark(store.Mark) error                         { return nil }
func (tokensOnly) Sample(store.Sample) error                     { return nil }
func (tokensOnly) Meta(string, []byte) error                     { return nil }
