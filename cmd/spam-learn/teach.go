package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/store"
)

// teacher learns or forgets the mails of an input and counts the outcomes, until ctx ends.
type teacher interface {
	teach(ctx context.Context, in *input, n *tally) error
	// where is added to the summary line.
	where() string
}

// tally counts the outcomes of mails.
type tally [classifier.LearnedLater + 1]int

// teach opens the store, or finds the daemon that has it open, and has it learn.
func (o *options) teach(cmd *cobra.Command, cfg *config.Config, paths []string) error {
	limit, err := o.limit()
	if err != nil {
		return err
	}
	telling, err := o.openTelling(cfg)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	t, eng, err := o.openTeacher(ctx, cfg)
	if err != nil {
		return fail(codeOf(err), err)
	}
	in := &input{paths: paths, limit: limit, telling: telling}
	in.progress = newProgress("learning", in.size())
	var n tally
	started := time.Now()
	err = t.teach(ctx, in, &n)
	if eng != nil {
		err = errors.Join(err, eng.Close())
	}
	in.progress.end()
	fmt.Fprintln(cmd.OutOrStdout(), o.summary(in, &n, time.Since(started))+telling.summary()+t.where())
	return o.end(ctx, in, &n, err)
}

// openTeacher returns who teaches: the daemon that --control names, else this process with the store's engine or,
// where a daemon has that open, the daemon.
func (o *options) openTeacher(ctx context.Context, cfg *config.Config) (teacher, *engine.Engine, error) {
	if o.control != "" {
		t, err := o.findDaemon(ctx, nil)
		return t, nil, err
	}
	eng, err := engine.Open(cfg, engine.Options{MustExist: o.forget, LearnOnly: true, Senders: true})
	if errors.Is(err, store.ErrLocked) {
		t, err := o.findDaemon(ctx, err)
		return t, nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	t := &local{eng: eng, class: o.class(), store: engine.StoreName(cfg.Bayes.Path), lesson: eng.Classifier().Prepare}
	return t, eng, nil
}

// summary is the line that is always printed.
func (o *options) summary(in *input, n *tally, took time.Duration) string {
	learned := n[classifier.LearnedNew] + n[classifier.LearnedOther]
	line := fmt.Sprintf("%v: examined %d, learned %d, already known %d", o.class(), in.examined, learned,
		n[classifier.LearnedKnown])
	if o.forget {
		line = fmt.Sprintf("forget: examined %d, forgotten %d, not known %d", in.examined, n[classifier.Forgotten],
			n[classifier.NotLearned])
	}
	if moved := n[classifier.LearnedOther]; moved > 0 {
		line += fmt.Sprintf(", of the learned %d were %v before", moved, o.class().Other())
	}
	if queued := n[classifier.LearnedLater]; queued > 0 {
		line += fmt.Sprintf(", %d wait in the journal until the store is back", queued)
	}
	return line + fmt.Sprintf(", skipped %d (%.1f s, %.0f messages/s)", in.skipped, took.Seconds(),
		float64(in.examined)/took.Seconds())
}

// end says what went wrong, if anything did.
func (o *options) end(ctx context.Context, in *input, n *tally, err error) error {
	if err != nil && !errors.Is(err, context.Canceled) {
		return fail(codeOf(err), err)
	}
	var i interrupted
	if errors.As(context.Cause(ctx), &i) {
		done := in.skipped
		for _, k := range n {
			done += k
		}
		fmt.Fprintf(os.Stderr,
			"spam-learn: interrupted after %d messages, before the end of %s; what is learned is kept: run it again to go on\n",
			done, in.last)
		return fail(i.exitCode(), nil)
	}
	if in.code != 0 {
		return fail(in.code, nil) // reported already
	}
	return nil
}
