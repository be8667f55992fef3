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
	Name   string // the requested name
	Type   uint16 // the requested type
	Server string // the last server queried; empty if none
	Rcode  int    // the server's response code (dns.RcodeServerFailure, …); 0 without a response
	Err    error  // the failure of the query; nil if Rcode is set
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

// Timeout reports whether the time was up before a server answered.
func (e *Error) Timeout() bool {
	var ne net.Error
	return errors.Is(e.Err, context.DeadlineExceeded) || errors.As(e.Err, &ne) && ne.Timeout()
}

// Temporary reports whether a later query may succeed. Only an invalid name fails for good.
func (e *Error) Temporary() bool { return !errors.Is(e.Err, errName) }
