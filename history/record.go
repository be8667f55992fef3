// Package history keeps one record per mail: the decision, its reasons and the hashes of its tokens. An administrator
// can find a mail and teach it without a copy.
//
// Records are written after the replies to the MTA, in batches, into a separate file. Records that cannot be written in
// time are dropped and counted: no mail waits for its record.
package history

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/store"
)

// ErrNotFound is returned for a record that is not in the history.
var ErrNotFound = errors.New("no such message in the history")

// ID names a record, and orders records by time: milliseconds since 1970 in the upper 44 bits, a number within the
// millisecond in the lower 20.
type ID uint64

const idShift = 20

// idText is base 32 in an alphabet that sorts as the numbers do and has no letters that look like digits.
var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID returns the first ID of a time.
func newID(t time.Time) ID {
	if ms := t.UnixMilli(); ms > 0 {
		return ID(ms) << idShift
	}
	return 0
}

// Time returns when the record was made.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id >> idShift)) }

// String returns the ID as people, URLs and command lines have it: 13 letters and digits.
func (id ID) String() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return idText.EncodeToString(b[:])
}

// ParseID reads the form of String, in upper case too.
func ParseID(s string) (ID, error) {
	b, err := idText.DecodeString(strings.ToLower(s))
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("%.40q: %w", s, ErrNotFound)
	}
	return ID(binary.BigEndian.Uint64(b)), nil
}

// MarshalText writes the ID into JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads it from there.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// Record is the record of one mail.
type Record struct {
	ID    ID        `json:"id"`
	Time  time.Time `json:"time"`  // when the mail was done with
	Host  string    `json:"host"`  // whose daemon saw it
	Front string    `json:"front"` // milter, spamc, mda, http

	QueueID    string     `json:"queue_id,omitempty"`
	MessageID  string     `json:"message_id,omitempty"` // without angle brackets
	Client     netip.Addr `json:"client,omitzero"`      // zero if the mail was not received over IP
	ClientName string     `json:"client_name,omitempty"`
	Helo       string     `json:"helo,omitempty"`
	AuthUser   string     `json:"auth_user,omitempty"`
	Sender     string     `json:"sender"`         // of the envelope; empty for the null sender
	From       string     `json:"from,omitempty"` // of the header, decoded; kept as Subject is
	Recipients []string   `json:"recipients"`
	User       string     `json:"user,omitempty"`    // whose preferences and tokens counted; empty for the site's
	Subject    string     `json:"subject,omitempty"` // decoded; empty with history_subject hash and 0
	Size       int64      `json:"size"`

	Scanned     bool              `json:"scanned"`
	Score       float64           `json:"score"`
	Required    float64           `json:"required"`
	Tests       []Test            `json:"tests,omitempty"` // highest absolute score first
	Sum         *classifier.Sum   `json:"sum,omitempty"`   // how the score was put together beside the learner
	BayesReady  bool              `json:"bayes_ready"`
	Bayes       float64           `json:"bayes"`      // probability of spam by the learner, if it was ready
	BayesOdds   float64           `json:"bayes_odds"` // natural log-odds behind it
	Autolearn   string            `json:"autolearn,omitempty"`
	Words       []classifier.Word `json:"words,omitempty"`        // the learner's strongest tokens, at the time
	AuthResults string            `json:"auth_results,omitempty"` // SPF, DKIM, DMARC as in Authentication-Results
	Notes       []string          `json:"notes,omitempty"`        // parts that the scan left out

	Action     string        `json:"action"`           // as in the log: tag, skip, reject, quarantine, …
	Reason     string        `json:"reason,omitempty"` // why the mail was not scanned
	Error      string        `json:"error,omitempty"`  // why it could not be scanned
	Quarantine string        `json:"quarantine,omitempty"`
	Took       time.Duration `json:"took"` // nanoseconds that the mail waited for its verdict

	Teachable bool     `json:"teachable"`        // whether there are tokens to teach it by
	Taught    []Taught `json:"taught,omitempty"` // since then, oldest first
	Lesson    *Lesson  `json:"-"`                // Get returns it, Find does not

	hidden []uint32 // hashes of the subject's words and of the From field's address; see hide
	digest uint64   // mark of the lesson's digest, 0 without one
	hides  bool     // the fields are to be hidden before the record is sent
}

// octets returns about how much memory a record takes.
func (r *Record) octets() int {
	const fixed, each = 500, 40 // of the record, and of each item of a list
	n := fixed + len(r.MessageID) + len(r.ClientName) + len(r.Helo) + len(r.AuthUser) + len(r.Sender) + len(r.From) +
		len(r.User) + len(r.Subject) + len(r.AuthResults) + len(r.Reason) + len(r.Error) + len(r.Quarantine)
	for i := range r.Tests {
		n += each + len(r.Tests[i].Name) + len(r.Tests[i].Detail)
	}
	for i := range r.Words {
		n += each + len(r.Words[i].Text)
	}
	for _, list := range [][]string{r.Recipients, r.Notes} {
		for _, s := range list {
			n += each + len(s)
		}
	}
	return n + 2*each*len(r.Taught)
}

// Test is one test that matched.
type Test struct {
	Name   string  `json:"name"`
	Score  float64 `json:"score"` // points in the sum
	Detail string  `json:"detail,omitempty"`
}

// Taught is one lesson of a mail.
type Taught struct {
	Time  time.Time   `json:"time"`
	Class store.Class `json:"class"` // 0: it was taken back
	By    string      `json:"by"`    // who, or by which way
}

// Lesson is a mail as the learner sees it.
type Lesson struct {
	Digest store.Digest
	Key    uint32 // mark of the key that the tokens were made with; see KeyMark
	Header []store.Token
	Body   []store.Token
}

// Spam reports whether the score had reached the required one.
func (r *Record) Spam() bool { return r.Scanned && r.Score >= r.Required }

// Class returns the class of the mail by its lessons, 0 without a lesson.
func (r *Record) Class() store.Class {
	if n := len(r.Taught); n > 0 {
		return r.Taught[n-1].Class
	}
	return 0
}
