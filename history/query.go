package history

import (
	"time"

	"asterism/store"
)

// Query selects records. A record must match all fields that are not empty. Case does not matter.
type Query struct {
	// Text is a person's search: each of its words is a queue ID, a Message-ID, an address or the domain of one, a
	// client's address or name, the name of a test, an action, or a word of the subject.
	Text string `json:"text,omitempty"`

	QueueID   string      `json:"queue_id,omitempty"`
	MessageID string      `json:"message_id,omitempty"` // with or without angle brackets
	Recipient string      `json:"recipient,omitempty"`  // an address, or a domain: example.org
	Sender    string      `json:"sender,omitempty"`     // likewise, of the envelope or of the From field
	Client    string      `json:"client,omitempty"`     // address or host name
	Subject   string      `json:"subject,omitempty"`    // all of these words are in it
	Test      string      `json:"test,omitempty"`       // name of a test that matched
	Action    string      `json:"action,omitempty"`
	Host      string      `json:"host,omitempty"`
	Front     string      `json:"front,omitempty"`
	Since     time.Time   `json:"since,omitzero"`
	Until     time.Time   `json:"until,omitzero"`       // exclusive
	MinScore  *float64    `json:"min_score,omitempty"`  // at least
	MaxScore  *float64    `json:"max_score,omitempty"`  // below
	Spam      *bool       `json:"spam,omitempty"`       // scanned, and reached the required score or did not
	Taught    store.Class `json:"taught,omitzero"`      // last taught as this class
	AnyTaught bool        `json:"any_taught,omitempty"` // last taught as either class
	// a recipient is in one of these domains, and no others are looked for; nil for any
	Domains []string `json:"domains"`

	Before ID  `json:"before,omitzero"`  // only older records: the last ID of the page before
	Limit  int `json:"limit,omitempty"`  // of records; 0 for 50
	Octets int `json:"octets,omitempty"` // of what the records hold, after which no more are taken; 0 sets no bound

	digest uint64 // mark of it
}
