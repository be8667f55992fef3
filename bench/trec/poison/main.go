// Command poison measures what an attacker gets from auto-learning: how the scores of 20 hams and 20 spams move when
// 200 messages that were crafted against them come in and may be learned from the verdicts on them.
//
//	go run ./bench/trec/poison -index FILE [-taught N] [-shuffle SEED]
//
// The filter is taught the first messages of the index. Against each ham ten spams are sent that the tests are sure
// of, with the ham's words behind theirs; against each spam ten messages that the tests have nothing against, made of
// the spam's words.
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"asterism/bench/trec/filter"
	"asterism/bench/trec/index"
	"asterism/message"
	"asterism/store"
)

const (
	targets   = 20 // of each class
	perTarget = 10 // messages crafted against each
	carriers  = 40 // spams that the tests are surest of
)

func main() {
	for i, arg := range os.Args[1:] {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			os.Args[i+1] = "-" + arg
		}
	}
	file := pflag.String("index", "", "index `FILE`")
	taught := pflag.Int("taught", 1000, "messages taught before")
	seed := pflag.Uint64("shuffle", 1, "shuffle the index by this `SEED`; 0 leaves it in order")
	pflag.Parse()
	if err := run(*file, *taught, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "poison:", err)
		os.Exit(1)
	}
}

func run(file string, taught int, seed uint64) error {
	entries, err := index.Read(file)
	if err != nil {
		return err
	}
	if seed != 0 {
		index.Shuffle(entries, seed)
	}
	taught = min(taught, len(entries))
	rest := entries[taught:]
	for _, class := range []store.Class{store.Ham, store.Spam} {
		if err := attack(entries[:taught], rest, class); err != nil {
			return err
		}
	}
	return nil
}

// attack prints what crafted messages do to messages of a class.
func attack(taught, rest []index.Entry, class store.Class) error {
	f, err := filter.Open(nil, "")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Train(taught, 0); err != nil {
		return err
	}
	victims, err := choose(f, rest, class)
	if err != nil {
		return err
	}
	var shells []string
	if class == store.Ham {
		if shells, err = surest(f, rest); err != nil {
			return err
		}
	}
	before, err := scores(f, victims)
	if err != nil {
		return err
	}
	if err := f.Autolearn(); err != nil {
		return err
	}
	learned, rnd := 0, rand.New(rand.NewPCG(1, 1))
	for n := range perTarget {
		for i, raw := range victims {
			words := wordsOf(raw)
			rnd.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
			var crafted string
			if class == store.Ham {
				crafted = shells[rnd.IntN(len(shells))] + "\n" + fold(words)
			} else {
				crafted = fmt.Sprintf("Received: from mail.people.example (mail.people.example [192.0.2.%d]) "+
					"by mx.here.example; Sat, 21 Nov 2026 12:00:%02d +0000\n"+
					"From: Ann Example <ann%d@people.example>\nTo: me@here.example\nSubject: %s\nMessage-ID: "+
					"<%d.%d.a@people.example>\n"+
					"Date: Sat, 21 Nov 2026 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain\n\n%s", 1+i, n, i, words[0], n,
					i, fold(words))
			}
			v, err := f.Check([]byte(crafted))
			if err != nil {
				return err
			}
			if v.Autolearn == class.Other().String() {
				learned++
			}
		}
	}
	after, err := scores(f, victims)
	if err != nil {
		return err
	}
	wrong := func(scores []float64) (n int) {
		for _, s := range scores {
			if (s >= 5) != (class == store.Spam) {
				n++
			}
		}
		return n
	}
	fmt.Printf("%d %ss: %d of %d crafted messages were learned, mean score %.2f to %.2f, wrong %d to %d\n",
		len(victims), class, learned, perTarget*len(victims), mean(before), mean(after), wrong(before), wrong(after))
	return nil
}

// choose returns the first messages of a class that the filter gets right and that have words.
func choose(f *filter.Filter, entries []index.Entry, class store.Class) (raws [][]byte, err error) {
	for _, e := range entries {
		if e.Class != class || len(raws) == targets {
			continue
		}
		raw, err := os.ReadFile(e.Path)
		if err != nil {
			return nil, err
		}
		v, err := f.Check(raw)
		if err != nil {
			return nil, err
		}
		if v.Spam() == (class == store.Spam) && len(wordsOf(raw)) >= 20 {
			raws = append(raws, raw)
		}
	}
	return raws, nil
}

// surest returns the spams of which the tests alone are surest, as an attacker may find them out.
func surest(f *filter.Filter, entries []index.Entry) ([]string, error) {
	type shell struct {
		raw   string
		score float64
	}
	var all []shell
	for _, e := range entries {
		if e.Class != store.Spam {
			continue
		}
		raw, err := os.ReadFile(e.Path)
		if err != nil {
			return nil, err
		}
		v, err := f.Check(raw)
		if err != nil {
			return nil, err
		}
		all = append(all, shell{string(raw), filter.Tests(v)})
	}
	slices.SortStableFunc(all, func(a, b shell) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	var raws []string
	for _, s := range all[:min(carriers, len(all))] {
		raws = append(raws, s.raw)
	}
	return raws, nil
}

// wordsOf returns the words of a message's text parts.
func wordsOf(raw []byte) (words []string) {
	for _, p := range message.Parse(raw).Leaves() {
		if !p.IsText() {
			continue
		}
		text := p.Text()
		if h := p.HTML(); h != nil {
			text = h.Text
		}
		words = append(words, strings.Fields(text)...)
	}
	return words
}

// fold puts words into lines.
func fold(words []string) string {
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		b.WriteByte(" \n"[min(i%10/9, 1)])
	}
	return b.String() + "\n"
}

func scores(f *filter.Filter, raws [][]byte) (list []float64, err error) {
	for _, raw := range raws {
		v, err := f.Check(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, v.Score)
	}
	return list, nil
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(max(len(list), 1))
}
