// Command throughput measures how fast Asterism is, stage by stage and as a whole, beside the other filters that are
// installed, on the same mails in the same run.
//
//	go run ./bench/throughput --ham HAM.mbox --spam SPAM.mbox
//
// It first teaches a new store all the mails, then measures: the stages in one process (parse, tokenize, Bayes,
// rules, all), each on one processor and on two; "spamd check" of an mbox; training by spam-learn; spamd's milter and
// control socket with several connections; the milter with the store on Redis, and that of rspamd. Programs are
// measured in turn, ours and theirs, several times; the figures are medians. Nothing is asked over the network.
//
// The phase soak, which has to be asked for, keeps a daemon under load for --minutes.
package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/pflag"

	"asterism/mailbox"
)

type bench struct {
	ham, spam   string // mboxes
	runs        int
	connections int
	duration    int     // seconds of each run of the daemon
	procs       []int   // that the stages are run on
	minutes     float64 // length of the phase soak
	tokens      []int   // sizes of stores in the phase growth

	dir   string // scratch
	mbox  string // of all mails
	mails [][]byte
	bytes int
	store string // bayes_path of the taught store
}

func main() {
	var b bench
	f := pflag.CommandLine
	f.StringVar(&b.ham, "ham", "", "mbox of ham")
	f.StringVar(&b.spam, "spam", "", "mbox of spam")
	f.IntVar(&b.runs, "runs", 5, "times that each program is run")
	f.IntSliceVar(&b.procs, "procs", []int{1, 2},
		"processors of the phase stages; more than there are simulate contention")
	f.IntVar(&b.connections, "connections", 8, "connections to the daemon at once")
	f.IntVar(&b.duration, "seconds", 5, "length of each run of the daemon")
	f.IntSliceVar(&b.tokens, "tokens", []int{150_000, 1_500_000, 15_000_000}, "tokens of the stores in the phase growth")
	f.Float64Var(&b.minutes, "minutes", 60, "length of the phase soak")
	phases := f.StringSlice("phases", []string{"stages", "check", "train", "daemon", "growth", "expiry", "milters"},
		"what to measure")
	pflag.Parse()
	if err := b.run(*phases); err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
}

func (b *bench) run(phases []string) error {
	if b.ham == "" || b.spam == "" {
		return errors.New("--ham and --spam are needed")
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "throughput"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Printf("%d mails, %.1f MB, %.1f KB each\n\n", len(b.mails), float64(b.bytes)/1e6,
		float64(b.bytes)/1e3/float64(len(b.mails)))
	for _, phase := range phases {
		measure := map[string]func() error{"stages": b.stages, "check": b.check, "train": b.train, "daemon": b.daemon,
			"growth": b.growth, "expiry": b.expiry, "milters": b.milters, "soak": b.soak}[phase]
		if measure == nil {
			return fmt.Errorf("no such phase: %s", phase)
		}
		if err := measure(); err != nil {
			return fmt.Errorf("%s: %w", phase, err)
		}
	}
	return nil
}

// prepare builds the programs, reads the mails, and teaches a store all of them.
func (b *bench) prepare() error {
	for _, name := range []string{"spamd", "spam-learn"} {
		build := exec.Command("go", "build", "-trimpath", "-o", b.program(name), "./cmd/"+name)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	b.mbox = filepath.Join(b.dir, "all.mbox")
	all, err := os.Create(b.mbox)
	if err != nil {
		return err
	}
	defer all.Close()
	for _, path := range []string{b.ham, b.spam} {
		if err := b.read(path, all); err != nil {
			return err
		}
	}
	// A daemon that answers a part of them in its time must not get the easy ones, nor the long ones in a row.
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(b.mails), func(i, j int) { b.mails[i], b.mails[j] = b.mails[j], b.mails[i] })
	b.store = filepath.Join(b.dir, "bayes")
	for class, path := range map[string]string{"--ham": b.ham, "--spam": b.spam} {
		if err := quiet(exec.Command(b.program("spam-learn"), "--bayes-path", b.store, class, path)); err != nil {
			return err
		}
	}
	return all.Close()
}

func (b *bench) program(name string) string { return filepath.Join(b.dir, name) }

// read adds the mails of an mbox, and copies the mbox.
func (b *bench) read(path string, copyTo io.Writer) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := copyTo.Write(raw); err != nil {
		return err
	}
	return eachMail(path, func(raw []byte) error {
		b.mails = append(b.mails, raw)
		b.bytes += len(raw)
		return nil
	})
}

// eachMail calls f for each mail of an mbox.
func eachMail(path string, f func(raw []byte) error) error {
	box, err := mailbox.Open(path, 0)
	if err != nil {
		return err
	}
	defer box.Close()
	for {
		m, err := box.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(m.Raw)
		}
		if err != nil {
			return err
		}
	}
}

// quiet runs a command; its output is shown only if it fails.
func quiet(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}
