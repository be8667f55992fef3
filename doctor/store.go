package doctor

import (
	"os"
	"time"

	"asterism/bayes"
	"asterism/store"
)

// clockSlack is how far ahead a time may be before the clock is suspected.
const clockSlack = time.Hour

// Learned says how much a store has learned. name is the store's.
func Learned(name string, t store.Totals, minHam, minSpam int) Finding {
	about := on("learned")
	if lacks := bayes.Lacks(t, minHam, minSpam); lacks != "" {
		return about.warning("teach it: spam-learn --ham MBOX, spam-learn --spam MBOX", "Bayes off: %s", lacks)
	}
	return about.ok("%d ham, %d spam, %d tokens in %s", t.Ham, t.Spam, t.Tokens, name)
}

// Clock compares the clock with the times in the store and of files: one that lies in the future was written when the
// clock was wrong, or it is wrong now.
func Clock(now time.Time, t store.Totals, files ...string) Finding {
	about, latest := on("clock"), now.Add(clockSlack)
	remedy := "set the clock (timedatectl); if it is right, it was wrong at the time of writing"
	if t.Newest.After(latest) {
		return about.failure(remedy+": spam-learn --expire resets such times",
			"it is %s, and the store has tokens last used at %s",
			stamp(now), stamp(t.Newest))
	}
	if t.LastExpiry.After(latest) {
		return about.failure(remedy, "it is %s, and the store's last expiry was at %s", stamp(now), stamp(t.LastExpiry))
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil && info.ModTime().After(latest) {
			return about.warning(remedy+", and touch it", "it is %s, and %s was changed at %s", stamp(now), name,
				stamp(info.ModTime()))
		}
	}
	return about.ok("%s, and nothing is from the future", stamp(now))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// What share of the mails that max_size leaves out is worth a look, once so many have been seen.
const (
	muchUnscanned = 0.05
	leastMails    = 20
)

// Unscanned returns the finding about the share of mails above max_size.
func Unscanned(tooLarge, scanned uint64, maxSize int64) Finding {
	about, all := on("max_size"), tooLarge+scanned
	if all == 0 {
		return about.ok("no mail since the start; mails of %d bytes or more pass unscanned", maxSize)
	}
	share := float64(tooLarge) / float64(all)
	if all >= leastMails && share > muchUnscanned {
		return about.warning("raise max_size", "%.0f%% of %d mails had %d bytes or more, and passed unscanned", 100*share,
			all, maxSize)
	}
	return about.ok("%.0f%% of %d mails had %d bytes or more, and passed unscanned", 100*share, all, maxSize)
}
