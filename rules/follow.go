package rules

import "asterism/message"

// Follow matches the rules about URIs against the targets of the message's links. It must follow RunLocal, and does
// nothing if a rule ended the scan.
func (sc *Scan) Follow(uris []message.URI) {
	if len(uris) == 0 || !sc.ran || sc.stopped != shortOff {
		return
	}
	seen := len(sc.uriTexts())
	sc.followed = append(sc.followed, uris...)
	sc.addURIs(uris)
	sc.addRedirected(seen)
	sc.watch()
	for i := range sc.set.phases {
		p := &sc.set.phases[i]
		sc.runLines(p.uri, sc.uris.texts[seen:])
		for _, r := range p.evals {
			if r.looksAtURIs() && !r.deferred && sc.wants(r) {
				sc.call(r)
			}
		}
	}
}

// looksAtURIs reports whether the function of a rule looks at what allURIs returns.
func (r *Rule) looksAtURIs() bool {
	switch r.fn {
	case "check_uri_host_listed", "check_uri_host_in_blocklist", "check_uri_host_in_welcomelist", "check_phishing",
		uriDetailFunction:
		return true
	}
	return r.Kind == URIDetail
}

// allURIs returns the URIs of the message and the targets of its links.
func (sc *Scan) allURIs() []message.URI {
	if len(sc.followed) == 0 {
		return sc.msg.URIs()
	}
	return append(sc.msg.URIs()[:len(sc.msg.URIs()):len(sc.msg.URIs())], sc.followed...)
}
