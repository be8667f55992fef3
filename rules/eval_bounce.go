package rules

import (
	"regexp"
	"strings"
)

// bounceEvals are the functions that tell answers to the site's own mail from those to forged mail.
func bounceEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"have_any_bounce_relays": func(sc *Scan,
			_ []string) int {
			return truth(len(sc.set.cfg.Lists.BounceRelays) > 0)
		},
		"check_welcomelist_bounce_relays": checkBounceRelays,
		"check_whitelist_bounce_relays":   checkBounceRelays,
	}
}

// bouncedBy finds the hosts that a Received field names, on its first line or on the next.
var bouncedBy = regexp.MustCompile(`(?m)^>?[ \t]*Received:.*|^[ \t]+by[ \t].*`)

// namedHost is a host in such a line.
var namedHost = regexp.MustCompile(`[\s(](?:by|from)\s+(\S+)`)

// checkBounceRelays reports whether a Received field quoted in the text names one of the site's own relays.
func checkBounceRelays(sc *Scan, _ []string) int {
	relays := compileGlobs(sc.set.cfg.Lists.BounceRelays)
	if relays.empty() {
		return 0
	}
	for _, t := range sc.rawTexts() {
		for _, line := range bouncedBy.FindAllString(t.String(), -1) {
			for _, m := range namedHost.FindAllStringSubmatch(line, -1) {
				if relays.match(strings.ToLower(strings.Trim(m[1], "[]();"))) {
					return 1
				}
			}
		}
	}
	return 0
}
