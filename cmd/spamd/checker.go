package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/listen"
	"asterism/mailbox"
	"asterism/spamc"
	"asterism/store"
	"asterism/unmark"
)

// checker gives verdicts in the form that was asked for.
type checker struct {
	opt    *checkOptions
	cfg    *config.Config
	engine *engine.Engine
	paint  func(class string) string
	off    string // why Bayes is not counted; empty if it is

	spam, ham, skipped atomic.Int64 // mails so far
}

// openChecker opens the engine, where a daemon has the store open on what that knows.
func (c *checkOptions) openChecker(ctx context.Context, out io.Writer) (*checker, error) {
	cfg, err := c.sound()
	if err != nil {
		return nil, err
	}
	cfg.Bayes.AutoLearn = false // a look changes nothing
	k := &checker{opt: c, cfg: cfg, paint: painter(out)}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := engine.Open(cfg, engine.Options{Log: log})
	if err != nil {
		e, err = c.openBeside(ctx, cfg, log, err)
	}
	if err != nil {
		return nil, err
	}
	k.engine = e
	k.off = k.whyOff()
	return k, nil
}

// sound returns the configuration, whose problems it prints, unless it has errors.
func (c *checkOptions) sound() (*config.Config, error) {
	cfg, problems := c.loadConfig()
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if config.Failed(problems) {
		return nil, fail(exitConfig, errors.New("the configuration has errors"))
	}
	return cfg, nil
}

// marks returns the marks of this site.
func (c *checkOptions) marks() (*unmark.Marks, error) {
	cfg, err := c.sound()
	if err != nil {
		return nil, err
	}
	return unmark.New(cfg.Tagging.Rewrite["Subject"]), nil
}

// openBeside opens the engine on the store that a running daemon has open. locked is the error that opening the store
// gave.
func (c *checkOptions) openBeside(ctx context.Context, cfg *config.Config, log *slog.Logger,
	locked error) (*engine.Engine, error) {
	path := engine.ControlPath(cfg.Bayes.Path)
	if !errors.Is(locked, store.ErrLocked) || path == "" {
		return nil, fail(exitUnavailable, locked)
	}
	if c.control != "" {
		path = c.control
	}
	addr, err := listen.Parse(path)
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	st, err := openDaemonStore(ctx, &spamc.Client{Addr: addr})
	if err != nil {
		return nil, fail(exitUnavailable, fmt.Errorf("%w, and the daemon that has it open refuses to serve it: %w",
			locked, err))
	}
	fmt.Fprintf(os.Stderr, "spamd: the store is read through the daemon at %s\n", addr)
	e, err := engine.Open(cfg, engine.Options{Log: log, Store: st})
	if err != nil {
		return nil, fail(exitUnavailable, err)
	}
	return e, nil
}

// close closes the store. It sums up, and says which store it was and what that knows.
func (k *checker) close() {
	spam, ham := k.spam.Load(), k.ham.Load()
	sum := fmt.Sprintf("%d checked: %d spam, %d ham", spam+ham+k.skipped.Load(), spam, ham)
	if n := k.skipped.Load(); n > 0 {
		sum += fmt.Sprintf(", %d skipped (max_size %d)", n, k.cfg.Daemon.MaxSize)
	}
	fmt.Fprintf(os.Stderr, "spamd: %s; %s\n", sum, k.learned())
	k.engine.Close()
}

// learned says what the verdicts' Bayes came from, or why there was none.
func (k *checker) learned() string {
	if k.off != "" {
		return "Bayes off: " + k.off
	}
	name := engine.StoreName(k.cfg.Bayes.Path)
	t, err := k.engine.Totals()
	if err != nil {
		return fmt.Sprintf("store %s: %v", name, err)
	}
	return fmt.Sprintf("store %s: %d ham, %d spam", name, t.Ham, t.Spam)
}

// whyOff says why Bayes is not counted; nothing if it is.
func (k *checker) whyOff() string {
	b := &k.cfg.Bayes
	if !b.Use || !b.UseLearner {
		return "use_bayes or use_learner is 0"
	}
	name := engine.StoreName(b.Path)
	t, err := k.engine.Totals()
	if err != nil {
		return fmt.Sprintf("store %s: %v", name, err)
	}
	minHam, minSpam := b.Minimum()
	if lacks := bayes.Lacks(t, minHam, minSpam); lacks != "" {
		return fmt.Sprintf("%s; store %s", lacks, name)
	}
	return ""
}

// check returns what is to be printed of one mail.
func (k *checker) check(ctx context.Context, m mailbox.Message) ([]byte, error) {
	if int64(len(m.Raw)) >= k.cfg.Daemon.MaxSize {
		k.skipped.Add(1)
		if k.opt.headers {
			return engine.TagOptions(k.cfg, version()).Rewrite(m.Raw, nil), nil
		}
		if k.opt.json {
			return skippedJSON(m.Name, k.cfg, len(m.Raw))
		}
		return fmt.Appendf(nil, "%s\t-\t%.1f\tskipped\t-\t%d bytes\n", m.Name, k.cfg.Scoring.Required, len(m.Raw)), nil
	}
	v, err := k.engine.Check(ctx, &classifier.Input{Raw: m.Raw})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	if v.Spam() {
		k.spam.Add(1)
	} else {
		k.ham.Add(1)
	}
	switch {
	case k.opt.headers:
		return engine.TagOptions(k.cfg, version()).Rewrite(m.Raw, v), nil
	case k.opt.json:
		_, pulls, err := k.engine.Classifier().Explain(m.Raw)
		if err != nil && !errors.Is(err, classifier.ErrNoLearner) {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		return toJSON(m.Name, v, k.off, pulls)
	case k.opt.explain:
		return k.explain(m, v)
	}
	return line(m.Name, v, k.paint), nil
}

// explainedTokens is how many tokens a report lists.
const explainedTokens = 30

// explain returns the report of one mail.
func (k *checker) explain(m mailbox.Message, v *classifier.Verdict) ([]byte, error) {
	var report bytes.Buffer
	fmt.Fprintf(&report, "%s: %s\n\n%s", m.Name, class(v), engine.TagOptions(k.cfg, version()).ReportOn(m.Raw, v))
	if v.Sum != nil {
		report.WriteString("\n" + v.Sum.String())
	}
	evidence, pulls, err := k.engine.Classifier().Explain(m.Raw)
	switch {
	case errors.Is(err, classifier.ErrNoLearner):
	case err != nil:
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	default:
		report.WriteByte('\n')
		if err := bayes.WriteExplanation(&report, evidence, pulls, explainedTokens); err != nil {
			return nil, err
		}
	}
	return report.Bytes(), nil
}
