package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/miekg/dns"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/store"
)

// subject is the filter that is measured.
type subject struct {
	rules                    string
	learner, fronts, network bool

	dir    string        // scratch
	lines  []config.Line // of the rules
	engine *engine.Engine
	ways   []way // to hand a message back
	dns    *dns.Server
}

// open makes the filter, and teaches it if it is to learn.
func (s *subject) open() (err error) {
	if s.dir, err = os.MkdirTemp("", "hostile"); err != nil {
		return err
	}
	lines := "bayes_auto_learn 0\nbayes_min_ham_num 1\nbayes_min_spam_num 1\nbayes_path " + filepath.Join(s.dir, "bayes") +
		"\n"
	if !s.learner {
		lines += "use_bayes 0\n"
	}
	if s.network {
		addr, err := s.serveDNS()
		if err != nil {
			return err
		}
		host, port, _ := net.SplitHostPort(addr)
		lines += fmt.Sprintf("dns_server %s:%s\ndns_available yes\nuse_pyzor 0\nuse_dcc 0\nuse_razor2 0\n", host, port)
	} else {
		lines += "local_tests_only 1\n"
	}
	cfg, err := s.configure(lines)
	if err != nil {
		return err
	}
	s.lines = cfg.Rules
	if s.engine, err = engine.Open(cfg, engine.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		return err
	}
	for _, more := range []string{
		"", "report_part 1", "report_safe 1", "report_safe 2", "rewrite_header Subject [SPAM _SCORE_]", "fold_headers 0",
		"add_header all Report _REPORT_\nadd_header all Relays _RELAYSEXTERNAL_ _HEADER(Subject)_",
	} {
		cfg, err := s.configure(lines + more + "\n")
		if err != nil {
			return err
		}
		s.ways = append(s.ways, way{more, engine.TagOptions(cfg, "hostile")})
	}
	if s.learner {
		return s.teach()
	}
	return nil
}

func (s *subject) configure(lines string) (*config.Config, error) {
	src := config.Sources{Defaults: data.Default()}
	if s.rules != "" {
		src.Defaults = os.DirFS(s.rules)
	}
	cfg, problems := config.Load(src)
	problems = append(problems, cfg.Parse("hostile", []byte(lines))...)
	for _, p := range problems {
		if p.Severity == config.Error && p.File == "hostile" {
			return nil, fmt.Errorf("%s", p)
		}
	}
	return cfg, nil
}

// teach has a few messages learned, so that the learner is asked.
func (s *subject) teach() error {
	var lessons []classifier.Lesson
	for i := range 200 {
		class, words := store.Ham, "meeting minutes of last week"
		if i%2 == 0 {
			class, words = store.Spam, "cheap pills click here"
		}
		raw := fmt.Sprintf("From: a%d@b.example\nSubject: %s %d\nMessage-ID: <%d@b.example>\n\n%s %d\n",
			i%7, words, i, i, words, i)
		lessons = append(lessons, classifier.Lesson{Raw: []byte(raw), Class: class})
	}
	_, err := s.engine.Learn(context.Background(), "", lessons)
	return err
}

func (s *subject) close() {
	s.engine.Close()
	if s.dns != nil {
		s.dns.Shutdown()
	}
	os.RemoveAll(s.dir)
}

// serveDNS starts a DNS server that has no name at all.
func (s *subject) serveDNS() (addr string, err error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.dns = &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		var m dns.Msg
		m.SetRcode(q, dns.RcodeNameError)
		_ = w.WriteMsg(&m)
	})}
	go func() {
		if err := s.dns.ActivateAndServe(); err != nil && !strings.Contains(err.Error(), "closed") {
			fmt.Fprintln(os.Stderr, "hostile: DNS:", err)
		}
	}()
	return conn.LocalAddr().String(), nil
}
