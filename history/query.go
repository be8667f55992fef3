package history

import (
	"time"

	"asterism/store"
)

// Query says which records to find. What is empty leaves all; a record is found that all the rest is true of. Case does
// not matter.
type Query struct {
	// Text is a person's search: each of its words is a queue ID, a Message-ID, an address or the domain of one, a
	// client's address or name, the name of a test, an action, or a word of the subject.
	Text string

	QueueID   string
	MessageID string // with or without angle brackets
	Recipient string // an address, or a domain: example.org
	Sender    string // likewise, of the envelope or of the From field
	Client    string // address or host name
	Subject   string // all of these words are in it
	Test      string // name of a test that matched
	Action    string
	Host      string
	Front     string
	Since     time.Time
	Until     time.Time   // exclusive
	MinScore  *float64    // at least
	MaxScore  *float64    // below
	Spam      *bool       // scanned, and reached the required score or did not
	Taught    store.Class // last taught as this class
	AnyTaught bool        // last taught as either class
	Domains   []string    // a recipient is in one of these domains; nil for any

	Before ID  // only older records: the last ID of the page before
	Limit  int // of records; 0 for 50
}
