package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/miekg/dns"
)

// Error says why a question has no answer.
type Error struct {
	Name   string // the name asked for
	Type   uint16 // the type asked for
	Server string // the server asked last; empty if none was
	Rcode  int    // what the server said (dns.RcodeServerFailure, …); 0 if it said nothing
	Err    error  // why the server could not be asked; nil if Rcode is set
}

// errBusy: MaxQueries questions were being asked all the time.
var errBusy = errors.New("too many questions at once")

func (e *Error) Error() string {
	s := fmt.Sprintf("DNS %s %s", e.Name, dns.TypeToString[e.Type])
	if e.Server != "" {
		s += " at " + e.Server
	}
	if e.Rcode != 0 {
		return s + ": " + dns.RcodeToString[e.Rcode]
	}
	if e.Timeout() {
		return s + ": no answer"
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout says whether the time was up before a server answered.
func (e *Error) Timeout() bool {
	var ne net.Error
	return errors.Is(e.Err, context.DeadlineExceeded) || errors.As(e.Err, &ne) && ne.Timeout()
}

// Temporary says whether asking again later may help. Only a name that cannot be asked for at all will stay so.
func (e *Error) Temporary() bool { return !errors.Is(e.Err, errName) }
