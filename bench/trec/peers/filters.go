package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"asterism/store"
)

func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

// findSpamd finds SpamAssassin's spamd. It is a Perl program; this module's own is not.
func findSpamd() (string, error) {
	for _, path := range []string{"/usr/sbin/spamd", "/usr/bin/spamd"} {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		start := make([]byte, 40)
		n, _ := f.Read(start)
		f.Close()
		if strings.HasPrefix(string(start[:n]), "#!") && strings.Contains(string(start[:n]), "perl") {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// bogofilter is run anew for each message, as a mail delivery agent would run it.
type bogofilter struct{ dir string }

func openBogofilter(_ context.Context, dir string) (peer, error) { return &bogofilter{dir}, nil }

func (b *bogofilter) check(ctx context.Context, path string) (float64, bool, error) {
	out, err := exec.CommandContext(ctx, "bogofilter", "-d", b.dir, "-TT", "-I", path).Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() < 3) { // 0 to 2 are verdicts
		if _, missing := os.Stat(filepath.Join(b.dir, "wordlist.db")); missing != nil {
			return 0.5, false, nil // it has learned nothing yet
		}
		return 0, false, err
	}
	fields := strings.Fields(string(out))
	if len(fields) == 0 {
		return 0, false, fmt.Errorf("bogofilter said nothing of %s", path)
	}
	score, err := strconv.ParseFloat(fields[len(fields)-1], 64)
	return score, score >= 0.99, err
}

func (b *bogofilter) learn(ctx context.Context, path string, c store.Class) error {
	flag := "-n"
	if c == store.Spam {
		flag = "-s"
	}
	return exec.CommandContext(ctx, "bogofilter", "-d", b.dir, flag, "-I", path).Run()
}

func (b *bogofilter) close() {}

// spamd is SpamAssassin's daemon, local tests only, with a Bayes store of its own.
type spamd struct {
	cmd  *exec.Cmd
	addr string
}

func openSpamd(ctx context.Context, dir string) (peer, error) {
	program, err := findSpamd()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{"-L", "-i", "127.0.0.1", "-p", port, "-m", "1", "--allow-tell", "-x", "-s", "null",
		"--cf=bayes_auto_learn 0", "--cf=use_pyzor 0", "--cf=use_razor2 0", "--cf=bayes_path " + dir + "/bayes"}
	if os.Geteuid() == 0 { // which it refuses to be
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		args = append(args, "-u", nobody.Username)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &spamd{cmd: cmd, addr: net.JoinHostPort("127.0.0.1", port)}
	for range 120 {
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			conn.Close()
			return s, nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	s.close()
	return nil, errors.New("SpamAssassin's spamd did not start")
}

func (s *spamd) close() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

var spamLine = regexp.MustCompile(`Spam: (True|False) ; (-?[0-9.]+) /`)

func (s *spamd) check(ctx context.Context, path string) (float64, bool, error) {
	answer, err := s.ask(ctx, "CHECK", path, "")
	if err != nil {
		return 0, false, err
	}
	m := spamLine.FindStringSubmatch(answer)
	if m == nil {
		return 0, false, fmt.Errorf("spamd answered %.80q", answer)
	}
	score, err := strconv.ParseFloat(m[2], 64)
	return score, m[1] == "True", err
}

func (s *spamd) learn(ctx context.Context, path string, c store.Class) error {
	_, err := s.ask(ctx, "TELL", path, fmt.Sprintf("Message-class: %s\r\nSet: local\r\n", c))
	return err
}

// ask speaks one request of the spamd protocol.
func (s *spamd) ask(ctx context.Context, verb, path, headers string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Minute))
	fmt.Fprintf(conn, "%s SPAMC/1.5\r\nContent-length: %d\r\n%s\r\n", verb, len(raw), headers)
	if _, err := conn.Write(raw); err != nil {
		return "", err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	var answer bytes.Buffer
	_, err = answer.ReadFrom(conn)
	return answer.String(), err
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// rspamd is asked through its client; the daemon, with an empty Bayes store, must be running.
type rspamd struct{}

func openRspamd(ctx context.Context, _ string) (peer, error) {
	if err := exec.CommandContext(ctx, "rspamc", "stat").Run(); err != nil {
		return nil, errors.New("rspamd is installed but not running")
	}
	return &rspamd{}, nil
}

func (r *rspamd) close() {}

var rspamdScore = regexp.MustCompile(`Score: (-?[0-9.]+) / (-?[0-9.]+)`)

func (r *rspamd) check(ctx context.Context, path string) (float64, bool, error) {
	out, err := exec.CommandContext(ctx, "rspamc", path).Output()
	if err != nil {
		return 0, false, err
	}
	m := rspamdScore.FindSubmatch(out)
	if m == nil {
		return 0, false, fmt.Errorf("rspamc answered %.80q", out)
	}
	const addHeader = 6 // rspamd's default score for "add header"
	score, err := strconv.ParseFloat(string(m[1]), 64)
	return score, score >= addHeader, err
}

func (r *rspamd) learn(ctx context.Context, path string, c store.Class) error {
	// It refuses what it knows already; that is no failure of the run.
	_ = exec.CommandContext(ctx, "rspamc", "learn_"+c.String(), path).Run()
	return ctx.Err()
}
