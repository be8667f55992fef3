package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/engine"
	"asterism/store"
	"asterism/store/backup"
)

// keep does what concerns the store as a whole.
func (o *options) administer(cmd *cobra.Command, cfg *config.Config) error {
	if o.dump != "" && o.dump != "magic" && o.dump != "data" && o.dump != "all" {
		return fail(exitUsage, fmt.Errorf("--dump %q is neither magic, data nor all", o.dump))
	}
	err := o.keepOpened(cmd, cfg)
	var i interrupted
	if err != nil && errors.As(context.Cause(cmd.Context()), &i) {
		return fail(i.exitCode(), nil)
	}
	if err != nil {
		return fail(codeOf(err), err)
	}
	return nil
}

// keepOpened works on the store itself or, where a daemon has it open, through that.
func (o *options) keepOpened(cmd *cobra.Command, cfg *config.Config) error {
	eng, err := engine.Open(cfg, engine.Options{MustExist: o.restore == "", LearnOnly: o.expire, StoreOnly: !o.expire})
	switch {
	case errors.Is(err, store.ErrLocked):
		return o.keepBeside(cmd, err)
	case err != nil:
		return err
	}
	return errors.Join(o.keepAlone(cmd, eng), eng.Close())
}

// keepAlone works on the store that this process has opened.
func (o *options) keepAlone(cmd *cobra.Command, eng *engine.Engine) error {
	out, k := cmd.OutOrStdout(), localAdmin{eng}
	switch {
	case o.restore != "":
		if err := restoreFrom(o.restore, cmd.InOrStdin(), eng.Store()); err != nil {
			return err
		}
		return done(out, k, "restored from "+o.restore)
	case o.clear:
		if err := eng.Store().Clear(); err != nil {
			return err
		}
		return done(out, k, "cleared")
	}
	return o.look(out, k)
}

// keepBeside works through the daemon that has the store open, by the socket beside it. locked is the error that
// opening the store gave.
func (o *options) keepBeside(cmd *cobra.Command, locked error) error {
	if o.restore != "" || o.clear || o.user != "" {
		return fmt.Errorf("%w; is spamd running? Stop it for this", locked)
	}
	r, err := o.findDaemon(cmd.Context(), locked)
	if err != nil {
		return err
	}
	return o.look(cmd.OutOrStdout(), remoteAdmin{cmd.Context(), r.client})
}

// look runs the commands that may share the store with other processes.
func (o *options) look(out io.Writer, k storeAdmin) error {
	switch {
	case o.dump != "":
		return dump(out, k, o.dump)
	case o.expire:
		removed, err := k.expire()
		if err != nil {
			return err
		}
		return done(out, k, fmt.Sprintf("expired %d tokens", removed))
	case o.backup == "-":
		return k.backup(out)
	}
	if err := backupTo(o.backup, k); err != nil {
		return err
	}
	return done(out, k, "backed up to "+o.backup)
}

// done prints the result and the store's totals.
func done(out io.Writer, k storeAdmin, done string) error {
	t, err := k.totals()
	if err != nil {
		return err
	}
	return sayDone(out, t, done)
}

func sayDone(out io.Writer, t store.Totals, done string) error {
	_, err := fmt.Fprintf(out, "%s; the store has %d tokens of %d ham and %d spam\n", done, t.Tokens, t.Ham, t.Spam)
	return err
}

// backupTo writes the backup beside the file and renames it when it is whole and on disk.
func backupTo(name string, k storeAdmin) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	err = k.backup(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func restoreFrom(name string, in io.Reader, st store.Store) error {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fail(exitNoInput, err)
		}
		defer f.Close()
		in = f
	}
	return backup.Replace(st, func(sink store.Sink) error {
		if err := backup.Read(in, sink); err != nil {
			return fail(exitData, fmt.Errorf("%s: %w; nothing was restored", name, err))
		}
		return nil
	})
}
