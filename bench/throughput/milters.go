package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"asterism/bench/rspamd"
	"asterism/store"
)

// stock is where Debian's package has SpamAssassin's rules.
const stock = "/usr/share/spamassassin"

// rival is a daemon that is measured, or one way to it.
type rival struct {
	name       string
	send       sender
	pids       []int
	full, half []served
	cpu        []float64 // milliseconds per mail under full load, of all its processes
}

// milters measures daemons by their milters, in turn, each on the same processor: ours with its store in a file, on
// Redis, and with SpamAssassin's rules, and the rspamd that is installed, with its Bayes in the same Redis.
func (b *bench) milters() error {
	if _, err := exec.LookPath("redis-server"); err != nil {
		fmt.Println("milters: left out, as redis-server is not installed")
		return nil
	}
	restore, err := aside()
	if err != nil {
		return err
	}
	defer restore()
	redis, stop, err := b.startRedis(1)
	if err != nil {
		return err
	}
	defer stop()
	cf := filepath.Join(b.dir, "milters.cf")
	// as rspamd, which learns only when told
	lines := "bayes_redis_journal " + filepath.Join(b.dir, "journal") + "\nbayes_auto_learn 0\n"
	if err := os.WriteFile(cf, []byte(lines), 0o600); err != nil {
		return err
	}
	url := "redis://" + redis + "/"
	if err := quiet(exec.Command(b.program("spam-learn"), "--migrate", b.store, url)); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	var rivals []*rival
	for _, ours := range []struct {
		name, store string
		args        []string
	}{
		{"store in a file", b.store, nil},
		{"store on Redis", url, []string{"--http", fmt.Sprintf("inet:%d@127.0.0.1", port)}},
		{"SpamAssassin's rules", b.store + "-copy", []string{"-C", stock}},
	} {
		if strings.HasSuffix(ours.store, "-copy") {
			if _, err := os.Stat(stock); err != nil {
				continue
			}
			if err := quiet(exec.Command(b.program("spam-learn"), "--migrate", url, ours.store)); err != nil {
				return err
			}
		}
		d, err := b.start(ours.store, append(ours.args, "-c", cf)...)
		if err != nil {
			return err
		}
		defer d.stop()
		rivals = append(rivals, &rival{name: "spamd, " + ours.name, send: viaMilter(d.milter, asPostfix),
			pids: []int{d.cmd.Process.Pid}})
	}
	if _, err := exec.LookPath("rspamd"); err != nil {
		fmt.Println("rspamd is not installed, and left out")
	} else {
		theirs, err := b.startRspamd(redis)
		if err != nil {
			return err
		}
		defer theirs.Close()
		rivals = append(rivals, &rival{name: "rspamd", send: viaMilter(theirs.Milter, asPostfix), pids: theirs.Pids()})
	}
	if err := b.raceLoads(rivals); err != nil {
		return err
	}
	return roundTrips(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
}

// startRedis starts a Redis with further options on a processor: the second is where the mails come from.
func (b *bench) startRedis(cpu int, options ...string) (addr string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command("taskset", append([]string{"-c", strconv.Itoa(cpu), "redis-server", "--port", strconv.Itoa(port),
		"--bind", "127.0.0.1", "--save", "", "--dir", b.dir, "--loglevel", "warning",
		"--logfile", filepath.Join(b.dir, "redis.log")}, options...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	for range 200 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return addr, stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("redis-server does not listen at %s", addr)
}

// startRspamd starts rspamd and teaches it all mails.
func (b *bench) startRspamd(redis string) (*rspamd.Server, error) {
	dir, err := os.MkdirTemp(b.dir, "rspamd")
	if err != nil {
		return nil, err
	}
	s, err := rspamd.Start(dir, rspamd.Options{Redis: redis, CPU: "0"})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for class, path := range map[store.Class]string{store.Ham: b.ham, store.Spam: b.spam} {
		if err := eachMail(path, func(raw []byte) error { return s.Learn(context.Background(), raw, class) }); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	fmt.Printf("rspamd was taught in %.0f s\n\n", time.Since(began).Seconds())
	return s, nil
}

// raceLoads measures all as often as asked, and prints medians; the ratio is to the last one, run by run.
func (b *bench) raceLoads(rivals []*rival) error {
	small := *b
	small.mails = nil
	for _, raw := range b.mails {
		if len(raw) < maxScanned {
			small.mails = append(small.mails, raw)
		}
	}
	for range b.runs {
		for _, r := range rivals {
			before := cpuTime(r.pids)
			full, err := small.load(b.connections, 0, r.send)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.cpu = append(r.cpu, 1000*(cpuTime(r.pids)-before)/float64(full.mails))
			half, err := small.load(b.connections, full.rate/2, r.send)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.full, r.half = append(r.full, full), append(r.half, half)
		}
	}
	fmt.Printf("%-40s %8s %7s %8s %8s %8s %15s %8s\n", fmt.Sprintf("one processor, %d connections", b.connections),
		"mails/s", "ratio", "CPU ms", "p50 ms", "p99 ms", "half load: p50", "p99 ms")
	last := rivals[len(rivals)-1]
	for _, r := range rivals {
		full, half := medians(r.full), medians(r.half)
		var ratios []float64
		for run := range r.full {
			ratios = append(ratios, r.full[run].rate/last.full[run].rate)
		}
		fmt.Printf("%-40s %8.0f %7.2f %8.3f %8.2f %8.2f %15.2f %8.2f\n", r.name, full.rate, median(ratios), median(r.cpu),
			full.p50, full.p99, half.p50, half.p99)
	}
	fmt.Println()
	return nil
}

// maxScanned is max_size: larger mails pass our milter unscanned, and are left out for all.
const maxScanned = 100 << 10

// medians returns the median of each figure.
func medians(all []served) served {
	of := func(field func(served) float64) float64 {
		var values []float64
		for _, s := range all {
			values = append(values, field(s))
		}
		return median(values)
	}
	return served{rate: of(func(s served) float64 { return s.rate }), p50: of(func(s served) float64 { return s.p50 }),
		p99: of(func(s served) float64 { return s.p99 }), p999: of(func(s served) float64 { return s.p999 }),
		max: of(func(s served) float64 { return s.max })}
}

// cpuTime returns the processor time, in seconds, that processes have taken.
func cpuTime(pids []int) (seconds float64) {
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		for _, i := range []int{11, 12} { // utime and stime, fields 14 and 15 of proc(5), in 1/100 s
			ticks, _ := strconv.ParseFloat(fields[i], 64)
			seconds += ticks / 100
		}
	}
	return seconds
}

// roundTrips prints how often a spamd asked Redis, by its metrics.
func roundTrips(url string) error {
	m, err := metrics(url)
	if err != nil {
		return err
	}
	lookups, cache, server := m["redis_lookups_total"], m[`redis_tokens_total{from="cache"}`],
		m[`redis_tokens_total{from="server"}`]
	fmt.Printf("on Redis: round trips per scan %.2f, tokens %.0f of which the cache knew %.1f%%\n\n",
		m["redis_round_trips_total"]/lookups,
		(cache+server)/lookups, 100*cache/(cache+server))
	return nil
}

// metrics reads spamd's metrics by name, without their common prefix.
func metrics(url string) (map[string]float64, error) {
	res, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "asterism_"), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = v
		}
	}
	return all, nil
}
