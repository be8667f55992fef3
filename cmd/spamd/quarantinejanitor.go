package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"asterism/config"
	"asterism/contain"
	"asterism/quarantine"
)

// How often the quarantine is looked after, and how long after one digest the next may come: a bit less than a day,
// so that the hour stays the same.
const (
	janitorInterval = time.Hour
	digestInterval  = 24*time.Hour - janitorInterval/2
)

// quarantineJanitor deletes what has been in the quarantine for too long, and sends the daily digest.
type quarantineJanitor struct {
	log *slog.Logger
	opt *options
	cfg atomic.Pointer[config.Config]
}

// run looks after the quarantine until ctx ends.
func (c *quarantineJanitor) run(ctx context.Context) {
	tick := time.NewTicker(janitorInterval)
	defer tick.Stop()
	for {
		_ = contain.Do(func() { c.clean(ctx) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *quarantineJanitor) clean(ctx context.Context) {
	cfg := c.cfg.Load()
	q := &cfg.Quarantine
	if _, err := os.Stat(q.Dir); errors.Is(err, fs.ErrNotExist) {
		return // never used
	}
	dir := quarantine.At(q.Dir)
	n, err := dir.Expire(q.Expire, q.MaxSize)
	if err != nil {
		c.log.Error("quarantine: some expired messages could not be deleted", "err", err)
	}
	if n > 0 {
		c.log.Info("quarantine: expired", "mails", n)
	}
	c.tellUsers(ctx, dir, cfg)
	if !q.Notify || q.AdminAddress == "" || !dir.Due(digestInterval) {
		return
	}
	if n, err = sendDigest(ctx, dir, cfg, c.opt); err != nil {
		c.log.Error("quarantine: digest", "err", err)
	}
	if n > 0 {
		c.log.Info("quarantine: digest", "to", q.AdminAddress, "mails", n)
	}
}

// tellUsers sends recipients their daily digests.
func (c *quarantineJanitor) tellUsers(ctx context.Context, dir *quarantine.Dir, cfg *config.Config) {
	if len(cfg.Quarantine.UserDomains) == 0 || !dir.UsersDue(digestInterval) {
		return
	}
	if cfg.Web.URL == "" {
		c.log.Warn("quarantine: digests of users have no links to release mails: set web_url")
	}
	n, err := sendUserDigests(ctx, dir, cfg)
	if err != nil {
		c.log.Error("quarantine: digests of users", "err", err)
	}
	if n > 0 {
		c.log.Info("quarantine: digests of users", "sent", n)
	}
}
