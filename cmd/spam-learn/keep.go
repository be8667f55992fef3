package main

import (
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
func (o *options) keep(cmd *cobra.Command, cfg *config.Config) error {
	if o.dump != "" && o.dump != "magic" && o.dump != "data" && o.dump != "all" {
		return fail(exitUsage, fmt.Errorf("--dump %q is neither magic, data nor all", o.dump))
	}
	eng, err := engine.Open(cfg, engine.Options{MustExist: o.restore == "", LearnOnly: true})
	if errors.Is(err, store.ErrLocked) {
		err = fmt.Errorf("%w; is spamd running? Stop it for this", err)
	}
	if err != nil {
		return fail(codeOf(err), err)
	}
	err = o.keepStore(cmd.OutOrStdout(), cmd.InOrStdin(), eng)
	if err = errors.Join(err, eng.Close()); err != nil {
		return fail(codeOf(err), err)
	}
	return nil
}

func (o *options) keepStore(out io.Writer, in io.Reader, eng *engine.Engine) error {
	switch {
	case o.dump != "":
		return dump(out, eng.Store(), o.dump)
	case o.expire:
		removed, err := eng.Learner().Expire()
		if err == nil {
			err = o.done(out, eng.Store(), fmt.Sprintf("expired %d tokens", removed))
		}
		return err
	case o.backup == "-":
		return backup.Write(out, eng.Store())
	case o.backup != "":
		if err := backupTo(o.backup, eng.Store()); err != nil {
			return err
		}
		return o.done(out, eng.Store(), "backed up to "+o.backup)
	case o.restore != "":
		if err := restoreFrom(o.restore, in, eng.Store()); err != nil {
			return err
		}
		return o.done(out, eng.Store(), "restored from "+o.restore)
	case o.clear:
		if err := eng.Store().Clear(); err != nil {
			return err
		}
		return o.done(out, eng.Store(), "cleared")
	}
	return nil
}

// done says what was done and what is in the store now.
func (o *options) done(out io.Writer, st store.Store, done string) error {
	t, err := st.Totals()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s; the store has %d tokens of %d ham and %d spam\n", done, t.Tokens, t.Ham, t.Spam)
	return err
}

// backupTo writes the backup beside the file and renames it when it is whole and on disk.
func backupTo(name string, st store.Store) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	err = backup.Write(f, st)
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
	return st.Replace(func(sink store.Sink) error {
		if err := backup.Read(in, sink); err != nil {
			return fail(exitData, fmt.Errorf("%s: %w; nothing was restored", name, err))
		}
		return nil
	})
}
