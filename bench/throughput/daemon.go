package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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
)

// daemon measures a running spamd, on one processor, through its milter and its control socket.
func (b *bench) daemon() error { return b.daemonOn(b.store, nil) }

// daemonOn does so with the store at a bayes_path and further arguments of spamd. after, if given, is called while it still runs.
func (b *bench) daemonOn(store string, after func() error, more ...string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	control := filepath.Join(b.dir, "control")
	args := append([]string{"-c", "0", b.program("spamd"), "-L", "--bayes-path", store, "--control", "unix:" + control,
		"--milter", fmt.Sprintf("inet:%d@127.0.0.1", port)}, more...)
	cmd := exec.Command("taskset", args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var log bytes.Buffer
	cmd.Stderr = &log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	client := &spamc.Client{Addr: listen.Address{Network: "unix", Path: control}}
	for client.Ping(context.Background()) != nil {
		if time.Since(begin) > 20*time.Second {
			return fmt.Errorf("spamd does not answer:\n%s", log.Bytes())
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := client.Check(context.Background(), b.mails[0]); err != nil {
		return err
	}
	fmt.Printf("start to first verdict: %.0f ms, %.1f MB\n\n", time.Since(begin).Seconds()*1000, residentMB(cmd.Process.Pid))
	fmt.Printf("%-44s %10s %9s %9s %9s\n", "one daemon, one processor", "mails/s", "p50 ms", "p99 ms", "p99.9 ms")
	milter := func(addr string) func(raw []byte) error {
		c := gomilter.NewClient("tcp", addr)
		return func(raw []byte) error { return viaMilter(c, raw) }
	}
	ours := milter("127.0.0.1:" + strconv.Itoa(port))
	full, err := b.load(fmt.Sprintf("milter, %d connections", b.connections), b.connections, 0, ours)
	if err != nil {
		return err
	}
	if _, err := b.load("milter, half that load", b.connections, full/2, ours); err != nil {
		return err
	}
	if _, err := b.load(fmt.Sprintf("control socket, %d connections", b.connections), b.connections, 0, func(raw []byte) error {
		_, err := client.Check(context.Background(), raw)
		return err
	}); err != nil {
		return err
	}
	if b.rspamd != "" {
		theirs, err := b.load(fmt.Sprintf("rspamd's milter, %d connections", b.connections), b.connections, 0, milter(b.rspamd))
		if err != nil {
			return err
		}
		fmt.Printf("ratio to rspamd: %.1f\n", full/theirs)
	}
	if after != nil {
		if err := after(); err != nil {
			return err
		}
	}
	fmt.Printf("\nmemory of spamd under this load: %.1f MB\n\n", residentMB(cmd.Process.Pid))
	return nil
}

// load sends mails over some connections for a while, at a rate per second if that is not 0, and returns how many were
// answered per second.
func (b *bench) load(title string, connections int, rate float64, send func(raw []byte) error) (float64, error) {
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	length := time.Duration(b.duration) * time.Second
	begin := time.Now()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				start := time.Now()
				if rate > 0 { // a mail that must wait for its turn has waited
					start = begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					time.Sleep(time.Until(start))
				}
				if time.Since(begin) > length {
					return
				}
				err := send(b.mails[i%len(b.mails)])
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
		return 0, failed
	}
	slices.Sort(took)
	perSecond := float64(len(took)) / time.Since(begin).Seconds()
	fmt.Printf("%-44s %10.0f %9.2f %9.2f %9.2f\n", title, perSecond, micros(took, 0.5)/1000, micros(took, 0.99)/1000, micros(took, 0.999)/1000)
	return perSecond, nil
}

// viaMilter gives a mail to a milter as an MTA does, on a connection of its own.
func viaMilter(c *gomilter.Client, raw []byte) error {
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
	head, body, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
	for _, field := range fields(head) {
		steps = append(steps, func() (*gomilter.Action, error) { return s.HeaderField(field[0], field[1], nil) })
	}
	for _, step := range append(steps, s.HeaderEnd) {
		if action, err := step(); err != nil || action.StopProcessing() {
			return err
		}
	}
	_, _, err = s.BodyReadFrom(strings.NewReader(strings.ReplaceAll(body, "\n", "\r\n")))
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
func residentMB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, _ := strconv.ParseFloat(strings.Fields(rest + " 0 0")[0], 64)
	return kb / 1000
}
