package backup

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"asterism/store"
)

// maxLine is the longest line that is read, in bytes: a sample of some hundred thousand tokens.
const maxLine = 4 << 20

// Read passes the content of a backup to the sink; for store.Store's Replace. An error names the line, and means that
// the sink has only a part.
func Read(r io.Reader, sink store.Sink) error {
	p := &parser{sink: sink}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	for lines.Scan() {
		p.number++
		if err := p.parse(lines.Text()); err != nil {
			return fmt.Errorf("line %d: %w", p.number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", p.number+1, err)
	}
	if !p.ended {
		return fmt.Errorf("line %d: the backup ends without its last record: it was cut short", p.number+1)
	}
	return nil
}

type parser struct {
	sink              store.Sink
	number            int // of the line
	records           int
	head              store.Head
	tokens            int
	hasKey, hasTotals bool
	ended             bool
}

func (p *parser) parse(line string) error {
	if p.number == 1 {
		if line != magic {
			if version, ok := strings.CutPrefix(line, "asterism-backup "); ok {
				return fmt.Errorf("a backup of version %q; this program reads version 1", version)
			}
			return errors.New("not a backup made by spam-learn")
		}
		return nil
	}
	if p.ended {
		return errors.New("something follows the end")
	}
	kind, rest, _ := strings.Cut(line, " ")
	f := &fields{rest: rest}
	var give func() error
	switch kind {
	case "key":
		give = p.key(f)
	case "total":
		give = p.total(f)
	case "meta":
		name, value := f.base64(), f.base64()
		give = func() error { return p.sink.Meta(string(name), value) }
	case "token":
		tok := f.token()
		r := store.Record{Ham: f.uint32(), Spam: f.uint32(), LastSeen: f.uint32(), Weight: f.float32()}
		p.tokens++
		give = func() error { return p.sink.Token(tok, r) }
	case "mark":
		m := store.Mark{Digest: f.digest(), Class: f.class(), Time: f.uint32()}
		give = func() error { return p.sink.Mark(m) }
	case "sample":
		s := store.Sample{Class: f.class(), Slot: int(f.uint32()), Digest: f.digest(), Header: f.tokens(), Body: f.tokens()}
		give = func() error { return p.sink.Sample(s) }
	case "end":
		give = p.end(f)
		p.records--
	default:
		return fmt.Errorf("unknown record %.20q", kind)
	}
	p.records++
	if err := f.finish(); err != nil {
		return fmt.Errorf("%s record: %w", kind, err)
	}
	return give()
}

func (p *parser) key(f *fields) func() error {
	p.head.Key = store.Key(f.token())
	return func() error {
		if p.hasKey {
			return errors.New("a second key")
		}
		p.hasKey = true
		return nil
	}
}

func (p *parser) total(f *fields) func() error {
	ham, spam, expired := f.uint32(), f.uint32(), f.uint64()
	return func() error {
		if p.hasTotals {
			return errors.New("a second total")
		}
		p.hasTotals = true
		p.head.Ham, p.head.Spam = ham, spam
		if expired != 0 {
			p.head.LastExpiry = time.Unix(int64(expired), 0)
		}
		return nil
	}
}

func (p *parser) end(f *fields) func() error {
	want := f.uint64()
	return func() error {
		switch {
		case want != uint64(p.records):
			return fmt.Errorf("the backup is incomplete: it should have %d records and has %d", want, p.records)
		case !p.hasKey || !p.hasTotals:
			return errors.New("the backup has no key or no totals")
		case p.head.Ham == 0 && p.head.Spam == 0 && p.tokens > 0:
			return fmt.Errorf("the backup has %d tokens of no messages: its store's totals were not read; make a "+
				"new one",
				p.tokens)
		}
		p.ended = true
		return p.sink.Head(p.head)
	}
}

// fields reads the fields of a line up to the first bad one.
type fields struct {
	rest string
	err  error
}

func (f *fields) next() string {
	field, rest, _ := strings.Cut(f.rest, " ")
	f.rest = rest
	return field
}

func (f *fields) note(field string, err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("bad field %.40q", field)
	}
}

func (f *fields) finish() error {
	if f.err == nil && f.rest != "" {
		return errors.New("too many fields")
	}
	return f.err
}

func (f *fields) uint64() uint64 {
	s := f.next()
	v, err := strconv.ParseUint(s, 10, 63)
	f.note(s, err)
	return v
}

func (f *fields) uint32() uint32 {
	s := f.next()
	v, err := strconv.ParseUint(s, 10, 32)
	f.note(s, err)
	return uint32(v)
}

func (f *fields) float32() float32 {
	s := f.next()
	v, err := strconv.ParseFloat(s, 32)
	f.note(s, err)
	return float32(v)
}

func (f *fields) token() store.Token {
	s := f.next()
	tok, err := parseToken(s)
	f.note(s, err)
	return tok
}

func parseToken(s string) (store.Token, error) {
	if len(s) != 16 {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseUint(s, 16, 64)
	return store.Token(v), err
}

func (f *fields) tokens() []store.Token {
	s := f.next()
	if s == "-" {
		return nil
	}
	list := make([]store.Token, 0, (len(s)+1)/17)
	for one := range strings.SplitSeq(s, ",") {
		tok, err := parseToken(one)
		f.note(s, err)
		list = append(list, tok)
	}
	return list
}

func (f *fields) digest() (d store.Digest) {
	s := f.next()
	if len(s) != 2*len(d) {
		f.note(s, strconv.ErrSyntax)
		return d
	}
	_, err := hex.Decode(d[:], []byte(s))
	f.note(s, err)
	return d
}

func (f *fields) class() store.Class {
	s := f.next()
	for _, c := range []store.Class{store.Ham, store.Spam} {
		if s == c.String() {
			return c
		}
	}
	f.note(s, strconv.ErrSyntax)
	return 0
}

func (f *fields) base64() []byte {
	s := f.next()
	v, err := base64.StdEncoding.DecodeString(s)
	f.note(s, err)
	return v
}
