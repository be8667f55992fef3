package rules

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Outlook and Outlook Express make Message-IDs and boundaries of a counter, the upper half of Windows' time
// (intervals of 100 ns since 1601, so that one step is seven minutes) and random bits:
// <000a01c1a2b3$4d5e6f70$...@host>, ----=_NextPart_000_0005_01C1A2B3.4D5E6F70.
var outlookClocks = map[string]*regexp.Regexp{
	"msgid": regexp.MustCompile(`^\s*<[0-9a-f]{4,6}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]+@`),
	"boundary": regexp.MustCompile(`boundary="?----_?=_NextPart_[0-9A-F]{3}_(?:[0-9A-F]{4}_)?` +
		`([0-9A-F]{8})\.[0-9A-F]{8}"?`),
}

// clockSlack is how far the clock in a mark may be from the Date or the first Received field: time zones set wrong,
// and mail that waited.
const clockSlack = 48 * time.Hour

// checkOutlookClock is check_outlook_clock('msgid'|'boundary'): the Message-ID or the boundary has the form of
// Outlook's, and the clock in it is neither near the Date nor near the first Received field.
func checkOutlookClock(sc *Scan, args []string) int {
	if len(args) != 1 || outlookClocks[args[0]] == nil {
		return 0
	}
	field := "Message-ID"
	if args[0] == "boundary" {
		field = "Content-Type"
	}
	value := sc.msg.Header().Value(field)
	if !strings.Contains(value, "$") && !strings.Contains(value, "_NextPart_") { // nearly always
		return 0
	}
	m := outlookClocks[args[0]].FindStringSubmatch(value)
	if m == nil {
		return 0
	}
	high, _ := strconv.ParseUint(m[1], 16, 32)
	const epoch = 11644473600 // seconds from 1601 to 1970
	clock := time.Unix(int64(high<<32/1e7)-epoch, 0)
	near := func(t time.Time) bool { return clock.Sub(t).Abs() < clockSlack }
	date, dated := sc.date()
	dates := sc.receivedDates()
	if dated && near(date) || len(dates) > 0 && near(dates[len(dates)-1]) {
		return 0
	}
	return truth(dated || len(dates) > 0)
}
