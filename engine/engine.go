// Package engine builds the parts of a configuration: it opens the learner's store, compiles the rules, and makes the
// classifier, again after each change of the configuration.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
	"asterism/contain"
	"asterism/history"
	"asterism/network"
	"asterism/rules"
	"asterism/senders"
	"asterism/store"
	"asterism/store/spool"
	"asterism/tokenizer"
	"asterism/unmark"
)

// Options say how to open an Engine.
type Options struct {
	Log    *slog.Logger // nil discards
	NetLog *slog.Logger // for network checks; Log if nil

	// Patience is how long Open waits for a large store to be loaded before it returns an Engine that classifies without
	// the learner until then. 0 waits as long as it takes.
	Patience time.Duration
	// Store, if given, is used in the place of the configured one.
	Store store.Store
	// MustExist makes it an error that there is no store yet, instead of creating one.
	MustExist bool
	// LearnOnly leaves out the parts for verdicts: rules and network checks. Check must not be called then.
	LearnOnly bool
	// StoreOnly leaves out the learner as well, and opens only the store.
	StoreOnly bool
	// History opens the history as well, for programs that record mails.
	History bool
	// Senders opens the record of senders, for programs that scan and teach.
	Senders bool
	// Now is the learner's clock, by which the longest unused tokens expire first; nil for time.Now.
	Now func() time.Time
}

// Engine is a classifier with its store. It is safe for concurrent use.
type Engine struct {
	log     *slog.Logger
	netLog  *slog.Logger
	opt     Options
	store   store.Store    // nil without a learner
	learner *bayes.Learner // nil without a learner, while the store is being loaded, and when it cannot be used
	current atomic.Pointer[classifier.Classifier]
	served  atomic.Pointer[parts] // what current was made of
	users   users
	history atomic.Pointer[history.Log]  // nil without one
	senders atomic.Pointer[senders.Book] // nil without one

	journal *spool.Spool  // for a store on other hosts; otherwise nil
	drains  contain.Group // those who empty the journal

	mu      sync.Mutex // held while current is replaced
	key     store.Key  // of the tokens that current makes
	rules   *rules.Set // that current matches
	net     networkSide
	cfg     *config.Config
	unready error // why there is no learner although there should be one
	closed  bool
}

// parts are the parts of a classifier.
type parts struct {
	classifier.Options
	cfg *config.Config
}

// Open opens the store that cfg names and compiles its rules. An error that wraps store.ErrLocked means that another
// process, most likely a daemon, has the store open.
func Open(cfg *config.Config, opt Options) (*Engine, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.NetLog == nil {
		opt.NetLog = opt.Log
	}
	e := &Engine{log: opt.Log, netLog: opt.NetLog, opt: opt, cfg: cfg}
	loaded, err := e.openStore(opt)
	if err != nil {
		return nil, err
	}
	e.configureHistory(cfg)
	e.configureSenders(cfg)
	patience := make(<-chan time.Time)
	if opt.Patience > 0 {
		patience = time.After(opt.Patience)
	}
	if err := e.compile(); err != nil { // while the store is being loaded
		e.Close()
		return nil, err
	}
	select {
	case <-loaded:
		err = e.addLearner()
	case <-patience:
		e.log.Warn("the store is still loading: scanning without Bayes until it is loaded", "bayes_path", cfg.Bayes.Path)
		e.assemble()
		contain.Go(func() {
			<-loaded
			if err := e.addLearner(); err != nil {
				e.scanWithout(err)
			}
		})
	}
	if errors.Is(err, bayes.ErrParameters) && !opt.LearnOnly {
		e.scanWithout(err)
		e.assemble()
		err = nil
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// compile compiles the rules.
func (e *Engine) compile() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	net, err := e.addRules()
	if err == nil {
		e.net.replace(net)
	}
	return err
}

// assemble makes the classifier of the open parts.
func (e *Engine) assemble() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.assembleLocked(&e.net)
}

// scanWithout notes why the store that there is cannot be used.
func (e *Engine) scanWithout(err error) {
	e.mu.Lock()
	e.unready = err
	e.mu.Unlock()
	e.log.Error("scanning without Bayes", "err", err)
}

// addLearner makes the learner of the loaded store and has it used from now on.
func (e *Engine) addLearner() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	if e.store != nil && !e.opt.StoreOnly {
		minHam, minSpam := e.cfg.Bayes.Minimum()
		learner, err := bayes.New(e.store, bayes.Options{
			MinHam:    uint32(minHam),
			MinSpam:   uint32(minSpam),
			MaxTokens: e.maxTokens(),
			Now:       e.opt.Now,
			Journal:   e.journal,
		})
		if err != nil {
			return fmt.Errorf("the store of bayes_path %s: %w", e.cfg.Bayes.Path, err)
		}
		e.learner = learner
		if err := e.noteKey(); err != nil {
			return err
		}
		e.drain(learner)
	}
	e.assembleLocked(&e.net)
	if e.journal != nil && !e.opt.LearnOnly {
		e.drains.Go(e.drainUsers)
	}
	return nil
}

// maxTokens is bayes_expiry_max_db_size, or no limit to speak of without bayes_auto_expire.
func (e *Engine) maxTokens() int {
	if !e.cfg.Bayes.AutoExpire {
		return 1 << 40
	}
	return e.cfg.Bayes.ExpiryMaxTokens
}

// rebuildLocked makes the classifier anew, its rules too.
func (e *Engine) rebuildLocked() error {
	net, err := e.addRules()
	if err != nil {
		return err
	}
	e.assembleLocked(net)
	e.net.replace(net)
	return nil
}

// assembleLocked makes the classifier anew with the rules as they are. Scans in hand end with the old one.
func (e *Engine) assembleLocked(net *networkSide) {
	opt := classifier.Options{Open: e.cfg.AttachmentLimits(), Required: e.cfg.Scoring.Required,
		Deadline: e.cfg.Daemon.Deadline, Log: e.log, Rules: e.rules,
		Tags: TagOptions(e.cfg, "").Placeholders(), Marks: unmark.New(e.cfg.Tagging.Rewrite["Subject"])}
	if net.checks != nil {
		opt.Network = net.checks
	}
	if e.learner != nil {
		e.key = e.store.Key()
		opt.Learner, opt.Key = e.learner, e.key
		opt.Tokenizer = tokenizer.New(tokenizer.Options{IgnoreHeaders: e.cfg.Bayes.IgnoreHeaders}, e.key)
		opt.UseBayes, opt.LogOdds = e.cfg.Bayes.UseRules, e.cfg.Bayes.LogOdds
		if e.cfg.Bayes.AutoLearn {
			opt.Autolearn = &classifier.Thresholds{Ham: e.cfg.Bayes.AutoLearnHam, Spam: e.cfg.Bayes.AutoLearnSpam,
				OnError: e.cfg.Bayes.AutoLearnOnError}
		}
	}
	opt.Senders, opt.Networks = e.reputation(), networksOf(e.cfg)
	opt.Taught = e.noteTaught
	keep := e.opt.History && e.cfg.History.On
	opt.Keep = classifier.Keep{Fields: keep, Lesson: keep && e.cfg.History.Teach}
	if keep && e.cfg.History.Subject == "1" { // words of the subject are among them
		opt.Keep.Words = e.cfg.History.Words
	}
	e.served.Store(&parts{opt, e.cfg})
	if old := e.current.Swap(classifier.New(opt)); old != nil {
		old.Close()
	}
}

// addRules compiles the rules, logs the rules that are left out, and connects the network tests.
func (e *Engine) addRules() (*networkSide, error) {
	if e.opt.LearnOnly || e.opt.StoreOnly {
		return &networkSide{}, nil
	}
	set, problems := rules.Compile(e.cfg, network.Functions())
	for _, p := range append(problems, senderProblems(e.cfg, set)...) {
		e.log.Warn("configuration", "at", p.String())
	}
	net, err := e.net.open(e.cfg, set, e.netLog)
	if err != nil {
		return nil, err
	}
	for _, p := range net.problems {
		e.netLog.Warn("configuration", "at", p.String())
	}
	e.rules = set
	return net, nil
}

// Reload applies a new configuration. The place and form of the store do not change before the next start.
func (e *Engine) Reload(cfg *config.Config) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if cfg.Bayes.Path != e.cfg.Bayes.Path {
		e.log.Warn("a new bayes_path takes effect at the next start", "bayes_path", cfg.Bayes.Path)
	}
	old := e.cfg
	e.cfg = cfg
	e.configureSenders(cfg)
	if err := e.rebuildLocked(); err != nil {
		e.cfg = old
		e.configureSenders(old)
		return err
	}
	e.configureHistory(cfg)
	return nil
}

// Classifier returns the classifier in use now.
func (e *Engine) Classifier() *classifier.Classifier { return e.current.Load() }

// Learner returns the learner, nil without one and while its store is being loaded.
func (e *Engine) Learner() *bayes.Learner {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.learner
}

// Store returns the learner's store, nil without one.
func (e *Engine) Store() store.Store { return e.store }

// Check gives a message its verdict, by its user's own tokens and preferences where the configuration lets users have
// them.
func (e *Engine) Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	c, done, err := e.classifierFor(in.User, false)
	if err != nil {
		return nil, err
	}
	defer done()
	return c.Check(ctx, in)
}

// Learn teaches messages: a user's own store with bayes_per_user, unless the user is "", else the site's.
func (e *Engine) Learn(ctx context.Context, user string, lessons []classifier.Lesson) ([]classifier.Learned, error) {
	return e.teach(user, func(c *classifier.Classifier) ([]classifier.Learned, error) { return c.Learn(ctx, lessons) })
}

// Forget undoes the lessons of messages, likewise.
func (e *Engine) Forget(ctx context.Context, user string, raws [][]byte) ([]classifier.Learned, error) {
	return e.teach(user, func(c *classifier.Classifier) ([]classifier.Learned, error) { return c.Forget(ctx, raws) })
}

func (e *Engine) teach(user string, how func(*classifier.Classifier) ([]classifier.Learned,
	error)) ([]classifier.Learned, error) {
	if err := e.learnable(); err != nil {
		return nil, err
	}
	c, done, err := e.classifierFor(user, true)
	if err != nil {
		return nil, err
	}
	defer done()
	return how(c)
}

// learnable says why nothing can be learned now although it is not switched off.
func (e *Engine) learnable() error {
	if e.store == nil {
		return nil
	}
	return e.Ready()
}

// Close waits for lessons in progress and closes the store.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.users.close()
	if c := e.current.Load(); c != nil {
		c.Close()
	}
	e.net.close()
	var err error
	if h := e.history.Swap(nil); h != nil {
		err = h.Close()
	}
	if b := e.senders.Swap(nil); b != nil {
		err = errors.Join(err, b.Close())
	}
	if e.store == nil {
		return err
	}
	err = errors.Join(err, e.store.Close())
	e.drains.Join()
	return err
}

// ControlPath returns the control socket's file that belongs to a bayes_path, beside the store, as an absolute path;
// "" if the store is not a local file.
func ControlPath(bayesPath string) string {
	if strings.Contains(bayesPath, "://") {
		return ""
	}
	path := bayesPath + ".sock"
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path // of a working directory that is gone: who opens it will say so
}
