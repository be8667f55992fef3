package bayes

import (
	"encoding/binary"
	"errors"
	"fmt"

	"asterism/store"
	"asterism/tokenizer"
)

// drainBatch is how many lessons are taken from the journal at a time.
const drainBatch = 50

// method is a way to teach, as the journal knows it.
type method byte

const (
	methodLearn method = iota + 1
	methodTrain
	methodForget
	methodLearnUnseen
)

// taught learns the lessons. While the store is away they go to the journal. They also go there while others are
// waiting, so that lessons are learned in order.
func (l *Learner) taught(how method, lessons []Lesson) (results []Result, err error) {
	journal := l.opt.Journal
	if journal == nil {
		return l.apply(how, lessons)
	}
	for i := range lessons {
		if err := lessons[i].check(how); err != nil {
			return nil, err
		}
	}
	if _, err = l.Drain(); err == nil {
		results, err = l.apply(how, lessons)
	}
	if !errors.Is(err, store.ErrAway) {
		return results, err
	}
	var entries [][]byte
	if how == methodTrain {
		how = methodLearn // no Finish will follow
	}
	for i := len(results); i < len(lessons); i++ {
		entries = append(entries, lessons[i].encode(how))
		results = append(results, Queued)
	}
	if len(entries) == 0 {
		return results, nil
	}
	if failed := journal.Add(entries...); failed != nil {
		return results[:len(results)-len(entries)], errors.Join(err, failed)
	}
	return results, nil
}

// Drain learns the lessons that wait in the journal, in order, and returns their number. A lesson that was learned
// already although its answer was lost is not learned again.
func (l *Learner) Drain() (int, error) {
	if l.opt.Journal == nil {
		return 0, nil
	}
	l.draining.Lock()
	defer l.draining.Unlock()
	if n, err := l.opt.Journal.Len(); err != nil || n == 0 {
		return 0, err
	}
	for drained := 0; ; {
		entries, last, err := l.opt.Journal.First(drainBatch)
		if err != nil || len(entries) == 0 {
			return drained, err
		}
		for i, e := range entries {
			how, lesson, err := decodeLesson(e)
			if err == nil {
				_, err = l.apply(how, []Lesson{lesson})
			}
			if err != nil {
				if i > 0 {
					err = errors.Join(err, l.opt.Journal.Drop(last-uint64(len(entries)-i)))
				}
				return drained, fmt.Errorf("journal %s: %w", l.opt.Journal.File(), err)
			}
			drained++
		}
		if err := l.opt.Journal.Drop(last); err != nil {
			return drained, err
		}
	}
}

// encode writes a lesson for the journal: method, class, digest, number of header tokens, tokens.
func (d *Lesson) encode(how method) []byte {
	b := append([]byte{byte(how), byte(d.Class)}, d.Digest[:]...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(d.Tokens.Header)))
	for _, list := range [][]store.Token{d.Tokens.Header, d.Tokens.Body} {
		for _, tok := range list {
			b = binary.LittleEndian.AppendUint64(b, uint64(tok))
		}
	}
	return b
}

func decodeLesson(b []byte) (how method, d Lesson, err error) {
	const head = 2 + len(d.Digest) + 4
	if len(b) < head || (len(b)-head)%8 != 0 {
		return 0, d, errors.New("a damaged entry")
	}
	how, d.Class = method(b[0]), store.Class(b[1])
	copy(d.Digest[:], b[2:])
	header := uint64(binary.LittleEndian.Uint32(b[head-4:]))
	tokens := make([]store.Token, (len(b)-head)/8)
	if header > uint64(len(tokens)) {
		return 0, d, errors.New("a damaged entry")
	}
	for i := range tokens {
		tokens[i] = store.Token(binary.LittleEndian.Uint64(b[head+8*i:]))
	}
	d.Tokens = &tokenizer.Tokens{Header: tokens[:header:header], Body: tokens[header:]}
	return how, d, d.check(how)
}

// check refuses what could never be taught.
func (d *Lesson) check(how method) error {
	switch {
	case how != methodForget && d.Class != store.Ham && d.Class != store.Spam:
		return errClass
	case how < methodLearn || how > methodLearnUnseen:
		return errors.New("a damaged entry")
	}
	return nil
}
