package main

import (
	"log/slog"
	"log/syslog"

	"asterism/config"
	"asterism/policy"
	"asterism/quarantine"
)

// policySet returns what a configuration says becomes of mails by their score.
func policySet(cfg *config.Config) *policy.Set {
	set := &policy.Set{Site: policy.Policy(cfg.Policy)}
	for _, s := range cfg.Scopes {
		set.Exceptions = append(set.Exceptions, policy.Exception{
			Kind:     s.Kind,
			Patterns: s.Patterns,
			Clients:  s.Clients.Contains,
			Apply: func(p *policy.Policy) {
				own := config.Policy(*p)
				s.Apply(&own)
				*p = policy.Policy(own)
			},
		})
	}
	return set
}

// makeQuarantine makes the directory that mails are quarantined in, if a policy says that any are.
func makeQuarantine(cfg *config.Config) error {
	if !cfg.QuarantinesHere() {
		return nil
	}
	return quarantine.At(cfg.Quarantine.Dir).Create()
}

// graphLog returns where lines for graphdefang go: with --syslog under the name that its readers look for, else into
// the log.
func graphLog(opt *options, log *slog.Logger) func(line string) {
	if opt.syslog {
		if w, err := syslog.New(syslog.LOG_MAIL|syslog.LOG_INFO, "mimedefang.pl"); err == nil {
			return func(line string) { w.Info(line) }
		}
	}
	return func(line string) { log.Info(line) }
}
