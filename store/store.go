// Package store says where the learner's knowledge lives: counts and a weight per token, message totals, marks of what
// was already learned, and a bounded reservoir of past messages as lists of tokens. It knows nothing of mail.
//
// Implementations: store/bolt (embedded, the default) and store/redis (several hosts); both pass storetest.Run.
package store

import (
	"errors"
	"time"
)

// Key is the random key that a store's token hashes are seeded with. It is made once, when the store is created, and
// keeps outsiders from crafting tokens that collide.
type Key uint64

// Token is the keyed 64-bit hash of one token's text. The text itself is never stored.
type Token uint64

// Class is what a message was learned as.
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

// Other returns the opposite class.
func (c Class) Other() Class { return Ham + Spam - c }

// Record is what is known of one token. The zero Record means the token is unknown.
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
	Oldest     time.Time // smallest LastSeen; zero if there are no tokens
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

// Change is what one learning does to one token: all three are added to what is stored. Counts never fall below zero.
type Change struct {
	Token     Token
	Ham, Spam int32
	Weight    float32
}

// Sample is one message in the reservoir: its tokens, in the learner's own order. An empty list frees the slot.
type Sample struct {
	Class  Class
	Slot   int // 0 <= Slot < the learner's reservoir size
	Digest Digest
	Header []Token
	Body   []Token
}

// Learning is one indivisible step: after it either all of it is in the store or nothing is.
type Learning struct {
	Time      uint32 // Unix seconds; becomes LastSeen of the changed tokens
	Ham, Spam int32  // added to the message totals
	Changes   []Change
	Marks     []Mark
	Samples   []Sample
	Meta      map[string][]byte // the learner's own parameters, replaced by name; nil values delete
}

// Commit is a learning on its way to disk. The learning is visible to Lookup as soon as Apply has returned it; it has
// survived a crash only once Wait has returned nil.
type Commit interface {
	Wait() error
}

// ErrClosed is returned by every method of a closed Store.
var ErrClosed = errors.New("store: closed")

// Store is safe for concurrent use. Lookups never wait for writes to disk.
type Store interface {
	// Key returns the key of this store's tokens.
	Key() Key
	// Lookup fills dst[i] with the record of tokens[i]; unknown tokens give the zero Record. len(dst) >= len(tokens).
	Lookup(tokens []Token, dst []Record) error
	// Touch notes that a scan at time now (Unix seconds) used the tokens. It is a hint for expiry, written in batches.
	Touch(tokens []Token, now uint32)
	// Totals returns the current totals; it is cheap enough to be asked for at every scan.
	Totals() (Totals, error)
	// Seen returns what the message was learned as, or 0 if it was not.
	Seen(d Digest) (Class, error)
	// Sample returns the message in a reservoir slot, with ok false if the slot is free. The slices must not be changed.
	Sample(c Class, slot int) (s Sample, ok bool, err error)
	// Meta returns a parameter written by a Learning, nil if there is none.
	Meta(name string) ([]byte, error)
	// Apply performs learnings in order. Many callers' learnings share one commit on disk.
	Apply(learnings ...Learning) (Commit, error)
	// Each calls f for every token until f returns false; the order is undefined. Scans go on meanwhile.
	Each(f func(Token, Record) bool) error
	// EachMark calls f for every seen mark until f returns false.
	EachMark(f func(Mark) bool) error
	// Expire removes tokens until at most keep are left: first those without weight, then the longest unused; and marks
	// beyond maxMarks, oldest first. It returns how many tokens it removed. Scans go on meanwhile.
	Expire(keep, maxMarks int) (removed int, err error)
	// Clear removes everything but the key.
	Clear() error
	Close() error
}
