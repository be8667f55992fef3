package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/miekg/dns"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/mailbox"
	"asterism/store"
	"asterism/tag"
)

// subject is the filter that is measured.
type subject struct {
	rules                    string
	learner, fronts, network bool

	dir     string        // scratch
	lines   []config.Line // of the rules
	engine  *engine.Engine
	options []tag.Options // of every way to hand a message back
	dns     *dns.Server
}

// open makes the filter, and teaches it if it is to learn.
func (s *subject) open() (err error) {
	if s.dir, err = os.MkdirTemp("", "hostile"); err != nil {
		return err
	}
	lines := "bayes_auto_learn 0\nbayes_path " + filepath.Join(s.dir, "bayes") + "\nbayes_min_ham_num 1\nbayes_min_spam_num 1\n"
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
		s.options = append(s.options, engine.TagOptions(cfg, "hostile"))
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
		raw := fmt.Sprintf("From: a%d@b.example\nSubject: %s %d\nMessage-ID: <%d@b.example>\n\n%s %d\n", i%7, words, i, i, words, i)
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

// scan does with a message what is done with mail of strangers.
func (s *subject) scan(raw []byte, mbox bool) error {
	if !mbox {
		return s.check(raw)
	}
	box, err := mailbox.NewReader(bytes.NewReader(raw), "mbox", 0)
	if err != nil {
		return err
	}
	for {
		m, err := box.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		_ = m // reading them is what is measured: each is a message of its own
	}
}

// check classifies a message as one that the MTA has from a stranger.
func (s *subject) check(raw []byte) error {
	v, err := s.engine.Check(context.Background(), &classifier.Input{
		Raw: raw, Client: netip.MustParseAddr("198.51.100.7"), ClientName: "x.example", Helo: "x.example", Host: "mx.rcpt.example",
		Sender: "bob@sender.example", Recipients: []string{"ann@rcpt.example"}, Received: time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC),
	})
	if err != nil {
		return err
	}
	if s.learner {
		if _, err := s.engine.Learn(context.Background(), "", []classifier.Lesson{{Raw: raw, Class: store.Spam}}); err != nil {
			return err
		}
	}
	if s.fronts {
		spam := *v
		spam.Score = max(v.Score, v.Required+1)
		for _, o := range s.options {
			o.Rewrite(raw, &spam)
			o.Rewrite(raw, nil)
			o.ReportOn(raw, &spam)
		}
	}
	return nil
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
