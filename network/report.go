package network

import (
	"context"
	"errors"
	"fmt"
	"time"

	"asterism/config"
	"asterism/contain"
	"asterism/message"
	"asterism/remote/pyzor"
)

// Reporter reports spam and ham to the services that accept reports.
type Reporter struct{ all []reporting }

// reporting is one service that takes reports.
type reporting struct {
	name           string
	timeout        time.Duration
	report, revoke func(ctx context.Context, raw []byte) error // nil if the service takes none
}

// NewReporter returns a Reporter for the services that the configuration switches on. A service that cannot be used is
// a problem.
func NewReporter(cfg *config.Config) (*Reporter, []config.Problem) {
	r := &Reporter{}
	if cfg.Network.LocalOnly {
		return r, []config.Problem{{Severity: config.Warning, Text: "local_tests_only: nothing is reported"}}
	}
	var problems []config.Problem
	rc := &cfg.Remote
	programs := newRunner(rc)
	for _, kind := range serviceKinds {
		on, timeout := kind.use(rc)
		if !on {
			continue
		}
		c, err := kind.open(rc, nil, programs, nil)
		switch {
		case c.report == nil:
		case err != nil:
			problems = append(problems, config.Problem{Severity: config.Warning, Text: kind.name + ": " + err.Error()})
		default:
			r.all = append(r.all, reporting{kind.name, timeout, c.report, c.revoke})
		}
	}
	return r, problems
}

// tellPyzor reports to Pyzor's servers, or runs its client. A message without a digest is like any other without one:
// it is not reported.
func tellPyzor(client *pyzor.Client, revoke bool) func(context.Context, []byte) error {
	return func(ctx context.Context, raw []byte) error {
		if client.HasProgram() {
			return client.ReportProgram(ctx, raw, revoke)
		}
		digest := pyzor.Digest(message.Parse(raw))
		switch {
		case digest == "":
			return nil
		case revoke:
			return client.Revoke(ctx, digest)
		default:
			return client.Report(ctx, digest)
		}
	}
}

// Services returns how many services take reports.
func (r *Reporter) Services() int { return len(r.all) }

// Report reports a message as spam to all services. The error names the services that failed.
func (r *Reporter) Report(ctx context.Context, raw []byte) error {
	return r.tell(ctx, raw, func(s *reporting) func(context.Context, []byte) error { return s.report })
}

// Revoke reports a message as ham to all services that accept revocations.
func (r *Reporter) Revoke(ctx context.Context, raw []byte) error {
	return r.tell(ctx, raw, func(s *reporting) func(context.Context, []byte) error { return s.revoke })
}

func (r *Reporter) tell(ctx context.Context, raw []byte, how func(*reporting) func(context.Context,
	[]byte) error) error {
	errs := make([]error, len(r.all))
	var wg contain.Group
	for i := range r.all {
		s := &r.all[i]
		tell := how(s)
		if tell == nil {
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, s.timeout)
			defer cancel()
			if err := tell(ctx, raw); err != nil {
				errs[i] = fmt.Errorf("%s: %w", s.name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
