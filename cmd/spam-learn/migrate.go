package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/engine"
	"asterism/store"
	"asterism/store/backup"
)

// migrate copies the store at one bayes_path to another, which must be empty.
func (o *options) migrate(cmd *cobra.Command, cfg *config.Config, paths []string) (err error) {
	if len(paths) != 2 {
		return fail(exitUsage, errors.New("--migrate takes two stores, FROM and TO, in the form of bayes_path"))
	}
	from, err := openAt(paths[0], cfg, true)
	if err != nil {
		return fail(codeOf(err), err)
	}
	defer from.Close()
	to, err := openAt(paths[1], cfg, false)
	if err != nil {
		return fail(codeOf(err), err)
	}
	defer func() {
		if failed := to.Close(); failed != nil && err == nil {
			err = fail(codeOf(failed), failed)
		}
	}()
	there, err := to.Totals()
	if err == nil && there.Tokens+there.Seen > 0 {
		return fail(exitUsage,
			fmt.Errorf("%s is not empty: it has %d tokens of %d ham and %d spam. To discard them, clear it first: "+
				"spam-learn --clear --bayes-path %[1]s", paths[1], there.Tokens, there.Ham, there.Spam))
	}
	total, failed := from.Totals()
	if err = errors.Join(err, failed); err != nil {
		return fail(codeOf(err), err)
	}
	bar := newRecordProgress("copying", int64(total.Tokens+total.Seen))
	err = backup.Copy(to, from, func(records int) { bar.add(int64(records)) })
	bar.end()
	if err != nil {
		return fail(codeOf(err), err)
	}
	if there, err = to.Totals(); err != nil {
		return err
	}
	return sayDone(cmd.OutOrStdout(), there, "copied and counted; set bayes_path to it")
}

// openAt opens the store at a bayes_path.
func openAt(path string, cfg *config.Config, mustExist bool) (store.Store, error) {
	st, err := engine.OpenStore(path, &cfg.Bayes, mustExist)
	if errors.Is(err, store.ErrLocked) {
		err = fmt.Errorf("%w; is spamd running? Stop it for this", err)
	}
	return st, err
}
