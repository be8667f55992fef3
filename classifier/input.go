package classifier

import (
	"net/netip"
	"time"

	"asterism/envelope"
	"asterism/store"
)

// Input is one message with the MTA's data about it. Everything but Raw may be left empty.
type Input struct {
	Raw []byte // the message with its header, as received; lines end in LF or CRLF
	// bytes of its header with the empty line, if the MTA reports its end; 0 if only Raw shows it
	HeaderLen  int
	Client     netip.Addr // address of the SMTP client
	ClientName string     // its verified host name
	Helo       string     // its HELO or EHLO name
	Sender     string     // envelope sender, without angle brackets
	Recipients []string   // envelope recipients, without angle brackets
	AuthUser   string     // SASL user, if the client authenticated
	UTF8       bool       // the client sent it as internationalized mail (RFC 6531)
	QueueID    string     // the MTA's name for the message, for the log
	Host       string     // the MTA's own host name (macro j)
	Received   time.Time  // when the MTA took the message; now if zero
	User       string     // whose preferences and tokens to use; empty for the site's own
	Look       bool       // nothing is learned from the verdict
}

// UserOf returns whose mail it is that has these envelope recipients, for Input.User: the only one's, or nobody's.
// However the address is written, it is the same user.
func UserOf(recipients []string) string {
	if len(recipients) != 1 {
		return ""
	}
	return envelope.Mailbox(recipients[0])
}

// Learned is the outcome of learning or forgetting one message.
type Learned uint8

// What can become of a learning.
const (
	LearnedNew   Learned = iota + 1 // was unknown, is learned now
	LearnedKnown                    // was already learned as this class; nothing changed
	LearnedOther                    // was learned as the other class, which was taken back first
	Forgotten                       // was learned and is taken back now
	NotLearned                      // was to be forgotten but had not been learned
	LearnedLater                    // the store is away: it is done when the store is back
)

// Lesson is one message to learn.
type Lesson struct {
	Raw   []byte
	Class store.Class
}

// Copied reports whether Check works on a copy of Raw: it does if the client is known, as the message then gets its
// Received field. The owner of Raw may reuse its memory after Check returns.
func (in *Input) Copied() bool { return in.Client.IsValid() }

func (in *Input) now() time.Time {
	if in.Received.IsZero() {
		return time.Now()
	}
	return in.Received
}
