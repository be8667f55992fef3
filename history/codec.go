package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net/netip"
	"time"

	"asterism/classifier"
	"asterism/store"
)

// A record on disk, in order: codecVersion, flags, fields; four bytes of CRC-32C end it. Numbers are varints, scores in
// thousandths of a point; words that many records share are numbers of a table (names), or, where there is none, texts.
const codecVersion = 1

// Flags of a record.
const (
	flagScanned = 1 << iota
	flagReady
	flagSum
	flagTeachable
	flagFields // the subject and the From field are kept as texts
	flagWords  // words of the learner's are kept
)

// errRecord is returned for bytes that are no record.
var errRecord = errors.New("not a record, or a damaged one")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode appends a record's bytes to b. Without names the bytes stand for themselves.
func (r *Record) encode(b []byte, names *names) []byte {
	start := len(b)
	w := writer{b: append(b, codecVersion), names: names}
	flags := uint64(0)
	for i, set := range [...]bool{r.Scanned, r.BayesReady, r.Sum != nil, r.Teachable, r.Subject != "" || r.From != "",
		len(r.Words) > 0} {
		if set {
			flags |= 1 << i
		}
	}
	w.number(flags)
	w.signed(r.Time.UnixMilli() - r.ID.Time().UnixMilli())
	for _, s := range [...]string{r.Host, r.Front, r.Action, r.Reason, r.Autolearn} {
		w.name(s)
	}
	w.bytes(r.Client.AsSlice())
	for _, s := range [...]string{r.QueueID, r.MessageID, r.ClientName, r.Helo, r.AuthUser, r.Sender, r.User, r.Error,
		r.Quarantine,
		r.AuthResults} {
		w.text(s)
	}
	if flags&flagFields != 0 {
		w.text(r.Subject)
		w.text(r.From)
	}
	w.texts(r.Recipients)
	w.texts(r.Notes)
	w.number(uint64(len(r.hidden)))
	for _, h := range r.hidden {
		w.b = binary.LittleEndian.AppendUint32(w.b, h)
	}
	w.number(uint64(max(r.Size, 0)))
	w.number(uint64(max(r.Took, 0) / time.Microsecond))
	if r.Scanned {
		w.scan(r)
	}
	if flags&flagWords != 0 {
		w.number(uint64(len(r.Words)))
		for _, word := range r.Words {
			w.text(word.Text)
			w.points(word.Pull)
		}
	}
	if r.Teachable {
		w.b = binary.LittleEndian.AppendUint64(w.b, r.digest)
	}
	return seal(w.b, start)
}

// seal appends the checksum of what b holds from a place on.
func seal(b []byte, start int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// unseal checks the checksum at the end of b, and returns the rest.
func unseal(b []byte) ([]byte, error) {
	n := len(b) - 4
	if n < 1 || crc32.Checksum(b[:n], castagnoli) != binary.LittleEndian.Uint32(b[n:]) {
		return nil, errRecord
	}
	return b[:n], nil
}

// scan writes the verdict.
func (w *writer) scan(r *Record) {
	w.points(r.Score)
	w.points(r.Required)
	if r.BayesReady {
		w.points(r.BayesOdds)
	}
	if s := r.Sum; s != nil {
		for _, f := range [...]float64{s.Learner, s.Trust, s.Share, s.Tests, s.Fixed} {
			w.points(f)
		}
	}
	w.number(uint64(len(r.Tests)))
	for _, t := range r.Tests {
		w.name(t.Name)
		w.points(t.Score)
		w.text(t.Detail)
	}
}

// decode reads what encode wrote for the record of an ID. Every length is held against the bytes there are.
func decode(id ID, b []byte, names *names) (*Record, error) {
	b, err := unseal(b)
	if err != nil {
		return nil, err
	}
	if b[0] != codecVersion {
		return nil, fmt.Errorf("%w: of version %d", errRecord, b[0])
	}
	d := reader{b: b[1:], names: names}
	r := &Record{ID: id}
	flags := d.number()
	r.Scanned, r.BayesReady, r.Teachable = flags&flagScanned != 0, flags&flagReady != 0, flags&flagTeachable != 0
	r.Time = time.UnixMilli(id.Time().UnixMilli() + d.signed())
	for _, s := range [...]*string{&r.Host, &r.Front, &r.Action, &r.Reason, &r.Autolearn} {
		*s = d.name()
	}
	r.Client, _ = netip.AddrFromSlice(d.bytes())
	for _, s := range [...]*string{&r.QueueID, &r.MessageID, &r.ClientName, &r.Helo, &r.AuthUser, &r.Sender, &r.User,
		&r.Error, &r.Quarantine,
		&r.AuthResults} {
		*s = d.text()
	}
	if flags&flagFields != 0 {
		r.Subject, r.From = d.text(), d.text()
	}
	r.Recipients = d.texts()
	r.Notes = d.texts()
	for n := d.length(4); n > 0; n-- {
		r.hidden = append(r.hidden, binary.LittleEndian.Uint32(d.take(4)))
	}
	r.Size = int64(d.number() & math.MaxInt64)
	r.Took = time.Duration(min(d.number(), math.MaxInt64/uint64(time.Microsecond))) * time.Microsecond
	if r.Scanned {
		d.scan(r, flags)
	}
	if flags&flagWords != 0 {
		for n := d.length(2); n > 0; n-- {
			r.Words = append(r.Words, classifier.Word{Text: d.text(), Pull: d.points()})
		}
	}
	if r.Teachable {
		r.digest = binary.LittleEndian.Uint64(d.take(8))
	}
	if d.bad || len(d.b) > 0 {
		return nil, errRecord
	}
	return r, nil
}

// scan reads the verdict.
func (d *reader) scan(r *Record, flags uint64) {
	r.Score, r.Required = d.points(), d.points()
	if r.BayesReady {
		r.BayesOdds = d.points()
		r.Bayes = 1 / (1 + math.Exp(-r.BayesOdds))
	}
	if flags&flagSum != 0 {
		r.Sum = &classifier.Sum{}
		for _, f := range [...]*float64{&r.Sum.Learner, &r.Sum.Trust, &r.Sum.Share, &r.Sum.Tests, &r.Sum.Fixed} {
			*f = d.points()
		}
	}
	n := d.length(3)
	r.Tests = make([]Test, 0, n)
	for ; n > 0; n-- {
		r.Tests = append(r.Tests, Test{Name: d.name(), Score: d.points(), Detail: d.text()})
	}
}

// encode returns a lesson's bytes: digest, mark of the key, number of header tokens, tokens.
func (l *Lesson) encode() []byte {
	w := writer{b: make([]byte, 0, len(l.Digest)+16+8*(len(l.Header)+len(l.Body)))}
	w.b = append(w.b, l.Digest[:]...)
	w.b = binary.LittleEndian.AppendUint32(w.b, l.Key)
	w.number(uint64(len(l.Header)))
	for _, list := range [...][]store.Token{l.Header, l.Body} {
		for _, t := range list {
			w.b = binary.LittleEndian.AppendUint64(w.b, uint64(t))
		}
	}
	return seal(w.b, 0)
}

func decodeLesson(b []byte) (*Lesson, error) {
	b, err := unseal(b)
	if err != nil {
		return nil, err
	}
	d, l := reader{b: b}, &Lesson{}
	copy(l.Digest[:], d.take(len(l.Digest)))
	l.Key = binary.LittleEndian.Uint32(d.take(4))
	header := d.length(8)
	if d.bad || len(d.b)%8 != 0 {
		return nil, errRecord
	}
	all := make([]store.Token, len(d.b)/8)
	for i := range all {
		all[i] = store.Token(binary.LittleEndian.Uint64(d.b[8*i:]))
	}
	l.Header, l.Body = all[:header:header], all[header:]
	return l, nil
}
