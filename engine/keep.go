package engine

import (
	"io"

	"asterism/classifier"
	"asterism/store"
	"asterism/store/backup"
)

// Totals describes the learner's store.
func (e *Engine) Totals() (store.Totals, error) {
	if e.store == nil {
		return store.Totals{}, classifier.ErrNoLearner
	}
	return e.store.Totals()
}

// Key returns the key of the store's tokens.
func (e *Engine) Key() (store.Key, error) {
	if _, err := e.Totals(); err != nil {
		return 0, err
	}
	return e.store.Key(), nil
}

// Meta returns a parameter in the store, nil if there is none.
func (e *Engine) Meta(name string) ([]byte, error) {
	if e.store == nil {
		return nil, classifier.ErrNoLearner
	}
	return e.store.Meta(name)
}

// Lookup fills dst with the records of tokens.
func (e *Engine) Lookup(tokens []store.Token, dst []store.Record) error {
	if e.store == nil {
		return classifier.ErrNoLearner
	}
	return e.store.Lookup(tokens, dst)
}

// Backup writes all of the store as text. Scans and learnings go on meanwhile: of a message learned in between, the
// backup may have all, a part or nothing.
func (e *Engine) Backup(w io.Writer) error {
	if _, err := e.Totals(); err != nil {
		return err
	}
	return backup.Write(w, e.store)
}

// Expire removes the tokens beyond bayes_expiry_max_db_size, and returns how many those were.
func (e *Engine) Expire() (int, error) {
	l := e.Learner()
	if l == nil {
		if err := e.learnable(); err != nil {
			return 0, err
		}
		return 0, classifier.ErrNoLearner
	}
	return l.Expire()
}
