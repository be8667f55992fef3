// Package store is the interface of the learner's store: counts and a weight per token, message totals, marks of
// learned messages, and a bounded reservoir of past messages as lists of tokens. It has no notion of mail.
//
// Implementations: store/bolt (embedded, the default) and store/redis (several hosts); both pass storetest.Run.
package store

import (
	"errors"
	"fmt"
	"time"
)

// Key is the random key that a store's token hashes are seeded with. It is made once, when the store is created, and
// keeps outsiders from crafting tokens that collide.
type Key uint64

// Token is the keyed 64-bit hash of one token's text. The text itself is never stored. The zero Token is no token:
// stores ignore it.
type Token uint64

// Class is the class of a learned message.
type Class uint8

// The two classes. The zero value is no class, so that a forgotten field is noticed.
const (
	Ham  Class = 1
	Spam Class = 2
)

// String returns "ham" or "spam".
func (c Class) String() string {
	switch c {
	case Ham:
		return "ham"
	case Spam:
		return "spam"
	}
	return "none"
}

// MarshalText writes the class into JSON.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads it from there.
func (c *Class) UnmarshalText(b []byte) error {
	for _, known := range [...]Class{Ham, Spam, 0} {
		if string(b) == known.String() {
			*c = known
			return nil
		}
	}
	return fmt.Errorf("%.20q is neither ham nor spam", b)
}

// Other returns the opposite class.
func (c Class) Other() Class { return Ham + Spam - c }

// MaxCount is the largest count of a record; counts stop there.
const MaxCount = 1<<31 - 1

// Record is the record of one token. The zero Record means the token is unknown; a known token has a count above zero.
type Record struct {
	Ham, Spam uint32  // messages of each class that contained the token
	LastSeen  uint32  // Unix time, in seconds, of the last learning or scan that used it
	Weight    float32 // the learner's weight, positive for spam
}

// Totals describes a store as a whole.
type Totals struct {
	Ham, Spam  uint32    // messages learned and not forgotten
	Tokens     int       // token records held
	Seen       int       // seen marks held
	Oldest     time.Time // smallest LastSeen, or earlier: exact after Expire; zero if there are no tokens
	Newest     time.Time // largest LastSeen
	LastExpiry time.Time // when Expire last removed tokens; zero if never
}

// Digest identifies a message.
type Digest [20]byte

// Mark says that the message Digest was learned as Class at Time (Unix seconds). Class 0 removes the mark.
type Mark struct {
	Digest Digest
	Class  Class
	Time   uint32
}

// Change is the effect of one lesson on one token: all three values are added to its record. Counts never fall below
// zero; a token with two zero counts is removed with its weight. So a weight alone creates no token, and the weight of
// an expired token is dropped.
type Change struct {
	Token     Token
	Ham, Spam int32
	Weight    float32
}

// Sample is one message in the reservoir: its tokens, in the learner's own order. Empty lists free the slot; a store
// that several hosts share does so only if the slot still has the message Digest, or Digest is zero.
type Sample struct {
	Class  Class
	Slot   int // 0 <= Slot < the learner's reservoir size
	Digest Digest
	Header []Token
	Body   []Token
}

// Learning is one indivisible step: after it either all of it is in the store or nothing is.
type Learning struct {
	Time      uint32 // Unix seconds; LastSeen of the tokens whose counts change is raised to it
	Ham, Spam int32  // added to the message totals
	Changes   []Change
	Marks     []Mark
	Samples   []Sample
	Given     bool              // the Samples' lists are never changed, so that a store may keep them without a copy
	Meta      map[string][]byte // the learner's own parameters, replaced by name; nil values delete

	// If has the marks that the lesson depends on: unless each of these messages is still marked as its Class (0: not
	// at all), nothing happens and Apply returns ErrConflict. All are of the first message in Marks.
	If []Mark
}

// Commit is a learning on its way to disk. The learning is visible to Lookup as soon as Apply has returned it; it has
// survived a crash only once Wait has returned nil.
type Commit interface {
	Wait() error
}

// Errors that every implementation returns, wrapped with the store's name.
var (
	// ErrClosed is returned by every method of a closed Store.
	ErrClosed = errors.New("store is closed")
	// ErrLocked is returned by Open if another process has the store open.
	ErrLocked = errors.New("store is in use by another process")
	// ErrLoading is returned by Lookup and Totals while a store opened in the background is not in memory yet.
	ErrLoading = errors.New("store is being loaded")
	// ErrConflict is returned by Apply for a lesson with an outdated condition.
	ErrConflict = errors.New("another host learned the message at the same time")
	// ErrBusy is returned by Expire, Clear and Replace while another host does one of these.
	ErrBusy = errors.New("another host is rewriting the store")
	// ErrAway is returned while a store on other hosts cannot be reached. A lesson in progress may or may not be
	// applied: call Seen when the store is back.
	ErrAway = errors.New("store is away")
)

// ClockSlack is by how much a time of use may be ahead of the clock. A later one is of a clock that was wrong: an
// expiry sets it to the present time, as it would keep the token for ever.
const ClockSlack = 24 * time.Hour

// Store is safe for concurrent use. Lookups never wait for writes to disk.
type Store interface {
	// Key returns the key of this store's tokens.
	Key() Key
	// Lookup fills dst[i] with the record of tokens[i]; unknown tokens give the zero Record. len(dst) >= len(tokens).
	Lookup(tokens []Token, dst []Record) error
	// Touch records that a scan at time now (Unix seconds) used the tokens. It is a hint for expiry: exact to some
	// minutes, written in batches, and lost for up to an hour in a crash.
	Touch(tokens []Token, now uint32)
	// Totals returns the current totals; it is cheap enough for every scan.
	Totals() (Totals, error)
	// Seen returns the class that the message was learned as, or 0.
	Seen(d Digest) (Class, error)
	// Sample returns the message in a reservoir slot, with ok false if the slot is free. The slices must not be changed.
	Sample(c Class, slot int) (s Sample, ok bool, err error)
	// Meta returns a parameter written by a Learning, nil if there is none.
	Meta(name string) ([]byte, error)
	// Apply performs lessons in order. After ErrAway the lesson in progress may be completed later. Many callers'
	// lessons share one commit on disk. Without lessons the Commit covers all earlier ones.
	Apply(learnings ...Learning) (Commit, error)
	// Each calls f for every token until f returns false; the order is undefined. Scans go on meanwhile.
	Each(f func(Token, Record) bool) error
	// EachMark calls f for every seen mark until f returns false.
	EachMark(f func(Mark) bool) error
	// EachSample calls f for every taken slot of the reservoir until f returns false. Its slices must not be changed.
	EachSample(f func(Sample) bool) error
	// EachMeta calls f for every parameter until f returns false.
	EachMeta(f func(name string, value []byte) bool) error
	// Expire removes tokens until at most keep are left: first those without weight, then the longest unused; and marks
	// beyond maxMarks, oldest first. A negative number is no limit. It returns how many tokens it removed. Scans go on
	// meanwhile.
	Expire(keep, maxMarks int) (removed int, err error)
	// Clear removes everything but the key.
	Clear() error
	// Replace replaces the whole content, key included, by the content that fill gives to the sink. If fill returns an
	// error, nothing is changed. Nothing else may use the store meanwhile.
	Replace(fill func(Sink) error) error
	// Close writes pending changes.
	Close() error
}

// Batcher is implemented by stores to which one learning costs nearly as much as hundreds.
type Batcher interface {
	// Begin returns a batch for learnings of these messages, nil if the store takes learnings one by one as well.
	Begin(digests []Digest) (Batch, error)
}

// Batch is a store as it is after learnings that are not in it yet. It has one user, and needs no end.
type Batch interface {
	// Read prepares for Lookup of all these tokens: those it was not prepared for take Lookup longer.
	Read(tokens [][]Token) error
	// Lookup, Totals and Seen are as in Store.
	Lookup(tokens []Token, dst []Record) error
	Totals() (Totals, error)
	Seen(d Digest) (Class, error)
	// Apply makes learnings visible here and nowhere else. Its Commit is nil. Given or not, samples must stay as they are.
	Apply(learnings ...Learning) (Commit, error)
	// Full reports whether the batch should be committed before more is learned.
	Full() bool
	// Commit performs all lessons or, with ErrConflict, none; Store.Apply describes other errors. The result equals
	// learning one by one, to the bit unless another host changed the same tokens meanwhile: then both changes are
	// added.
	Commit() error
}

// Sink receives the content of a store piece by piece, in any order; no token, mark, slot or name comes twice.
type Sink interface {
	Head(Head) error
	Token(Token, Record) error
	Mark(Mark) error
	Sample(Sample) error
	Meta(name string, value []byte) error
}

// Head has the data of a store as a whole for a Sink.
type Head struct {
	Key        Key
	Ham, Spam  uint32    // as in Totals
	LastExpiry time.Time // as in Totals
}
