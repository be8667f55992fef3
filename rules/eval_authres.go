package rules

import (
	"slices"
	"strings"

	"asterism/mailauth/authres"
	"asterism/message"
)

func authresEvals() map[string]evalFunc {
	return map[string]evalFunc{"check_authres_result": checkAuthres}
}

// checkAuthres: the result of a method (RFC 8601) in the Authentication-Results fields that are believed is as given:
// pass if one of them passed, else the first. "missing" is none at all. Where authres_trusted_authserv names nobody,
// fields that relays of the site have added count, whoever their author is.
func checkAuthres(sc *Scan, args []string) int {
	if len(args) != 2 {
		return 0
	}
	method, want, found := strings.ToLower(args[0]), strings.ToLower(args[1]), "missing"
	values, own := sc.AuthResults()
	named := sc.set.cfg.Auth.TrustedAuthserv
	if len(named) == 0 {
		values = values[:own]
	}
	for _, value := range values {
		author, results, ok := authres.Parse(value)
		if !ok || isAuthserv(author, sc.set.cfg.Auth.IgnoredAuthserv) || len(named) > 0 && !isAuthserv(author, named) {
			continue
		}
		for _, r := range results {
			if r.Method == method && (found == "missing" || r.Value == "pass") {
				found = r.Value
			}
		}
	}
	return truth(found == want)
}

// isAuthserv reports whether an authserv-id, in lower case, is one of a list.
func isAuthserv(id string, list []string) bool {
	return slices.ContainsFunc(list, func(name string) bool { return message.ASCIIDomain(name) == id })
}

// AuthResults returns the values of the Authentication-Results fields that may be believed if their author is trusted,
// newest first: those above the Received field of the first relay that is not internal, or not trusted, or all
// (authres_networks). A Received field that cannot be read ends them as well. Another milter of our own MTA adds its
// field before the MTA adds the Received field of this hop, and a sender can add one in the same place: the first own
// values are surely not the sender's.
func (sc *Scan) AuthResults() (values []string, own int) {
	header, chain := sc.msg.Header(), sc.relays()
	fields := header.Fields()
	border := len(fields)
	sure := border
	networks := sc.set.cfg.Auth.AuthresNetworks
	outside := chain.External
	if networks == "trusted" {
		outside = chain.Untrusted
	}
	if networks != "all" {
		if len(outside) > 0 {
			border = outside[0].Field
		}
		sure = border
		if border == 0 && sc.env.Client.IsValid() { // this hop's own
			if border = header.Find("Received", 1); border < 0 {
				border = len(fields)
			}
		}
		for _, r := range sc.msg.Relays() {
			if r.Handover == message.HandoverUnknown {
				border = min(border, r.Field)
			}
		}
	}
	const name = "Authentication-Results"
	for i := header.Find(name, 0); i >= 0 && i < border; i = header.Find(name, i+1) {
		values = append(values, fields[i].Value())
		if i < sure {
			own = len(values)
		}
	}
	return values, own
}
