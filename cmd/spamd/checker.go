package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/listen"
	"asterism/mailbox"
	"asterism/spamc"
	"asterism/store"
)

// checker gives verdicts in the form that was asked for.
type checker struct {
	opt    *checkOptions
	cfg    *config.Config
	engine *engine.Engine
}

// openChecker opens the engine, where a daemon has the store open on what that knows.
func (c *checkOptions) openChecker(ctx context.Context) (*checker, error) {
	cfg, problems := c.loadConfig()
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if config.Failed(problems) {
		return nil, fail(exitConfig, errors.New("the configuration has errors"))
	}
	cfg.Bayes.AutoLearn = false // a look changes nothing
	k := &checker{opt: c, cfg: cfg}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := engine.Open(cfg, engine.Options{Log: log})
	if err == nil {
		k.engine = e
		return k, nil
	}
	if k.engine, err = c.openBeside(ctx, cfg, log, err); err != nil {
		return nil, err
	}
	return k, nil
}

// openBeside opens the engine on the store that a running daemon has open. locked is the error that opening the store
// gave.
func (c *checkOptions) openBeside(ctx context.Context, cfg *config.Config, log *slog.Logger, locked error) (*engine.Engine, error) {
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
		return nil, fail(exitUnavailable, fmt.Errorf("%w, and the daemon that has it open does not let it be read: %w", locked, err))
	}
	fmt.Fprintf(os.Stderr, "spamd: the store is read through the daemon at %s\n", addr)
	e, err := engine.Open(cfg, engine.Options{Log: log, Store: st})
	if err != nil {
		return nil, fail(exitUnavailable, err)
	}
	return e, nil
}

// close closes the store, and says which it was and what it knows.
func (k *checker) close() {
	fmt.Fprintln(os.Stderr, "spamd:", k.learned())
	k.engine.Close()
}

// learned says what the verdicts' Bayes came from, or why there was none.
func (k *checker) learned() string {
	b := &k.cfg.Bayes
	if !b.Use || !b.UseLearner {
		return "Bayes off: use_bayes or use_learner is 0"
	}
	name := engine.StoreName(b.Path)
	t, err := k.engine.Totals()
	if err != nil {
		return fmt.Sprintf("Bayes off: store %s: %v", name, err)
	}
	minHam, minSpam := b.Minimum()
	if lacks := bayes.Lacks(t, minHam, minSpam); lacks != "" {
		return fmt.Sprintf("Bayes off: %s; store %s", lacks, name)
	}
	return fmt.Sprintf("store %s: %d ham, %d spam", name, t.Ham, t.Spam)
}

// check returns what is to be printed of one mail.
func (k *checker) check(ctx context.Context, m mailbox.Message) ([]byte, error) {
	if int64(len(m.Raw)) >= k.cfg.Daemon.MaxSize {
		if k.opt.headers {
			return engine.TagOptions(k.cfg, version()).Rewrite(m.Raw, nil), nil
		}
		return fmt.Appendf(nil, "%s\t-\t%.1f\tskipped\t-\t%d bytes\n", m.Name, k.cfg.Scoring.Required, len(m.Raw)), nil
	}
	v, err := k.engine.Check(ctx, &classifier.Input{Raw: m.Raw})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	switch {
	case k.opt.headers:
		return engine.TagOptions(k.cfg, version()).Rewrite(m.Raw, v), nil
	case k.opt.json:
		return toJSON(m.Name, v)
	case k.opt.explain:
		return k.explain(m, v)
	}
	return line(m.Name, v), nil
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
