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

// checker gives verdicts in the form that was asked for: its own, or a running daemon's.
type checker struct {
	opt    *checkOptions
	cfg    *config.Config
	engine *engine.Engine // nil if the daemon is asked
	client *spamc.Client
}

// openChecker opens the engine or, where a daemon has the store open, a way to ask that.
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
	path := engine.ControlPath(cfg.Bayes.Path)
	if !errors.Is(err, store.ErrLocked) || path == "" {
		return nil, fail(exitUnavailable, err)
	}
	if c.control != "" {
		path = c.control
	}
	addr, aerr := listen.Parse(path)
	if aerr != nil {
		return nil, fail(exitUsage, aerr)
	}
	k.client = &spamc.Client{Addr: addr}
	if perr := k.client.Ping(ctx); perr != nil {
		return nil, fail(exitUnavailable, fmt.Errorf("%w, and no daemon answers: %w", err, perr))
	}
	if c.json || c.explain {
		return nil, fail(exitUnavailable, fmt.Errorf("a running daemon (%s) has the store open, and tells neither --json nor --explain: stop it, or "+
			"give this command a copy of the store by --bayes-path", addr))
	}
	fmt.Fprintf(os.Stderr, "spamd: the store is open in a running daemon, which is asked at %s\n", addr)
	return k, nil
}

func (k *checker) close() {
	if k.engine != nil {
		k.engine.Close()
	}
}

// check returns what is to be printed of one mail.
func (k *checker) check(ctx context.Context, m mailbox.Message) ([]byte, error) {
	if int64(len(m.Raw)) >= k.cfg.Daemon.MaxSize {
		if k.opt.headers {
			return engine.TagOptions(k.cfg, version()).Rewrite(m.Raw, nil), nil
		}
		return fmt.Appendf(nil, "%s\t-\t%.1f\tskipped\t-\t%d bytes\n", m.Name, k.cfg.Scoring.Required, len(m.Raw)), nil
	}
	if k.client != nil {
		return k.ask(ctx, m)
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

// ask has the daemon check the mail.
func (k *checker) ask(ctx context.Context, m mailbox.Message) ([]byte, error) {
	if k.opt.headers {
		r, err := k.client.Process(ctx, m.Raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		return r.Message, nil
	}
	r, err := k.client.Check(ctx, m.Raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	v := &classifier.Verdict{Score: r.Score, Required: r.Required, Bayes: r.Bayes, BayesReady: r.Bayes >= 0}
	for _, name := range r.Names {
		v.Hits = append(v.Hits, classifier.Hit{Name: name})
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
