package network

import (
	"fmt"
	"time"

	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/rules/perlre"
)

func (c *Checks) listOptions(res *resolver.Resolver) dnsbl.Options {
	n := &c.cfg.Network
	return dnsbl.Options{
		Resolver:    res,
		Timeout:     n.DNSTimeout,
		Timeouts:    zoneTimeouts(n.ZoneTimeouts),
		Trusted:     n.Trusted.Prefixes(),
		SkipDomains: n.URIBLSkipDomains,
		MaxDomains:  n.URIBLMaxDomains,
		Deny:        n.DNSDeny,
		BlockTime:   n.DNSBlockTime,
		NoTestEntry: n.DNSNoTestEntry,
		HashIgnore:  n.HashBL.Ignore,
		HashACL:     n.HashBL.ACL,
		HashAlias:   n.HashBL.Alias,
		HashWelcome: n.HashBL.Welcome,
		Compile:     compilePerl,
		Extract:     extractPerl,
		Place:       c.set.URIPlaceHits,
		Log:         c.log,
	}
}

// zoneTimeouts reads the times of rbl_timeout lines that name a zone. The second time, SpamAssassin's least one, has no
// meaning here: nobody is waited for longer because others answered.
func zoneTimeouts(lines map[string]string) map[string]time.Duration {
	times := make(map[string]time.Duration)
	for zone, value := range lines {
		var seconds float64
		if _, err := fmt.Sscan(value, &seconds); err == nil && seconds > 0 {
			times[zone] = time.Duration(seconds * float64(time.Second))
		}
	}
	return times
}

// compilePerl compiles the expression of a sub-test as those of rules are.
func compilePerl(pattern string) (func(string) bool, error) {
	re, err := perlre.Compile(pattern, "")
	if err != nil {
		return nil, err
	}
	return func(s string) bool {
		text := perlre.NewText(s)
		found, err := re.Match(&text)
		return found && err == nil
	}, nil
}

// maxExtracted is how many words of one text a hash list is asked about.
const maxExtracted = 100

// extractPerl compiles an expression into a function that returns what its first group matches.
func extractPerl(pattern string) (func(string) []string, error) {
	re, err := perlre.Compile(pattern, "")
	if err != nil {
		return nil, err
	}
	return func(s string) (found []string) {
		text := perlre.NewText(s)
		all, _ := re.FindAll(&text, maxExtracted) // what takes too long finds nothing
		for _, groups := range all {
			if len(groups) > 1 {
				found = append(found, groups[1])
			}
		}
		return found
	}, nil
}

// listNotes tells what lists did not answer. That a list is left alone was logged when that began; it is a detail.
func (c *Checks) listNotes(res *dnsbl.Results) []string {
	var notes []string
	for _, n := range res.Notes {
		c.log.Debug("no answer", "service", n.Zone, "err", n.Err, "questions", n.Count, "took", n.Took)
		if !n.LeftAlone() {
			notes = append(notes, fmt.Sprintf("%s: %v (%d questions, %v)", n.Zone, n.Err, n.Count,
				n.Took.Round(time.Millisecond)))
		}
	}
	c.log.Debug("DNS lists", "questions", res.Queries, "hits", len(res.Hits), "took", res.Took)
	return notes
}
