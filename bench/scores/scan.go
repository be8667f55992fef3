package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"

	"asterism/bench/trec/index"
	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/store"
)

// mail is one labelled message, and what the rules say of it.
type mail struct {
	path  string
	spam  bool
	score float64
	hits  []rules.Hit
}

func readIndex(name string) ([]*mail, error) {
	entries, err := index.Read(name)
	if err != nil {
		return nil, err
	}
	mails := make([]*mail, len(entries))
	for i, e := range entries {
		mails[i] = &mail{path: e.Path, spam: e.Class == store.Spam}
	}
	return mails, nil
}

// scan runs the local rules over all messages, without Bayes.
func scan(mails []*mail, rulesPath string) error {
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), RulesPath: rulesPath})
	set, more := rules.Compile(cfg, network.Functions())
	for _, p := range append(problems, more...) {
		fmt.Fprintln(os.Stderr, p)
	}
	work := make(chan *mail)
	errs := make(chan error, len(mails))
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range work {
				raw, err := os.ReadFile(m.path)
				if err != nil {
					errs <- err
					continue
				}
				sc := set.Begin(message.Parse(raw), &rules.Envelope{})
				sc.RunLocal()
				m.hits = sc.Finish()
				for _, h := range m.hits {
					m.score += h.Score
				}
				for _, slow := range sc.Slow() {
					fmt.Fprintf(os.Stderr, "%s: %s ran out of time\n", m.path, slow)
				}
			}
		})
	}
	for _, m := range mails {
		work <- m
	}
	close(work)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}
