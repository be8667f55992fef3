package bayes_test

import (
	"fmt"
	"testing"

	"asterism/bayes"
	"asterism/store"
)

// TestTrust: trust grows steadily with what has been learned, and is little in mail of another kind however much that
// is.
func TestTrust(t *testing.T) {
	b := newBench(t, bayes.Options{MinHam: 5, MinSpam: 5})
	last := 0.0
	for i := range 260 {
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
		trust := b.score(t, spam(1000)).Trust
		if i < 4 && trust != 0 || trust < last || trust > last+0.15 {
			t.Fatalf("message %d of each class moves trust from %v to %v", i+1, last, trust)
		}
		last = trust
	}
	if last != 1 {
		t.Errorf("after 260 messages of each class trust is %v", last)
	}
	foreign := "Received: from mta7.elsewhere.test ([198.51.100.77]) by mx3.beyond.test; Wed, 4 Mar 2020 03:02:01 " +
		"-0700\n" +
		"X-Campaign: 77-zz\nList-Unsubscribe: <https://elsewhere.test/u>\nFrom: \"Nachrichten\" <brief@elsewhere.test>\n" +
		"Subject: Ihre Bestellung\nContent-Type: text/html; charset=iso-8859-15\nX-Mailer: Versand 9\n\n<p>Guten Tag</p>\n"
	if e := b.score(t, foreign); e.Trust > 0.5 {
		t.Errorf("a mail of another kind is trusted to %v: %d of %d tokens are known", e.Trust, e.Known, e.Tokens)
	}
}

// TestTrustBeforeTheMinimum: a minimum that the administrator raised still holds.
func TestTrustBeforeTheMinimum(t *testing.T) {
	b := newBench(t, bayes.Options{MinHam: 30, MinSpam: 5})
	for i := range 40 {
		if e := b.score(t, spam(1000)); (e.Trust > 0) != (i >= 30) || e.Ready != (i >= 30) {
			t.Errorf("with %d of 30 ham trust is %v, ready %v", i, e.Trust, e.Ready)
		}
		b.learn(t, ham(i), store.Ham)
		b.learn(t, spam(i), store.Spam)
	}
}

// TestBeside: of a user's and a site's evidence each counts as far as it can be trusted, the user's first.
func TestBeside(t *testing.T) {
	for _, c := range []struct{ ownTrust, ownOdds, siteTrust, siteOdds, trust, odds float64 }{
		{1, 3, 1, -5, 1, 3}, {0, 3, 1, -5, 1, -5}, {0.5, 3, 1, -5, 1, -1}, {0.5, 4, 0.5, -2, 0.75, 2}, {0, 3, 0, -5, 0, 3},
	} {
		own, site := bayes.Evidence{Trust: c.ownTrust, LogOdds: c.ownOdds}, bayes.Evidence{Trust: c.siteTrust,
			LogOdds: c.siteOdds}
		if both := own.Beside(&site); both.Trust != c.trust || both.LogOdds != c.odds ||
			(both.Probability > 0.5) != (c.odds > 0) {
			t.Errorf("%+v: %s", c, fmt.Sprint(both))
		}
	}
}
