package engine

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"asterism/classifier"
	"asterism/contain"
	"asterism/store"
	"asterism/store/spool"
)

// classifierFor returns the classifier for a user's mail, and a function to call after its use. With learn, a missing
// store of the user is created if bayes_per_user allows it, and a failure is an error. Without learn, the site's
// classifier replaces a missing one.
func (e *Engine) classifierFor(name string, learn bool) (*classifier.Classifier, func(), error) {
	siteOnly := func() (*classifier.Classifier, func(), error) { return e.Classifier(), func() {}, nil }
	cfg := e.served.Load().cfg
	if name == "" || !cfg.Bayes.PerUser && (learn || cfg.Daemon.UserPrefs == "") {
		return siteOnly()
	}
	valid, err := userName(name)
	if err != nil && !learn { // an unusual address
		return siteOnly()
	}
	if err != nil {
		return nil, nil, err
	}
	u := e.users.acquire(valid)
	if u == nil { // closing
		return siteOnly()
	}
	var c *classifier.Classifier
	err = contain.Call(func() (err error) {
		c, err = u.refresh(e, learn)
		return err
	})
	if err == nil && c != nil {
		return c, func() { e.users.release(u) }, nil
	}
	e.users.release(u)
	if err != nil && learn {
		return nil, nil, err
	}
	if err != nil {
		e.log.Warn("a user's mail is scanned with the site's tokens and preferences", "user", valid, "err", err)
	}
	return siteOnly()
}

// refresh updates a user's parts, and returns their classifier, nil for the site's.
func (u *user) refresh(e *Engine, learn bool) (*classifier.Classifier, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := builtFrom{site: e.served.Load()}
	if err := u.openStore(e, now.site, learn); err != nil {
		return nil, err
	}
	if u.engine != nil {
		now.own = u.engine.served.Load()
	}
	if learn && (now.own == nil || now.own.Learner == nil) {
		return nil, classifier.ErrNoLearner
	}
	now.rules = u.prefs.refresh(now.site.cfg, now.site.Rules, u.name, e.log)
	if now == u.builtFrom {
		return u.classifier, nil
	}
	if u.classifier != nil {
		u.classifier.Close()
		u.classifier = nil
	}
	u.builtFrom = now
	if now.own != nil || now.rules != nil {
		u.classifier = classifier.New(u.options())
	}
	return u.classifier, nil
}

// options returns the options of the user's classifier: the site's rules and network checks with the user's learner and
// preferences.
func (u *user) options() classifier.Options {
	opt, site, own := u.builtFrom.site.Options, u.builtFrom.site, u.builtFrom.own
	if own != nil && own.Learner != nil {
		if site.Learner != nil {
			opt.Site = &classifier.Opinion{Tokenizer: site.Tokenizer, Learner: site.Learner}
		}
		opt.Key = own.Key
		opt.Tokenizer, opt.Learner, opt.UseBayes, opt.LogOdds = own.Tokenizer, own.Learner, own.UseBayes, own.LogOdds
		opt.Autolearn = own.Autolearn
	}
	if u.builtFrom.rules != nil {
		opt.Rules, opt.Required = u.builtFrom.rules, u.prefs.required
	}
	return opt
}

// lockPatience is how long a learning waits for a user's store that is just being closed, or that spam-learn has open.
const lockPatience = 5 * time.Second

// openStore opens the user's store, if there is one or it is to be made. While the site's is away so is the user's.
func (u *user) openStore(e *Engine, site *parts, create bool) (err error) {
	if !site.cfg.Bayes.PerUser || e.store == nil || u.engine != nil || !create && time.Since(u.looked) < userAbsence {
		return nil
	}
	if _, away := e.store.Totals(); away != nil && !create {
		return nil
	}
	own := *site.cfg
	if own.Bayes, err = ForUser(site.cfg.Bayes, u.name); err != nil {
		return err
	}
	u.looked = time.Now()
	var opened *Engine
	for deadline := u.looked.Add(lockPatience); ; time.Sleep(20 * time.Millisecond) {
		opened, err = Open(&own, Options{Log: e.log.With("user", u.name), LearnOnly: true, MustExist: !create,
			Now: e.opt.Now})
		if !create || !errors.Is(err, store.ErrLocked) || time.Now().After(deadline) {
			break
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		u.engine = opened
	}
	return err
}

// drainUsers has what waits in the journals of users learned.
func (e *Engine) drainUsers() {
	cfg := e.served.Load().cfg
	if !cfg.Bayes.PerUser {
		return
	}
	journals, _ := filepath.Glob(journalOf(cfg.Bayes, "*")) // the pattern is well-formed
	for _, file := range journals {
		if n, err := spool.New(file, journalLimit).Len(); err != nil || n == 0 {
			continue
		}
		u := e.users.acquire(filepath.Base(file))
		if u == nil {
			return
		}
		if _, err := u.refresh(e, true); err != nil {
			e.log.Warn("a user's journal is not empty yet", "user", u.name, "err", err)
		} else {
			u.engine.drains.Join()
		}
		e.users.release(u)
	}
}
