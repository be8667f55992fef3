package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"asterism/store/bolt"
)

// expiry measures how long scans wait while the store is being worked on: it has 1.5 million tokens, of which a third
// is to go.
func (b *bench) expiry() error {
	const tokens = 1_500_000
	path, _, err := b.storeOf(tokens)
	if err != nil {
		return err
	}
	defer os.Remove(bolt.File(path))
	limit := filepath.Join(b.dir, "expiry.cf")
	if err := os.WriteFile(limit, fmt.Appendf(nil, "bayes_expiry_max_db_size %d\n", tokens*2/3), 0o600); err != nil {
		return err
	}
	d, err := b.startOn(runtime.NumCPU(), path, "-c", limit)
	if err != nil {
		return err
	}
	defer d.stop()
	full, err := b.load(b.connections, 0, viaMilter(d.milter, asPostfix))
	if err != nil {
		return err
	}
	rate := full.rate / 4
	fmt.Printf("%-44s %8s %9s %9s %9s %9s %9s\n", fmt.Sprintf("scans at %.0f mails/s while", rate), "scans", "seconds",
		"p50 ms", "p99 ms",
		"p99.9 ms", "max ms")
	learn := func(args ...string) error {
		return quiet(exec.Command(b.program("spam-learn"), append([]string{"--bayes-path", path}, args...)...))
	}
	for _, w := range []struct {
		title string
		work  func() error
	}{
		{"nothing else happens", func() error { time.Sleep(time.Duration(b.duration) * time.Second); return nil }},
		{"a third of 1.5 million tokens expires", func() error { return learn("--expire") }},
		{"a backup is made", func() error { return learn("--backup", filepath.Join(b.dir, "backup.txt")) }},
		{"the spam is forgotten", func() error { return learn("--forget", b.spam) }},
		{"and learned again, expiries among it", func() error { return learn("--spam", b.spam) }},
	} {
		done := make(chan struct{})
		var failed error
		begin := time.Now()
		go func() {
			defer close(done)
			failed = w.work()
			if least := 2 * time.Second; time.Since(begin) < least { // what is written behind it is part of it
				time.Sleep(least - time.Since(begin))
			}
		}()
		scans, err := b.loadUntil(done, b.connections, rate, viaMilter(d.milter, asPostfix))
		if <-done; err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		fmt.Printf("%-44s %8d %9.1f %9.2f %9.2f %9.2f %9.2f\n", w.title, scans.mails, time.Since(begin).Seconds(), scans.p50,
			scans.p99,
			scans.p999, scans.max)
	}
	fmt.Printf("\nmemory of spamd with 1.5 million tokens: %.1f MB\n\n", residentMB(d.cmd.Process.Pid))
	return nil
}
