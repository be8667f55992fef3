package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/config"
	"asterism/engine"
	"asterism/history"
	"asterism/store"
)

// openWithHistory opens an engine that keeps records.
func openWithHistory(t *testing.T, cfg *config.Config) *engine.Engine {
	t.Helper()
	e, err := engine.Open(cfg, engine.Options{History: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// record scans a mail, and returns its record.
func record(t *testing.T, e *engine.Engine, in *classifier.Input) *history.Record {
	t.Helper()
	v, err := e.Check(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	e.Record(in, v, &history.Outcome{Front: "milter", Action: "tag", Took: v.Took})
	return newest(t, e)
}

func newest(t *testing.T, e *engine.Engine) *history.Record {
	t.Helper()
	found, _, err := e.History().Find(context.Background(), &history.Query{Limit: 1})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

// TestTeachByRecord: a mail is taught by its record as it would be by itself, and the score that the record foretells
// is the one that the mail gets.
func TestTeachByRecord(t *testing.T) {
	ctx := context.Background()
	e := openWithHistory(t, load(t, "history 1\nbayes_auto_learn 0\n"+ownTests))
	teachBoth(t, e, 0, 60)
	in := &classifier.Input{Raw: mail(store.Spam, 1000), Client: netip.MustParseAddr("192.0.2.7"),
		Sender:     "joe@example.com",
		Recipients: []string{"sue@example.org"}, QueueID: "4bQ1"}
	r := record(t, e, in)
	scan := func() *classifier.Verdict {
		t.Helper()
		v, err := e.Check(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := scan(); math.Abs(v.Score-r.Score) > 1e-9 || !r.Teachable || r.Subject == "" ||
		r.MessageID != "1000.spam@example.com" {
		t.Fatalf("score %v, record %+v", v.Score, r)
	}
	was := scan().Score
	taught, err := e.TeachRecord(ctx, r.ID, store.Ham, "sue")
	if err != nil || taught.Result != classifier.LearnedNew {
		t.Fatalf("%+v, %v", taught, err)
	}
	now := scan().Score
	if math.Abs(taught.Before.Score-was) > 0.01 || math.Abs(taught.After.Score-now) > 0.01 || now > was-0.5 {
		t.Errorf("before %v, foretold %v; after %v, foretold %v", was, taught.Before.Score, now, taught.After.Score)
	}
	if c := newest(t, e); c.Class() != store.Ham || c.Taught[0].By != "sue" {
		t.Errorf("taught: %+v", c.Taught)
	}
	if known, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: in.Raw, Class: store.Ham}}); err != nil ||
		known[0] != classifier.LearnedKnown {
		t.Errorf("the mail itself, learned after its record: %v, %v", known, err)
	}
	if taught, err = e.UndoRecord(ctx, r.ID, "sue"); err != nil || taught.Result != classifier.Forgotten {
		t.Fatalf("%+v, %v", taught, err)
	}
	if again := scan().Score; math.Abs(again-was) > 0.5 {
		t.Errorf("undone, the score is %v, and was %v", again, was)
	}
	if taught, err = e.TeachRecord(ctx, r.ID, store.Spam, "sue"); err != nil || taught.After.Score <= was {
		t.Errorf("taught as spam: %+v, %v", taught, err)
	}
	if _, err := e.Forget(ctx, "", [][]byte{in.Raw}); err != nil {
		t.Fatal(err)
	}
	if c := newest(t, e); c.Class() != 0 || c.Taught[len(c.Taught)-1].By != "mail" {
		t.Errorf("taken back by the mail itself: %+v", c.Taught)
	}
}

// TestMarkedByRecord: of a mail that a filter has marked, the record teaches what it was before.
func TestMarkedByRecord(t *testing.T) {
	ctx := context.Background()
	e := openWithHistory(t, load(t, "history 1\nbayes_auto_learn 0\n"))
	raw := mail(store.Spam, 7)
	marked := []byte("X-Spam-Flag: YES\r\nX-Spam-Prev-Subject: number 7 viagra\r\n" +
		strings.Replace(string(raw), "Subject: number", "Subject: [SPAM] number", 1))
	r := record(t, e, &classifier.Input{Raw: marked})
	if _, err := e.TeachRecord(ctx, r.ID, store.Spam, ""); err != nil {
		t.Fatal(err)
	}
	if known, err := e.Learn(ctx, "", []classifier.Lesson{{Raw: marked, Class: store.Spam}}); err != nil ||
		known[0] != classifier.LearnedKnown {
		t.Errorf("the mail itself: %v, %v", known, err)
	}
}

// TestHistoryEnvelope: a front that is told no envelope has it from the mail's header.
func TestHistoryEnvelope(t *testing.T) {
	e := openWithHistory(t, load(t, "history 1\n"))
	raw := []byte("Return-Path: <joe@bad.example>\r\nReceived: from mail.bad.example (mail.bad.example [192.0.2.4])\r\n" +
		"\tby mx.our.example (Postfix) with ESMTP id 4bQxyz for <sue@our.example>; Fri, 20 Nov 2026 21:00:38 -0700\r\n" +
		"From: Joe <joe@bad.example>\r\nTo: all@our.example\r\nSubject: hello\r\n\r\ntext\r\n")
	r := record(t, e, &classifier.Input{Raw: raw})
	if got := fmt.Sprintf("%s %s %s %s", r.QueueID, r.Client, r.Sender,
		r.Recipients); got != "4bQxyz 192.0.2.4 joe@bad.example [sue@our.example]" {
		t.Error(got)
	}
}

// TestHistoryReload: options of the history count from a reload on, and records stay.
func TestHistoryReload(t *testing.T) {
	cfg := load(t, "history 0\n")
	reload := func(e *engine.Engine, lines string) {
		t.Helper()
		next := load(t, lines+"bayes_path "+cfg.Bayes.Path+"\n")
		if err := e.Reload(next); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	e, err := engine.Open(cfg, engine.Options{History: true, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if e.History() != nil {
		t.Error("there is a history with history 0")
	}
	if _, err := e.TeachRecord(context.Background(), 1, store.Ham, ""); !errors.Is(err, engine.ErrNoHistory) {
		t.Error(err)
	}
	reload(e, "history 1\n")
	if r := record(t, e, &classifier.Input{Raw: mail(store.Ham, 1)}); !r.Teachable || r.Subject == "" {
		t.Errorf("%+v", r)
	}
	reload(e, "history 1\nhistory_teach 0\nhistory_subject 0\n")
	r := record(t, e, &classifier.Input{Raw: mail(store.Ham, 2)})
	if r.Teachable || r.Subject != "" || r.From != "" {
		t.Errorf("%+v", r)
	}
	if _, err := e.TeachRecord(context.Background(), r.ID, store.Ham, ""); !errors.Is(err, engine.ErrNotTeachable) {
		t.Error(err)
	}
	reload(e, "history 0\n")
	if e.History() != nil {
		t.Error("the history goes on")
	}
	if !strings.Contains(said.String(), "the file still has records") {
		t.Errorf("logged: %s", &said)
	}
	reload(e, "history 1\n")
	if found, _, err := e.History().Find(context.Background(), &history.Query{}); err != nil || len(found) != 2 {
		t.Errorf("%d records, %v", len(found), err)
	}
}
