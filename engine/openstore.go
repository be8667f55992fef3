package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"asterism/bayes"
	"asterism/config"
	"asterism/store"
	"asterism/store/bolt"
	"asterism/store/redis"
	"asterism/store/spool"
)

// journalLimit bounds the messages that wait to be learned while the store is away: some 60 MB.
const journalLimit = 20_000

// redisPatience is how long Open waits for a store on other hosts if it can do without for a while.
const redisPatience = 2 * time.Second

// StoreName returns the name of the store of a bayes_path for people: its file, or its server without secrets.
func StoreName(bayesPath string) string {
	if !redis.IsURL(bayesPath) {
		return bolt.File(bayesPath)
	}
	loc, err := redis.ParseURL(bayesPath)
	if err != nil {
		return "on Redis"
	}
	return fmt.Sprintf("redis://%s/%d", strings.Join(loc.Hosts, ","), loc.Database)
}

// OpenStore opens the store at a bayes_path, for work on the store as a whole. b has Redis's user and password.
func OpenStore(path string, b *config.Bayes, mustExist bool) (store.Store, error) {
	if redis.IsURL(path) {
		st, err := redis.Open(path, redis.Options{
			User: b.SQLUser, Password: b.SQLSecret, Wait: b.RedisWait, MustExist: mustExist,
		})
		if err != nil {
			return nil, err
		}
		return st, nil
	}
	st, err := bolt.Open(path, bolt.Options{Mode: b.FileMode, MustExist: mustExist})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// openStore opens the store, if the configuration wants a learner, and returns a channel that is closed when it is
// loaded.
func (e *Engine) openStore(opt Options) (<-chan struct{}, error) {
	ready := make(chan struct{})
	close(ready)
	b := &e.cfg.Bayes
	switch {
	case !b.Use || !b.UseLearner:
		return ready, nil
	case opt.Store != nil:
		e.store = opt.Store
		return ready, nil
	case redis.IsURL(b.Path):
		return e.openRedis(opt, ready)
	case strings.HasPrefix(b.Path, "~/"):
		return nil, fmt.Errorf("bayes_path %s: no home directory: HOME is not set, and user %d is not in the user "+
			"database; "+
			"set bayes_path or --bayes-path", b.Path, os.Getuid())
	}
	st, err := bolt.Open(b.Path, bolt.Options{Mode: b.FileMode, Background: true, MustExist: opt.MustExist,
		Failed: e.storeFailed})
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w; run this as root or as the store's owner, or name another store (bayes_path, --bayes-path)",
			err)
	}
	if err != nil {
		return nil, err
	}
	e.store = st
	return st.Loaded(), nil
}

// storeFailed logs that learning has stopped.
func (e *Engine) storeFailed(err error) { e.log.Error("the learner's store has failed", "err", err) }

// openRedis opens a store on other hosts. If the journal has its key from an earlier connection, it succeeds even while
// the store cannot be reached: mails are scanned without Bayes, and lessons wait in the journal. Work on the store as a
// whole needs its state or an error.
func (e *Engine) openRedis(opt Options, ready <-chan struct{}) (<-chan struct{}, error) {
	b := &e.cfg.Bayes
	e.journal = spool.New(b.RedisJournal, journalLimit)
	key, err := e.journal.Key()
	if err != nil {
		return nil, err
	}
	st, err := redis.Open(b.Path, redis.Options{
		User: b.SQLUser, Password: b.SQLSecret, Wait: b.RedisWait, Log: e.log, Changed: e.storeChanged,
		Key: store.Key(key), Background: key != 0 && !opt.StoreOnly || opt.Patience > 0, MustExist: opt.MustExist && key == 0,
		Preload: opt.Patience > 0,
	})
	if err != nil {
		return nil, err
	}
	e.store = st
	if key == 0 || opt.StoreOnly {
		return st.Loaded(), nil
	}
	select {
	case <-st.Loaded():
	case <-time.After(redisPatience):
	}
	return ready, nil
}

// storeChanged takes over what another host has made of the store, and has what waited for it learned.
func (e *Engine) storeChanged() {
	e.mu.Lock()
	learner := e.learner
	if learner == nil || e.closed {
		e.mu.Unlock()
		return
	}
	if err := e.noteKey(); err != nil {
		e.log.Error("the journal cannot be used", "err", err)
	}
	if e.store.Key() != e.key {
		e.log.Warn("the store was replaced by another one")
		if err := e.rebuildLocked(); err != nil {
			e.log.Error("scanning without the new store", "err", err)
		}
	}
	e.drain(learner)
	e.drains.Go(e.drainUsers)
	e.mu.Unlock()
	if err := learner.Reload(); err != nil {
		e.log.Warn("the learner's parameters could not be read", "err", err)
	}
}

// drain has what waits in the journal learned.
func (e *Engine) drain(learner *bayes.Learner) {
	if e.journal == nil {
		return
	}
	e.drains.Go(func() {
		n, err := learner.Drain()
		if n > 0 {
			e.log.Info("learned the messages that waited in the journal", "messages", n)
		}
		if err != nil {
			e.log.Warn("the journal is not empty yet", "err", err)
		}
	})
}

// noteKey has the journal know whose learnings it keeps.
func (e *Engine) noteKey() error {
	if e.journal == nil {
		return nil
	}
	return e.journal.SetKey(uint64(e.store.Key()))
}
