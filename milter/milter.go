// Package milter is the filter's front for MTAs that speak the milter protocol: sendmail, Postfix and OpenSMTPD's
// proxies. It assembles each mail from the MTA's callbacks, scans it, and sends the MTA the header fields to remove and
// to add.
//
// The protocol's options, responses and limits are go-milter's. Connections are served here: the library's server
// shares nothing between the messages of one connection, has no time limits, trusts its peer's packets, and reads and
// writes each in several system calls.
package milter

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/history"
	"asterism/policy"
	"asterism/quarantine"
	"asterism/tag"
)

// Checker gives one message a verdict. It is called concurrently and should return soon after ctx ends.
type Checker interface {
	Check(ctx context.Context, in *classifier.Input) (*classifier.Verdict, error)
}

// OnError is the action on a mail after a failed scan.
type OnError uint8

// What to do with a mail that could not be checked (options on_error and on_overload).
const (
	Accept   OnError = iota // let it through without a verdict, forged verdicts removed
	Tempfail                // have the sender try again later
)

// Settings are the options that may change while the server runs; they take effect with the next mail.
type Settings struct {
	MaxSize           int                   // mails of this many bytes or more are not checked
	OnError           OnError               // action on a mail after a failed scan
	OnOverload        OnError               // action on a mail when too many are waiting
	SkipAuthenticated bool                  // do not check mails of authenticated clients
	SkipTrusted       bool                  // do not check mails of clients in trusted networks
	Trusted           func(netip.Addr) bool // whether an address is in trusted_networks; nil trusts none
	CheckTimeout      time.Duration         // longest time for one check, waiting for its turn included; 0 means no limit
	Tags              tag.Options           // which fields a verdict is written into
	Policy            *policy.Set           // further actions by score; nil delivers all
	// where policies put mails; nil for none, then they stay in the MTA's quarantine
	Quarantine *quarantine.Dir
	GraphLog   bool // call Options.Graph
	LogSubject bool // log each mail's subject
}

// Options are the options that do not change while the server runs. Zero values stand for the defaults.
type Options struct {
	Checker  Checker
	Settings Settings
	Log      *slog.Logger
	// takes a line for graphdefang per spam and recipient, if Settings.GraphLog; may be nil
	Graph func(line string)
	// called with the action on each mail: tag, skip (with the reason), accept, tempfail; may be nil
	Done func(action, reason string)

	// Record is called with each finished mail; v is nil for one without a verdict. It must not wait. May be nil.
	Record func(in *classifier.Input, v *classifier.Verdict, o *history.Outcome)

	MaxConns   int              // connections served at once; see Serve. Default 1,000
	Bytes      *connpool.Budget // of all mails in progress; OnOverload decides about a mail beyond. Default 32 MB
	Scans      *connpool.Scans  // memory of the checks that run at once; more mails wait for it. Default no bound
	MaxChecks  int              // checks run at once; more mails wait for their turn. Default 100
	MaxWaiting int              // mails that wait for their turn at once; OnOverload decides about more. Default 500
	Progress   time.Duration    // pause between progress replies during a check. Default 3 s; sendmail's R: is 10 s
	Idle       time.Duration    // how long the MTA may be silent between two packets. Default 7,210 s, as in libmilter
	Packet     time.Duration    // how long one packet may take once begun, and a reply to be taken. Default 60 s
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Done == nil {
		o.Done = func(_, _ string) {}
	}
	if o.Graph == nil {
		o.Graph = func(string) {}
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 1000
	}
	if o.Bytes == nil {
		o.Bytes = connpool.NewBudget(32 << 20)
	}
	if o.MaxChecks <= 0 {
		o.MaxChecks = 100
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = 500
	}
	if o.Progress <= 0 {
		o.Progress = 3 * time.Second
	}
	if o.Idle <= 0 {
		o.Idle = 7210 * time.Second
	}
	if o.Packet <= 0 {
		o.Packet = 60 * time.Second
	}
	return o
}
