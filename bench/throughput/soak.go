package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// soakShare is the load under which a daemon stays for long, as a share of what it can do.
const soakShare = 0.7

// soakRounds is how many rounds a soak has at most, each with one chore; a round takes soakRound at least.
const (
	soakRounds = 60
	soakRound  = 5 * time.Second
)

// soak keeps a daemon under load for b.minutes, through its milter, while it is reloaded, mails are forgotten and
// learned, tokens expire and backups are made, and prints each round: how long scans took, memory, and open
// descriptors.
func (b *bench) soak() error {
	conf := filepath.Join(b.dir, "soak.cf")
	const tokens = 120_000 // fewer than there are, so that each expiry has work
	if err := os.WriteFile(conf, fmt.Appendf(nil, "history 1\nbayes_expiry_max_db_size %d\n", tokens), 0o600); err != nil {
		return err
	}
	some := filepath.Join(b.dir, "some.spam")
	if _, err := copySome(some, b.spam, func(i int) bool { return i < fewMails }); err != nil {
		return err
	}
	d, err := b.startOn(runtime.NumCPU(), b.store, "-c", conf)
	if err != nil {
		return err
	}
	defer d.stop()
	full, err := b.load(b.connections, 0, viaMilter(d.milter, asPostfix))
	if err != nil {
		return err
	}
	learn := func(args ...string) func() error {
		return func() error {
			return quiet(exec.Command(b.program("spam-learn"), append([]string{"--bayes-path", b.store}, args...)...))
		}
	}
	chores := []chore{
		{"nothing else", func() error { return nil }},
		{"reload (SIGHUP)", func() error { return d.cmd.Process.Signal(syscall.SIGHUP) }},
		{fmt.Sprintf("%d mails forgotten", fewMails), learn("--forget", some)},
		{fmt.Sprintf("%d mails learned", fewMails), learn("--spam", some)},
		{"expiry", learn("--expire")},
		{"backup", learn("--backup", filepath.Join(b.dir, "soak.backup"))},
	}
	whole := time.Duration(b.minutes * float64(time.Minute))
	round := max(soakRound, whole/soakRounds)
	fmt.Printf("soak: %.0f minutes at %.0f mails/s\n", whole.Minutes(), soakShare*full.rate)
	fmt.Printf("%7s %-20s %8s %8s %8s %8s %8s %5s\n", "minute", "while", "scans", "p50 ms", "p99 ms", "max ms", "MB",
		"files")
	var at, memory []float64
	worst := 0.0
	for begin, i := time.Now(), 0; time.Since(begin) < whole; i++ {
		c := chores[i%len(chores)]
		scans, err := b.soakOne(d, round, soakShare*full.rate, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		pid := d.cmd.Process.Pid
		now := statusMB(pid, "VmRSS:")
		at, memory = append(at, time.Since(begin).Hours()), append(memory, now)
		worst = max(worst, scans.max)
		fmt.Printf("%7.1f %-20s %8d %8.2f %8.2f %8.2f %8.1f %5d\n", time.Since(begin).Minutes(), c.name, scans.mails,
			scans.p50,
			scans.p99, scans.max, now, openFiles(pid))
	}
	fmt.Printf("\nthe longest scan %.1f ms; memory at most %.1f MB\n", worst, residentMB(d.cmd.Process.Pid))
	if from := len(at) / 4; len(at)-from > 2 { // caches fill in the first quarter
		slope, interval := trend(at[from:], memory[from:])
		fmt.Printf("memory after the first quarter: %+.1f MB an hour (± %.1f, 95%%)\n", slope, interval)
	}
	fmt.Println()
	return nil
}

// chore is what is done once in a round of a soak.
type chore struct {
	name string
	do   func() error
}

// soakOne sends mails for a round, during which a chore is done.
func (b *bench) soakOne(d *running, round time.Duration, rate float64, c chore) (served, error) {
	end := make(chan struct{})
	time.AfterFunc(round, func() { close(end) })
	failed := make(chan error, 1)
	go func() { failed <- c.do() }()
	scans, err := b.loadUntil(end, b.connections, rate, viaMilter(d.milter, asPostfix))
	if chore := <-failed; err == nil {
		err = chore
	}
	return scans, err
}

// openFiles returns how many descriptors a process has open.
func openFiles(pid int) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(entries)
}

// trend returns the slope of the straight line through some points, by least squares, and twice its standard error,
// which is about the half of its 95% interval.
func trend(x, y []float64) (slope, interval float64) {
	n := float64(len(x))
	var sx, sy, sxx, sxy float64
	for i := range x {
		sx, sy, sxx, sxy = sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
	}
	spread := sxx - sx*sx/n
	slope = (sxy - sx*sy/n) / spread
	rest := 0.0
	for i := range x {
		r := y[i] - sy/n - slope*(x[i]-sx/n)
		rest += r * r
	}
	return slope, 2 * math.Sqrt(rest/(n-2)/spread)
}
