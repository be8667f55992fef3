// Package redistest runs real Redis servers on loopback ports for tests: single, watched by Sentinels, or as a Cluster.
package redistest

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one redis-server. It keeps its data, also when killed, if it was started with appendonly yes.
type Server struct {
	Port int
	Dir  string // where its data and its log are

	t    testing.TB
	args []string
	mu   sync.Mutex
	cmd  *exec.Cmd // nil while it is not running
	done chan struct{}
}

// ports are handed out once in a process: two servers that are not running yet must not get the same.
var ports struct {
	sync.Mutex
	taken map[int]bool
}

// FreePort returns a port of the loopback interface that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if !ports.taken[port] {
			if ports.taken == nil {
				ports.taken = map[int]bool{}
			}
			ports.taken[port] = true
			return port
		}
	}
}

// Start starts a server with further options, each name and value an argument of its own, without the leading dashes
// of the first. It is stopped when the test ends.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	s := newServer(t, options...)
	s.Start()
	return s
}

func newServer(t testing.TB, options ...string) *Server {
	t.Helper()
	program := cmp.Or(os.Getenv("REDIS_SERVER"), "redis-server")
	if _, err := exec.LookPath(program); err != nil {
		text := fmt.Sprintf("%v; it is in Debian's package redis-server", err)
		if os.Getenv("E2E_TOOLS") == "required" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	s := &Server{Port: FreePort(t), Dir: t.TempDir(), t: t}
	s.args = append([]string{program, "--port", fmt.Sprint(s.Port), "--bind", "127.0.0.1", "--dir", s.Dir, "--save", "",
		"--loglevel", "warning",
		"--logfile", filepath.Join(s.Dir, "log")}, options...)
	t.Cleanup(s.Kill)
	return s
}

// Addr is the server's host:port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// URL is the bayes_path of a store on the server.
func (s *Server) URL(prefix string) string {
	return fmt.Sprintf("redis://%s/?prefix=%s", s.Addr(), prefix)
}

// Start starts the server, if it is not running, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.launch()
	s.await()
}

func (s *Server) launch() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return
	}
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	s.cmd, s.done = cmd, done
}

func (s *Server) await() {
	s.t.Helper()
	Await(s.t, fmt.Sprintf("redis-server on port %d", s.Port), func() bool {
		c, err := net.Dial("tcp", s.Addr())
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Kill kills the server with SIGKILL and waits for its end.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop has the server end by itself.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

func (s *Server) end(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	<-s.done
	s.cmd = nil
}

// CLI runs redis-cli on the server and returns its output.
func (s *Server) CLI(args ...string) string {
	s.t.Helper()
	out, err := s.cli(append([]string{"-e"}, args...)...) // -e: an error of the server is one of redis-cli
	if err != nil {
		s.t.Fatalf("redis-cli %q: %v: %s", args, err, out)
	}
	return out
}

func (s *Server) cli(args ...string) (string, error) {
	out, err := exec.Command("redis-cli", append([]string{"-p", fmt.Sprint(s.Port)}, args...)...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Await waits until a condition holds, and fails the test if that takes more than two minutes.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Cluster is three masters with a replica each.
type Cluster struct {
	Servers []*Server // in the beginning masters first
	t       testing.TB
}

// NoFailover is a node timeout that no node exceeds merely since the machine is under load.
const NoFailover = time.Minute

// StartCluster starts a Cluster, in which a node that does not answer for nodeTimeout is replaced by its replica.
func StartCluster(t testing.TB, nodeTimeout time.Duration, options ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	create := []string{"--cluster", "create"}
	for range 6 {
		s := newServer(t, append([]string{"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(FreePort(t)),
			"--cluster-node-timeout", fmt.Sprint(nodeTimeout.Milliseconds()), "--repl-diskless-sync-delay", "0",
			"--repl-ping-replica-period", "1"}, options...)...)
		s.launch()
		c.Servers = append(c.Servers, s)
		create = append(create, s.Addr())
	}
	for _, s := range c.Servers {
		s.await()
	}
	c.Servers[0].CLI(append(create, "--cluster-replicas", "1", "--cluster-yes")...)
	c.AwaitHealthy()
	return c
}

// URL is the bayes_path of a store on the Cluster.
func (c *Cluster) URL(prefix string) string {
	return fmt.Sprintf("redis://%s,%s,%s/?prefix=%s", c.Servers[0].Addr(), c.Servers[1].Addr(), c.Servers[2].Addr(),
		prefix)
}

// AwaitHealthy waits until every slot has a master with a replica that is up to date.
func (c *Cluster) AwaitHealthy() {
	c.t.Helper()
	Await(c.t, "the Cluster to be healthy", func() bool {
		masters := 0
		for _, s := range c.Servers {
			info, err := s.cli("cluster", "info")
			if err != nil || !strings.Contains(info, "cluster_state:ok") {
				return false
			}
			repl, _ := s.cli("info", "replication")
			switch {
			case strings.Contains(repl, "role:master"):
				masters++
				if !strings.Contains(repl, "state=online") {
					return false
				}
			case !strings.Contains(repl, "master_link_status:up"):
				return false
			}
		}
		return masters == 3
	})
}

// AwaitPromotion waits until the replica of a killed master has taken over, in the view of all nodes.
func (c *Cluster) AwaitPromotion(killed *Server) {
	c.t.Helper()
	Await(c.t, "a replica to take over", func() bool {
		for _, s := range c.Servers {
			if s == killed {
				continue
			}
			if info, err := s.cli("cluster", "info"); err != nil || !strings.Contains(info, "cluster_state:ok") {
				return false
			}
		}
		return len(c.Masters()) == 3
	})
}

// Masters returns the nodes that are masters now.
func (c *Cluster) Masters() (list []*Server) {
	for _, s := range c.Servers {
		if s.IsMaster() {
			list = append(list, s)
		}
	}
	return list
}

// IsMaster reports whether the server runs and is no replica.
func (s *Server) IsMaster() bool {
	out, err := s.cli("info", "replication")
	return err == nil && strings.Contains(out, "role:master")
}

// Sentinel is a master with replicas, watched by three Sentinels.
type Sentinel struct {
	Servers   []*Server // the first is the master in the beginning
	Sentinels []*Server
	t         testing.TB
}

// MasterName is the Sentinels' name of the master.
const MasterName = "bayes"

// downAfter is how long a master must be silent for the Sentinels to replace it. A Sentinel that was held up for two
// seconds, as happens on a busy machine, replaces nobody for 30 s (its "tilt mode"); and a replica that has been
// without its master for longer than ten times downAfter, counted from when the Sentinel noticed, is never promoted.
// With 3 s or less the one makes for the other.
const downAfter = 4 * time.Second

// StartSentinel starts a master with replicas; one of them takes over when the master does not answer.
func StartSentinel(t testing.TB, replicas int, options ...string) *Sentinel {
	t.Helper()
	se := &Sentinel{t: t}
	for i := range replicas + 1 {
		args := append([]string{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"}, options...)
		if i > 0 {
			args = append(args, "--replicaof", "127.0.0.1 "+fmt.Sprint(se.Servers[0].Port))
		}
		se.Servers = append(se.Servers, Start(t, args...))
	}
	for range 3 {
		se.Sentinels = append(se.Sentinels, startSentinel(t, se.Servers[0].Port))
	}
	Await(t, "the Sentinels to know all", func() bool {
		for _, s := range se.Sentinels {
			out, err := s.cli("sentinel", "master", MasterName)
			if err != nil || field(out, "num-other-sentinels") != "2" || field(out, "num-slaves") != fmt.Sprint(replicas) {
				return false
			}
		}
		return true
	})
	return se
}

func startSentinel(t testing.TB, master int) *Server {
	t.Helper()
	s := newServer(t)
	file := filepath.Join(s.Dir, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nlogfile %s\n", s.Port, s.Dir, filepath.Join(s.Dir, "log")) +
		fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 2\n", MasterName, master) +
		fmt.Sprintf("sentinel down-after-milliseconds %s %d\n", MasterName, downAfter.Milliseconds()) +
		fmt.Sprintf("sentinel failover-timeout %s 3000\n", MasterName)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{s.args[0], file, "--sentinel"}
	s.Start()
	return s
}

// field returns the line after a name, as redis-cli prints pairs.
func field(out, name string) string {
	lines := bytes.Split([]byte(out), []byte("\n"))
	for i := 0; i+1 < len(lines); i++ {
		if string(lines[i]) == name {
			return string(lines[i+1])
		}
	}
	return ""
}

// URL is the bayes_path of a store that the Sentinels watch.
func (se *Sentinel) URL(prefix string) string {
	return fmt.Sprintf("redis://%s,%s,%s/?sentinel=%s&prefix=%s", se.Sentinels[0].Addr(), se.Sentinels[1].Addr(),
		se.Sentinels[2].Addr(),
		MasterName, prefix)
}

// Masters returns the server that is the master now.
func (se *Sentinel) Masters() (list []*Server) {
	for _, s := range se.Servers {
		if s.IsMaster() {
			list = append(list, s)
		}
	}
	return list
}

// AwaitPromotion waits until the Sentinels have replaced a master that was killed, and all replicas follow the new one.
// A master without persistence must not be started again before: its followers would lose all with it.
func (se *Sentinel) AwaitPromotion(killed *Server) {
	se.t.Helper()
	Await(se.t, "the Sentinels to promote a replica", func() bool {
		masters := se.Masters()
		if len(masters) != 1 || masters[0] == killed {
			return false
		}
		repl, err := masters[0].cli("info", "replication")
		return err == nil && strings.Count(repl, "state=online") == len(se.Servers)-2 && se.agreeOn(masters[0])
	})
}

// agreeOn reports whether all Sentinels take this server for the master.
func (se *Sentinel) agreeOn(master *Server) bool {
	for _, s := range se.Sentinels {
		out, err := s.cli("sentinel", "get-master-addr-by-name", MasterName)
		if err != nil || !strings.HasSuffix(out, fmt.Sprint(master.Port)) {
			return false
		}
	}
	return true
}

// AwaitHealthy waits until there is one master, the Sentinels agree on it, and all others are its replicas and up to
// date.
func (se *Sentinel) AwaitHealthy() {
	se.t.Helper()
	Await(se.t, "all servers but one to be replicas", func() bool {
		masters := se.Masters()
		if len(masters) != 1 {
			return false
		}
		repl, err := masters[0].cli("info", "replication")
		return err == nil && strings.Count(repl, "state=online") == len(se.Servers)-1 && se.agreeOn(masters[0])
	})
}
