package rules

import (
	"asterism/message"
	"asterism/phish"
)

// phishEvals are the functions that look links up in feeds of phishing.
func phishEvals() map[string]evalFunc {
	return map[string]evalFunc{"check_phishing": checkPhishing}
}

// checkPhishing is check_phishing(): a link is in a feed.
func checkPhishing(sc *Scan, _ []string) int {
	feeds := sc.set.shared.phish
	if feeds == nil {
		return 0
	}
	for _, u := range sc.allURIs() {
		if u.Source != message.SourceLink && u.Source != message.SourceText && u.Source != message.SourceNested {
			continue
		}
		if feed := feeds.Find(u.URL); feed != "" {
			sc.named = feed + " (" + u.Host + ")"
			return 1
		}
	}
	return 0
}

// openFeeds reads the feeds of phishing if a rule looks at them, and warns of what cannot be read.
func (b *builder) openFeeds() {
	for _, r := range b.set.rules {
		if r.fn != "check_phishing" || r.inert {
			continue
		}
		if !b.set.cfg.HasPhish() {
			b.warnAt(r.line, "%s %s: no feed: set phishing_openphish_feed or phishing_phishtank_feed", r.Kind, r.Name)
			return
		}
		feeds, err := phish.Open(b.set.cfg.Phish)
		if err != nil {
			b.warnAt(r.line, "%s %s: %v", r.Kind, r.Name, err)
		}
		b.set.shared.phish = feeds
		return
	}
}
