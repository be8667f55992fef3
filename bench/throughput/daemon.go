package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/listen"
	"asterism/spamc"
	"asterism/store/bolt"
)

// running is a spamd.
type running struct {
	cmd        *exec.Cmd
	log        bytes.Buffer
	milter     string // host:port
	milterPath string // the same on a Unix socket
	*spamc.Client
	took time.Duration // from its start to the first verdict
}

// start starts spamd on one processor with the store at a bayes_path and further arguments.
func (b *bench) start(store string, more ...string) (*running, error) {
	return b.startOn(1, store, more...)
}

// startOn does so on one processor or on all there are.
func (b *bench) startOn(procs int, store string, more ...string) (*running, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "spamd")
	if err != nil {
		return nil, err
	}
	d := &running{milter: fmt.Sprintf("127.0.0.1:%d", port), milterPath: filepath.Join(dir, "milter"),
		Client: &spamc.Client{Addr: listen.Address{Network: "unix", Path: filepath.Join(dir, "control")}}}
	argv := append([]string{b.program("spamd"), "-L", "--bayes-path", store, "--control", d.Addr.String(),
		"--milter", fmt.Sprintf("inet:%d@127.0.0.1", port), "--milter", "unix:" + d.milterPath}, more...)
	if procs == 1 {
		argv = append([]string{"taskset", "-c", "0"}, argv...)
	}
	d.cmd = exec.Command(argv[0], argv[1:]...)
	d.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(procs))
	d.cmd.Stderr = &d.log
	begin := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for d.Ping(context.Background()) != nil {
		if time.Since(begin) > 20*time.Second {
			d.stop()
			return nil, fmt.Errorf("spamd does not answer:\n%s", d.log.Bytes())
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := d.Check(context.Background(), b.mails[0]); err != nil {
		d.stop()
		return nil, err
	}
	d.took = time.Since(begin)
	return d, nil
}

// aside keeps this program, which sends the mails, off the first processor, which is that of the daemon to be
// measured, until restore is called.
func aside() (restore func(), err error) {
	if runtime.NumCPU() < 2 {
		return func() {}, nil
	}
	stay := func(cpus string) error {
		return quiet(exec.Command("taskset", "-a", "-c", "-p", cpus, strconv.Itoa(os.Getpid())))
	}
	last := runtime.NumCPU() - 1
	return func() { _ = stay(fmt.Sprintf("0-%d", last)) }, stay(fmt.Sprintf("1-%d", last))
}

// stop ends spamd.
func (d *running) stop() {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // which may have ended already
	_ = d.cmd.Wait()
}

// daemon measures a running spamd through its milter and its control socket, in turn. Ratios of mails/s are to the
// control socket, run by run.
func (b *bench) daemon() error {
	restore, err := aside()
	if err != nil {
		return err
	}
	defer restore()
	d, err := b.start(b.store)
	if err != nil {
		return err
	}
	defer d.stop()
	fmt.Printf("start to first verdict: %.0f ms, %.1f MB\n\n", d.took.Seconds()*1000, residentMB(d.cmd.Process.Pid))
	control := func(raw []byte) func() error {
		return func() error {
			_, err := d.Check(context.Background(), raw)
			return err
		}
	}
	h, err := b.startWithHistory()
	if err != nil {
		return err
	}
	defer h.stop()
	pids := []int{d.cmd.Process.Pid}
	ways := []*rival{
		{name: "milter, packets written as Postfix does", pids: pids, send: viaMilter(d.milter, asPostfix)},
		{name: "the same, with a history", pids: []int{h.cmd.Process.Pid}, send: viaMilter(h.milter, asPostfix)},
		{name: "milter, packets written as sendmail does", pids: pids, send: viaMilter(d.milter, asSendmail)},
		{name: "as sendmail does, on a Unix socket", pids: pids, send: viaMilter(d.milterPath, asSendmail)},
		{name: "control socket", pids: pids, send: control},
	}
	if err := b.raceLoads(ways); err != nil {
		return err
	}
	fmt.Printf("memory of spamd under this load: %.1f MB\n\n", residentMB(d.cmd.Process.Pid))
	return nil
}

// startWithHistory starts a daemon that keeps a history, on a copy of the store.
func (b *bench) startWithHistory() (*running, error) {
	dir, err := os.MkdirTemp(b.dir, "history")
	if err != nil {
		return nil, err
	}
	store, conf := filepath.Join(dir, "bayes"), filepath.Join(dir, "spamd.cf")
	if err := quiet(exec.Command("cp", bolt.File(b.store), bolt.File(store))); err != nil {
		return nil, err
	}
	if err := os.WriteFile(conf, []byte("history 1\n"), 0o600); err != nil {
		return nil, err
	}
	return b.start(store, "-c", conf)
}

// served is what a daemon did under a load.
type served struct {
	mails               int
	rate                float64 // mails per second
	p50, p99, p999, max float64 // milliseconds
}

// sender makes a mail ready, before its time is taken, and returns what sends it.
type sender func(raw []byte) (send func() error)

// load sends mails over some connections for a while, at a rate per second if that is not 0.
func (b *bench) load(connections int, rate float64, ready sender) (served, error) {
	end := make(chan struct{})
	defer time.AfterFunc(time.Duration(b.duration)*time.Second, func() { close(end) }).Stop()
	return b.loadUntil(end, connections, rate, ready)
}

// loadUntil does so until end is closed.
func (b *bench) loadUntil(end <-chan struct{}, connections int, rate float64, ready sender) (served, error) {
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	ended := func() bool {
		select {
		case <-end:
			return true
		default:
			return false
		}
	}
	begin := time.Now()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				send := ready(b.mails[i%len(b.mails)])
				start := time.Now()
				if rate > 0 {
					start = begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					if early := time.Until(start); early > 0 {
						time.Sleep(early)
						start = time.Now() // that the timer is late is not the daemon's fault; that all connections were busy is
					}
				}
				if ended() {
					return
				}
				err := send()
				d := time.Since(start)
				mu.Lock()
				took = append(took, d)
				if err != nil {
					failed = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return served{}, failed
	}
	slices.Sort(took)
	return served{len(took), float64(len(took)) / time.Since(begin).Seconds(), micros(took, 0.5) / 1000,
		micros(took, 0.99) / 1000,
		micros(took, 0.999) / 1000, micros(took, 1) / 1000}, nil
}

// viaMilter returns what gives a mail to a milter as an MTA does, on a connection of its own. The milter is at
// host:port, or at a path.
func viaMilter(addr string, mta mtaDialer) sender {
	network := "tcp"
	if filepath.IsAbs(addr) {
		network = "unix"
	}
	c := gomilter.NewClient(network, addr, gomilter.WithDialer(mta))
	return func(raw []byte) func() error {
		head, body, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
		header := fields(head)
		body = strings.ReplaceAll(body, "\n", "\r\n")
		return func() error { return giveMail(c, header, body) }
	}
}

func giveMail(c *gomilter.Client, header [][2]string, body string) error {
	s, err := c.Session(gomilter.NewMacroBag())
	if err != nil {
		return err
	}
	defer s.Close()
	steps := []func() (*gomilter.Action, error){
		func() (*gomilter.Action, error) {
			return s.Conn("client.example.com", gomilter.FamilyInet, 25, "192.0.2.1")
		},
		func() (*gomilter.Action, error) { return s.Helo("client.example.com") },
		func() (*gomilter.Action, error) { return s.Mail("<sender@example.com>", "") },
		func() (*gomilter.Action, error) { return s.Rcpt("<user@example.net>", "") },
		s.DataStart,
	}
	for _, field := range header {
		steps = append(steps, func() (*gomilter.Action, error) { return s.HeaderField(field[0], field[1], nil) })
	}
	for _, step := range append(steps, s.HeaderEnd) {
		if action, err := step(); err != nil || action.StopProcessing() {
			return err
		}
	}
	_, _, err = s.BodyReadFrom(strings.NewReader(body))
	return err
}

// fields splits a header into names and values.
func fields(head string) [][2]string {
	var all [][2]string
	for line := range strings.SplitSeq(head, "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(all) > 0 {
			all[len(all)-1][1] += "\n" + line
		} else if name, value, ok := strings.Cut(line, ":"); ok && name != "" && !strings.ContainsAny(name, " \t") {
			all = append(all, [2]string{name, strings.TrimPrefix(value, " ")})
		}
	}
	return all
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// residentMB returns the most memory that a process has had.
func residentMB(pid int) float64 { return statusMB(pid, "VmHWM:") }

// statusMB returns a size from a process's status (proc_pid_status(5)).
func statusMB(pid int, name string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name)
	kb, _ := strconv.ParseFloat(strings.Fields(rest + " 0 0")[0], 64)
	return kb / 1000
}
