package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"asterism/config"
	"asterism/message"
	"asterism/network"
	"asterism/unmark"
)

// telling tells services such as Pyzor of each mail before it is learned (--report, --revoke).
type telling struct {
	tell         func(ctx context.Context, raw []byte) error
	marks        *unmark.Marks
	told, failed int
}

// openTelling makes the telling that the command line asks for, nil if it asks for none.
func (o *options) openTelling(cfg *config.Config) (*telling, error) {
	if !o.report && !o.revoke {
		return nil, nil
	}
	r, problems := network.NewReporter(cfg)
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, "spam-learn:", p.Text)
	}
	if r.Services() == 0 {
		return nil, fail(exitConfig, errors.New("no service for reports is on: switch on use_pyzor, use_dcc or use_razor2"))
	}
	t := &telling{tell: r.Report, marks: unmark.New(cfg.Tagging.Rewrite["Subject"])}
	if o.revoke {
		t.tell = r.Revoke
	}
	return t, nil
}

// mail reports one mail, as it was before a filter marked it. A failed report does not stop learning.
func (t *telling) mail(ctx context.Context, in *input, raw []byte) {
	if t == nil {
		return
	}
	if err := t.tell(ctx, t.marks.Original(message.Parse(raw)).Raw()); err != nil && ctx.Err() == nil {
		in.progress.say(fmt.Sprintf("spam-learn: %s: %v", in.last, err))
		t.failed++
		return
	}
	t.told++
}

// summary is its part of the summary line.
func (t *telling) summary() string {
	if t == nil {
		return ""
	}
	return fmt.Sprintf(", reported %d, not everywhere %d", t.told, t.failed)
}
