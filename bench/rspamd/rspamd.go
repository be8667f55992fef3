// Package rspamd runs the rspamd that is installed, for comparisons: Debian's configuration on free ports of the
// loopback interface, one proxy that speaks milter and one worker that scans, and without all that asks others. Its
// questions to DNS are answered at once: there is nothing.
package rspamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"asterism/store"
)

// startTimeout is how long rspamd may take until it listens: at its first start it compiles its expressions.
const startTimeout = 2 * time.Minute

// Options say how to run rspamd.
type Options struct {
	Redis string // host:port of the Redis for its Bayes
	CPU   string // to run on, as taskset -c has it; all if empty
}

// Server is a running rspamd.
type Server struct {
	Milter string // host:port of its proxy
	Scan   string // host:port of its normal worker

	dir        string
	controller string
	resolver   *dns.Server
	cmd        *exec.Cmd
}

// Start starts rspamd with an empty Bayes in an empty directory.
func Start(dir string, opt Options) (*Server, error) {
	s := &Server{dir: dir}
	if err := s.start(opt); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(opt Options) error {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.resolver = &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(nothing)}
	go s.resolver.ActivateAndServe()

	for _, addr := range []*string{&s.Scan, &s.controller, &s.Milter} {
		if *addr, err = freeAddress(); err != nil {
			return err
		}
	}
	if err := s.configure(opt, conn.LocalAddr().String()); err != nil {
		return err
	}
	argv := []string{"rspamd", "-f", "-i", "-c", mainConf, "--var", "LOCAL_CONFDIR=" + s.dir, "--var", "DBDIR=" + s.dir,
		"--var", "RUNDIR=" + s.dir, "--var", "LOGDIR=" + s.dir}
	if opt.CPU != "" {
		argv = append([]string{"taskset", "-c", opt.CPU}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	return s.await()
}

// nothing answers that a name does not exist. Without the SOA record (RFC 2308) rspamd goes on asking.
func nothing(w dns.ResponseWriter, q *dns.Msg) {
	m := new(dns.Msg)
	m.SetRcode(q, dns.RcodeNameError)
	m.RecursionAvailable = true
	if opt := q.IsEdns0(); opt != nil {
		m.SetEdns0(opt.UDPSize(), opt.Do())
	}
	m.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 300}, Ns: ".",
		Mbox: ".", Minttl: 300}}
	_ = w.WriteMsg(m) // who is gone needs no answer
}

// await waits until all workers listen.
func (s *Server) await() error {
	began := time.Now()
	for _, addr := range []string{s.Scan, s.controller, s.Milter} {
		for {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				conn.Close()
				break
			}
			if time.Since(began) > startTimeout {
				log, _ := os.ReadFile(filepath.Join(s.dir, "rspamd.log"))
				return fmt.Errorf("rspamd does not listen at %s:\n%s", addr, log)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return nil
}

// Learn teaches a mail. A mail that rspamd does not want to learn, as it knows it or finds too little in it, is no
// error.
func (s *Server) Learn(ctx context.Context, raw []byte, class store.Class) error {
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+s.controller+"/learn"+class.String(),
		strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("rspamd did not learn: %s: %.200s", res.Status, said)
	}
	return err
}

// Pids returns the numbers of rspamd's processes, the main one first.
func (s *Server) Pids() []int {
	main := s.cmd.Process.Pid
	pids := []int{main}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", main, main))
	for field := range strings.FieldsSeq(string(children)) {
		var pid int
		if _, err := fmt.Sscan(field, &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Close ends rspamd.
func (s *Server) Close() error {
	var err error
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which Wait tells
		err = s.cmd.Wait()
	}
	if s.resolver != nil {
		err = errors.Join(err, s.resolver.Shutdown())
	}
	return err
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
