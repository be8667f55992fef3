package main

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/mailbox"
	"asterism/store"
	"asterism/tag"
)

// step is something that is done with mail of strangers and measured by itself, as no message goes through two fronts.
type step struct {
	name          string
	before, after func(raw []byte) error // not measured; nil if there is nothing to do
	do            func(raw []byte) error
}

// prepare does what is to be done first.
func (s *step) prepare(raw []byte) error {
	if s.before == nil {
		return nil
	}
	return s.before(raw)
}

// way is a way to hand a message back, and the line of the configuration that asks for it.
type way struct {
	line    string
	options tag.Options
}

// steps returns what is measured with a message, or with an mbox.
func (s *subject) steps(mbox bool) []step {
	if mbox {
		return []step{{name: "mbox", do: readMbox}}
	}
	check := func(raw []byte) error {
		_, err := s.check(raw)
		return err
	}
	steps := []step{{name: "scan", do: check}}
	if s.learner {
		steps = append(steps,
			step{name: "learn", do: s.learn, after: s.forget},
			step{name: "forget", before: s.learn, do: s.forget})
	}
	if !s.fronts {
		return steps
	}
	var verdict *classifier.Verdict
	var of *byte // the message of this verdict
	spam := func(raw []byte) (err error) {
		if of == &raw[0] {
			return nil
		}
		of = &raw[0]
		if verdict, err = s.check(raw); err == nil {
			verdict.Score = max(verdict.Score, verdict.Required+1)
		}
		return err
	}
	for _, w := range s.ways {
		name, _, _ := strings.Cut(w.line, "\n")
		steps = append(steps, step{name: strings.TrimSpace("rewrite " + name), before: spam,
			do: func(raw []byte) error { w.options.Rewrite(raw, verdict); return nil }})
	}
	plain := s.ways[0].options
	return append(steps,
		step{name: "rewrite unscanned", do: func(raw []byte) error { plain.Rewrite(raw, nil); return nil }},
		step{name: "report", before: spam, do: func(raw []byte) error { plain.ReportOn(raw, verdict); return nil }})
}

// check classifies a message as one that the MTA has from a stranger.
func (s *subject) check(raw []byte) (*classifier.Verdict, error) {
	return s.engine.Check(context.Background(), &classifier.Input{
		Raw: raw, Received: time.Date(2026, 11, 29, 7, 0, 0, 0, time.UTC),
		Client: netip.MustParseAddr("198.51.100.7"), ClientName: "x.example", Helo: "x.example", Host: "mx.rcpt.example",
		Sender: "bob@sender.example", Recipients: []string{"ann@rcpt.example"},
	})
}

func (s *subject) learn(raw []byte) error {
	_, err := s.engine.Learn(context.Background(), "", []classifier.Lesson{{Raw: raw, Class: store.Spam}})
	return err
}

func (s *subject) forget(raw []byte) error {
	_, err := s.engine.Forget(context.Background(), "", [][]byte{raw})
	return err
}

// readMbox reads the messages of a file. Reading is what is measured: each is a message of its own.
func readMbox(raw []byte) error {
	box, err := mailbox.NewReader(bytes.NewReader(raw), "mbox", 0)
	for err == nil {
		_, err = box.Next()
	}
	if err == io.EOF {
		return nil
	}
	return err
}
