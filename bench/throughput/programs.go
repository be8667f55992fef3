package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// contender is a program to be timed.
type contender struct {
	name  string
	procs int    // processors it may use
	mails int    // it is given
	stdin string // file
	argv  []string
	setup func() error // before each run, not timed
	shell bool         // it is a script: its memory says nothing
}

// result is what one run took.
type result struct {
	wall, cpu float64 // seconds
	memory    float64 // MB, at most
}

// race runs contenders in turn, as often as asked, and prints medians; ratios are to the first, run by run.
func (b *bench) race(title string, all []contender) error {
	results := make([][]result, len(all))
	for range b.runs {
		for i := range all {
			r, err := all[i].run()
			if err != nil {
				return err
			}
			results[i] = append(results[i], r)
		}
	}
	fmt.Printf("%-40s %5s %10s %10s %12s %9s\n", title, "procs", "mails/s", "CPU ms", "ratio", "peak MB")
	for i, c := range all {
		var rates, cpu, ratios []float64
		peak := 0.0
		for k, r := range results[i] {
			rates = append(rates, float64(c.mails)/r.wall)
			cpu = append(cpu, 1000*r.cpu/float64(c.mails))
			ratios = append(ratios, float64(c.mails)/r.wall/(float64(all[0].mails)/results[0][k].wall))
			peak = max(peak, r.memory)
		}
		memory := "-"
		if !c.shell {
			memory = fmt.Sprintf("%.1f", peak)
		}
		fmt.Printf("%-40s %5d %10.0f %10.3f %12.2f %9s\n", c.name, c.procs, median(rates), median(cpu), median(ratios),
			memory)
	}
	fmt.Println()
	return nil
}

func (c *contender) run() (result, error) {
	if c.setup != nil {
		if err := c.setup(); err != nil {
			return result{}, err
		}
	}
	argv := c.argv
	if c.procs == 1 {
		argv = append([]string{"taskset", "-c", "0"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(c.procs))
	if c.stdin != "" {
		in, err := os.Open(c.stdin)
		if err != nil {
			return result{}, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	done := make(chan struct{})
	peak := make(chan float64)
	go func() { peak <- watch(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	wall := time.Since(begin).Seconds()
	close(done)
	memory := <-peak
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() < 3 { // bogofilter tells spam by its exit code
		err = nil
	}
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", c.name, err)
	}
	return result{wall, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), memory}, nil
}

// watch returns the most memory, in MB, that a process has had when it was last looked at. (Its rusage would count this
// process's own memory, which it shared before it became another program.)
func watch(pid int, done <-chan struct{}) (peak float64) {
	for {
		select {
		case <-done:
			return peak
		case <-time.After(20 * time.Millisecond):
			peak = max(peak, residentMB(pid))
		}
	}
}

// check times verdicts on an mbox.
func (b *bench) check() error {
	var all []contender
	if path, err := exec.LookPath("bogofilter"); err == nil {
		dir := filepath.Join(b.dir, "bogofilter")
		if err := b.teachBogofilter(path, dir); err != nil {
			return err
		}
		all = append(all, contender{name: "bogofilter -M", procs: 1, mails: len(b.mails), stdin: b.mbox,
			argv: []string{path, "-d", dir, "-M", "-TT"}})
	}
	for _, procs := range []int{1, 2} {
		all = append(all, contender{name: "spamd check -L", procs: procs, mails: len(b.mails),
			argv: []string{b.program("spamd"), "check", "-L", "--bayes-path", b.store, b.mbox}})
	}
	if _, err := os.Stat(stock); err == nil {
		all = append(all, contender{name: "spamd check -L, SpamAssassin's rules", procs: 1, mails: len(b.mails),
			argv: []string{b.program("spamd"), "check", "-L", "-C", stock, "--bayes-path", b.store, b.mbox}})
	}
	return b.race("classify an mbox", all)
}

func (b *bench) teachBogofilter(path, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for class, mbox := range map[string]string{"-n": b.ham, "-s": b.spam} {
		c := contender{name: "bogofilter", procs: 2, stdin: mbox, argv: []string{path, "-d", dir, "-M", class}}
		if _, err := c.run(); err != nil {
			return err
		}
	}
	return nil
}

// train times the learning of both mboxes into a new store. SpamAssassin, which takes minutes for them, is given the
// first mails of each.
func (b *bench) train() error {
	var all []contender
	if path, err := exec.LookPath("bogofilter"); err == nil {
		dir := filepath.Join(b.dir, "bogotrain")
		all = append(all, contender{name: "bogofilter -M -n, -M -s", procs: 1, mails: len(b.mails), shell: true,
			setup: fresh(dir),
			argv:  script(`"$1" -d "$2" -M -n < "$3"; "$1" -d "$2" -M -s < "$4"`, path, dir, b.ham, b.spam)})
	}
	ours := []contender{b.trainOurs(1), b.trainOurs(2)}
	all = append(all, ours...)
	if _, err := exec.LookPath("redis-server"); err == nil {
		s, err := b.startShared(0)
		if err != nil {
			return err
		}
		defer s.stop()
		all = append(all, b.trainInto(s))
	}
	if err := b.race("train two mboxes", all); err != nil {
		return err
	}
	if err := b.trainShared(); err != nil {
		return err
	}
	path, err := exec.LookPath("sa-learn")
	if err != nil {
		return nil
	}
	dir, few := filepath.Join(b.dir, "satrain"), filepath.Join(b.dir, "few")
	n := 0
	for class, mbox := range map[string]string{"ham": b.ham, "spam": b.spam} {
		copied, err := copySome(few+"."+class, mbox, func(i int) bool { return i < fewMails })
		if err != nil {
			return err
		}
		n += copied
	}
	return b.race("train, beside SpamAssassin", []contender{{name: "sa-learn --ham, --spam", procs: 1, mails: n,
		shell: true, setup: fresh(dir),
		argv: script(`"$1" -L --dbpath "$2/bayes" --mbox --ham "$3.ham" >&2; "$1" -L --dbpath "$2/bayes" --mbox --spam `+
			`"$3.spam" >&2`,
			path, dir, few)}, ours[0], ours[1]})
}

// fewMails is how many mails of each class SpamAssassin is given.
const fewMails = 200

func (b *bench) trainOurs(procs int) contender {
	dir := filepath.Join(b.dir, "train")
	return contender{name: "spam-learn --ham, --spam", procs: procs, mails: len(b.mails), shell: true, setup: fresh(dir),
		argv: script(`"$1" --bayes-path "$2/bayes" --ham "$3"; "$1" --bayes-path "$2/bayes" --spam "$4"`,
			b.program("spam-learn"), dir,
			b.ham, b.spam)}
}

// script is a shell's command line; the arguments are $1, $2 and so on.
func script(commands string, args ...string) []string {
	return append([]string{"sh", "-ec", commands, "sh"}, args...)
}

// copySome writes an mbox of those mails of another whose numbers are wanted, and returns how many those were.
func copySome(to, from string, wanted func(i int) bool) (copied int, err error) {
	var mails bytes.Buffer
	quoted := regexp.MustCompile(`(?m)^(>*From )`)
	i := 0
	err = eachMail(from, func(raw []byte) error {
		if i++; wanted(i - 1) {
			copied++
			mails.WriteString("From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n")
			mails.Write(quoted.ReplaceAll(raw, []byte(">$1")))
			mails.WriteString("\n")
		}
		return nil
	})
	if err == nil {
		err = os.WriteFile(to, mails.Bytes(), 0o600)
	}
	return copied, err
}

// fresh returns a function that makes a directory anew.
func fresh(dir string) func() error {
	return func() error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		return os.MkdirAll(dir, 0o755)
	}
}
