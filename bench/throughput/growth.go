package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/store"
	"asterism/store/bolt"
)

// growth measures what more tokens and longer messages cost.
func (b *bench) growth() error {
	fmt.Printf("%-12s %9s %11s %10s %10s %9s %9s %9s %10s\n", "tokens", "file MB", "verdict ms", "Bayes ms", "mails/s",
		"p50 ms", "p99 ms",
		"CPU ms", "memory MB")
	for _, n := range b.tokens {
		if err := b.growTokens(n); err != nil {
			return err
		}
	}
	fmt.Printf("\n%-12s %9s %9s %9s %9s\n", "message KB", "p50 µs", "µs/KB", "allocs", "bytes")
	if err := b.growMessages(); err != nil {
		return err
	}
	fmt.Println()
	return nil
}

// growTokens measures a daemon on one processor with n tokens.
func (b *bench) growTokens(n int) error {
	path, limit, err := b.storeOf(n)
	if err != nil {
		return err
	}
	defer os.Remove(bolt.File(path))
	port, err := freePort()
	if err != nil {
		return err
	}
	restore, err := aside()
	if err != nil {
		return err
	}
	defer restore()
	begin := time.Now()
	d, err := b.start(path, "-c", limit, "--http", fmt.Sprintf("inet:%d@127.0.0.1", port))
	if err != nil {
		return err
	}
	defer d.stop()
	for !isReady(port) {
		time.Sleep(time.Millisecond)
	}
	ready := time.Since(begin)
	// first expressions and pages have to be made
	if _, err := b.load(b.connections, 0, viaMilter(d.milter, asPostfix)); err != nil {
		return err
	}
	pids := []int{d.cmd.Process.Pid}
	before := cpuTime(pids)
	full, err := b.load(b.connections, 0, viaMilter(d.milter, asPostfix))
	if err != nil {
		return err
	}
	info, err := os.Stat(bolt.File(path))
	if err != nil {
		return err
	}
	fmt.Printf("%-12d %9.1f %11.0f %10.0f %10.0f %9.2f %9.2f %9.3f %10.1f\n", n, float64(info.Size())/1e6,
		d.took.Seconds()*1000,
		ready.Seconds()*1000, full.rate, full.p50, full.p99, 1000*(cpuTime(pids)-before)/float64(full.mails),
		residentMB(pids[0]))
	return nil
}

// isReady asks a spamd whether its verdicts use Bayes.
func isReady(port int) bool {
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", port))
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// storeOf makes a store of n tokens: those of the taught one, and others that no mail has. It returns its bayes_path,
// and a file with a limit that keeps them all.
func (b *bench) storeOf(n int) (path, limit string, err error) {
	path = filepath.Join(b.dir, fmt.Sprintf("bayes-%d", n))
	limit = path + ".cf"
	if err := os.WriteFile(limit, fmt.Appendf(nil, "bayes_expiry_max_db_size %d\n", 2*n), 0o600); err != nil {
		return "", "", err
	}
	from, err := bolt.Open(b.store, bolt.Options{MustExist: true})
	if err != nil {
		return "", "", err
	}
	defer from.Close()
	to, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return "", "", err
	}
	if err := to.Replace(func(sink store.Sink) error { return fill(sink, from, n) }); err != nil {
		to.Close()
		return "", "", err
	}
	return path, limit, to.Close()
}

// fill gives a sink all of a store, and tokens until they are n.
func fill(sink store.Sink, from store.Store, n int) error {
	tot, err := from.Totals()
	if err != nil {
		return err
	}
	err = sink.Head(store.Head{Key: from.Key(), Ham: tot.Ham, Spam: tot.Spam, LastExpiry: tot.LastExpiry})
	keep := func(failed error) bool {
		if err == nil {
			err = failed
		}
		return err == nil
	}
	for _, each := range []func() error{
		func() error {
			return from.Each(func(t store.Token, r store.Record) bool { return keep(sink.Token(t, r)) })
		},
		func() error { return from.EachMark(func(m store.Mark) bool { return keep(sink.Mark(m)) }) },
		func() error { return from.EachSample(func(s store.Sample) bool { return keep(sink.Sample(s)) }) },
		func() error {
			return from.EachMeta(func(name string, v []byte) bool { return keep(sink.Meta(name, v)) })
		},
	} {
		keep(each())
	}
	chance := rand.New(rand.NewPCG(1, 2))
	now := uint32(time.Now().Unix())
	for range n - tot.Tokens {
		r := store.Record{Ham: 1, LastSeen: now - chance.Uint32N(30*24*3600), Weight: chance.Float32() - 0.5}
		if chance.IntN(2) == 0 {
			r.Ham, r.Spam = 0, 1
		}
		if !keep(sink.Token(store.Token(chance.Uint64()|1), r)) {
			break
		}
	}
	return err
}

// growMessages measures the whole check, in this process, of messages from 1 KB to 100 KB: headers of real mails and
// text of many.
func (b *bench) growMessages() error {
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	cfg.Parse("bench", []byte("local_tests_only 1\nbayes_auto_learn 0\nbayes_path "+b.store+"\n"))
	e, err := engine.Open(cfg, engine.Options{Log: slog.New(slog.DiscardHandler), MustExist: true})
	if err != nil {
		return err
	}
	defer e.Close()
	for _, kb := range []int{1, 2, 5, 10, 20, 50, 100} {
		mails := b.ofSize(kb * 1000)
		var took []time.Duration
		var allocs, size uint64
		for round := range 1 + b.runs { // the first is to warm up
			n, bytes, err := measure(len(mails), func(i int) error {
				begin := time.Now()
				_, err := e.Check(context.Background(), &classifier.Input{Raw: mails[i]})
				if took = append(took, time.Since(begin)); round == 0 {
					took = took[:0]
				}
				return err
			})
			if err != nil {
				return err
			}
			allocs, size = n, bytes
		}
		slices.Sort(took)
		fmt.Printf("%-12d %9.0f %9.1f %9d %9d\n", kb, micros(took, 0.5), micros(took, 0.5)/float64(kb), allocs, size)
	}
	return nil
}

// ofSize makes some messages of so many bytes: the headers of real mails, without those that tell of MIME, and the
// text of as many as it takes.
func (b *bench) ofSize(size int) [][]byte {
	const messages = 40
	var text []byte // of plain mails
	for _, raw := range b.mails {
		head, body, _ := bytes.Cut(raw, []byte("\n\n"))
		if !bytes.Contains(bytes.ToLower(head), []byte("\nmime-version:")) {
			text = append(text, body...)
		}
		if len(text) > messages*size {
			break
		}
	}
	var mails [][]byte
	for i := 0; len(mails) < messages; i++ {
		head, _, _ := bytes.Cut(b.mails[i*len(b.mails)/(4*messages)%len(b.mails)], []byte("\n\n"))
		var m []byte
		for _, f := range fields(string(head)) {
			if !bytes.HasPrefix(bytes.ToLower([]byte(f[0])), []byte("content-")) && len(m) < size/2 {
				m = append(m, f[0]+": "+f[1]+"\n"...)
			}
		}
		m = append(m, '\n')
		at := len(mails) * size % max(1, len(text)-size)
		mails = append(mails, append(m, text[at:min(len(text), at+size-len(m))]...))
	}
	return mails
}
