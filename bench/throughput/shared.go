package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// sharedStore is a store on a Redis of our own, which writes down each command that takes it more than a millisecond.
type sharedStore struct {
	addr string
	cf   string // configuration file that names it
	stop func()
}

// startShared starts one on a processor.
func (b *bench) startShared(cpu int) (*sharedStore, error) {
	addr, stop, err := b.startRedis(cpu, "--slowlog-log-slower-than", "1000", "--slowlog-max-len", "100000")
	if err != nil {
		return nil, err
	}
	s := &sharedStore{addr, filepath.Join(b.dir, "shared.cf"), stop}
	lines := fmt.Sprintf("bayes_path redis://%s/\nbayes_auto_learn 0\nbayes_redis_journal %s\n", addr,
		filepath.Join(b.dir, "shared.journal"))
	if err := os.WriteFile(s.cf, []byte(lines), 0o600); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// ask sends a command in one line and returns the answer, a line or a string (Redis' inline commands).
func (s *sharedStore) ask(command string) (string, error) {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err == nil && strings.HasPrefix(line, "-") {
		err = fmt.Errorf("%s: %s", command, line)
	}
	if err == nil && strings.HasPrefix(line, "$") {
		line, err = in.ReadString('\n')
	}
	return strings.TrimSpace(line), err
}

// empty removes the store.
func (s *sharedStore) empty() error {
	_, err := s.ask("FLUSHALL")
	return err
}

// slowest returns what the server has written down since it was last asked: how many commands took it more than a
// millisecond, and the longest.
func (s *sharedStore) slowest() (string, error) {
	const script = `"local n,m,c=0,0,'none' ` +
		`for _,e in ipairs(redis.call('SLOWLOG','GET','100000')) do n=n+1 if e[3]>m then m,c=e[3],e[4][1] end end ` +
		`redis.call('SLOWLOG','RESET') return n..' commands over 1 ms, longest '..(m/1000)..' ms ('..c..')'"`
	return s.ask("EVAL " + script + " 0")
}

// trainInto is the learning of both mboxes into an empty store on Redis, on the processor of the server.
func (b *bench) trainInto(s *sharedStore) contender {
	return contender{name: "the same, into Redis on the same processor", procs: 1, mails: len(b.mails), shell: true,
		setup: s.empty, argv: script(`"$1" -c "$2" --ham "$3"; "$1" -c "$2" --spam "$4"`, b.program("spam-learn"), s.cf,
			b.ham, b.spam)}
}

// trainShared times the learning of every second mail of both mboxes into a store on Redis that knows the others, on
// the processor of the server, while another host, on the other processor, scans at a quarter of what it can do.
func (b *bench) trainShared() error {
	if _, err := exec.LookPath("redis-server"); err != nil {
		fmt.Println("training into Redis: left out, as redis-server is not installed")
		return nil
	}
	s, err := b.startShared(0)
	if err != nil {
		return err
	}
	defer s.stop()
	first, second := filepath.Join(b.dir, "first"), filepath.Join(b.dir, "second")
	mails := 0
	for class, mbox := range map[string]string{"ham": b.ham, "spam": b.spam} {
		_, err := copySome(first+"."+class, mbox, func(i int) bool { return i%2 == 0 })
		if err != nil {
			return err
		}
		n, err := copySome(second+"."+class, mbox, func(i int) bool { return i%2 == 1 })
		if err != nil {
			return err
		}
		mails += n
	}
	learn := func(half string) error {
		for _, class := range []string{"ham", "spam"} {
			// with the lowest priority: the server's times are not to be those that it waits for its processor
			cmd := exec.Command("taskset", "-c", "0", "nice", "-n", "19", b.program("spam-learn"), "-c", s.cf, "--"+class,
				half+"."+class)
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
			if err := quiet(cmd); err != nil {
				return err
			}
		}
		return nil
	}
	if err := learn(first); err != nil {
		return err
	}
	d, err := b.startOn(runtime.NumCPU(), "redis://"+s.addr+"/", "-c", s.cf)
	if err != nil {
		return err
	}
	defer d.stop()
	for _, pid := range []int{d.cmd.Process.Pid, os.Getpid()} {
		last := strconv.Itoa(runtime.NumCPU() - 1)
		if err := quiet(exec.Command("taskset", "-a", "-c", "-p", last, strconv.Itoa(pid))); err != nil {
			return err
		}
	}
	defer func() {
		all := fmt.Sprintf("0-%d", runtime.NumCPU()-1)
		_ = quiet(exec.Command("taskset", "-a", "-c", "-p", all, strconv.Itoa(os.Getpid())))
	}()
	full, err := b.load(b.connections, 0, viaMilter(d.milter, asPostfix))
	if err != nil {
		return err
	}
	if _, err := s.slowest(); err != nil {
		return err
	}
	fmt.Printf("%-56s %8s %9s %9s %9s\n", fmt.Sprintf("another host scans, %.0f mails/s, while", full.rate/4), "scans",
		"p50 ms", "p99 ms", "max ms")
	before, err := b.load(b.connections, full.rate/4, viaMilter(d.milter, asPostfix))
	if err != nil {
		return err
	}
	row := func(title string, l served) {
		fmt.Printf("%-56s %8d %9.2f %9.2f %9.2f\n", title, l.mails, l.p50, l.p99, l.max)
	}
	row("nothing else happens", before)
	done := make(chan struct{})
	var failed error
	var took time.Duration
	go func() {
		defer close(done)
		began := time.Now()
		failed = learn(second)
		took = time.Since(began)
	}()
	meanwhile, err := b.loadUntil(done, b.connections, full.rate/4, viaMilter(d.milter, asPostfix))
	if <-done; err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	row(fmt.Sprintf("%d mails are learned, %.0f mails/s", mails, float64(mails)/took.Seconds()), meanwhile)
	slow, err := s.slowest()
	if err != nil {
		return err
	}
	fmt.Printf("p99 %.2f times as long; the server wrote down %s\n\n", meanwhile.p99/before.p99, slow)
	return nil
}
