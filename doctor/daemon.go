package doctor

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"asterism/config"
	"asterism/dnsbl"
	"asterism/metrics"
)

// Configuration returns the findings about the configuration from the named files.
func Configuration(names []string, problems []config.Problem) Finding {
	about := on("configuration")
	from := strings.Join(names, ", ")
	if from == "" {
		from = "built-in configuration, no file"
	}
	for _, p := range problems {
		if p.Severity == config.Error {
			return about.failure("correct it; spamd --lint lists all", "%s", p)
		}
	}
	if n := len(problems); n > 0 {
		return about.warning("spamd --lint lists all", "%s: %d warnings, first: %s", from, n, problems[0])
	}
	return about.ok("%s", from)
}

// NoDaemon is the finding where no daemon answers.
func NoDaemon(err error) Finding {
	return on("daemon").failure("start it (systemctl start asterism); if it runs, give its -c, --bayes-path or --control",
		"%v", err)
}

// Daemon judges the running daemon. names are the files that this command has read its configuration from.
func Daemon(s *metrics.Status, names []string) []Finding {
	about := on("daemon")
	serves := "no milter socket"
	if len(s.Setup.Milter) > 0 {
		serves = strings.Join(s.Setup.Milter, ", ")
	}
	findings := []Finding{about.ok("spamd %s, process %d, serves %s since %s", s.Version, s.PID, serves, stamp(s.Started))}
	if s.Unready != "" {
		findings = append(findings, about.failure("see its log", "it is not fully ready: %s", s.Unready))
	}
	if !slices.Equal(s.Setup.Config, names) {
		findings = append(findings, about.warning("use the same -c for both", "it reads %q, and this command reads %q",
			s.Setup.Config, names))
	}
	for _, name := range s.Setup.Config {
		if info, err := os.Stat(name); err == nil && !info.IsDir() && info.ModTime().After(s.Setup.Loaded) &&
			info.ModTime().Before(time.Now()) {
			findings = append(findings, about.warning("systemctl reload asterism, or send it SIGHUP",
				"%s was changed after the daemon has read it", name))
		}
	}
	return findings
}

// NotLearning is the finding where there is no learner.
func NotLearning() Finding {
	return on("learned").ok("the learner is switched off (use_bayes, use_learner)")
}

// NoStore is the finding about a store that cannot be had.
func NoStore(name string, err error) Finding {
	return on("learned").warning("teach it: spam-learn --ham MBOX, spam-learn --spam MBOX", "Bayes off: store %s: %v",
		name, err)
}

// OtherStore is the finding where the daemon and this command have different stores.
func OtherStore(daemons, own string) Finding {
	return on("store").warning("restart the daemon, or remove --bayes-path from its options",
		"the daemon works on %s, but the configuration says %s", daemons, own)
}

// NoLists is the finding for a configuration without DNS lists.
func NoLists(why string) Finding { return on("DNS lists").ok("not queried: %s", why) }

// Lists judges the DNS lists.
func Lists(all []dnsbl.Health) []Finding {
	about := on("DNS lists")
	var findings []Finding
	var silent []string
	for _, l := range all {
		switch {
		case l.Err == nil:
		case isSilence(l.Err):
			silent = append(silent, l.Zone)
		default:
			remedy := "score its rules 0"
			var unfit *dnsbl.Unfit
			if errors.As(l.Err, &unfit) {
				remedy = unfit.Remedy
			}
			findings = append(findings, about.warning(remedy, "%s: %v", l.Zone, l.Err))
		}
	}
	if len(silent) > 0 {
		level := about.warning
		if len(silent) == len(all) {
			level = about.failure
		}
		findings = append(findings,
			level("check that /etc/resolv.conf or dns_server has a resolver that answers, or set local_tests_only 1",
				"%d of %d do not answer: %s", len(silent), len(all), strings.Join(silent, ", ")))
	}
	if n := len(all) - len(silent) - countRefused(all); n > 0 || len(all) == 0 {
		findings = append([]Finding{about.ok("%d of %d answer", n, len(all))}, findings...)
	}
	return findings
}

func countRefused(all []dnsbl.Health) (n int) {
	for _, l := range all {
		if l.Err != nil && !isSilence(l.Err) {
			n++
		}
	}
	return n
}

// isSilence reports whether a list did not answer, rather than answered badly.
func isSilence(err error) bool { return dnsbl.Silent(err) }
