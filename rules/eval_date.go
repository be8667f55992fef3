package rules

import (
	"regexp"
	"strings"
	"time"

	"asterism/message"
)

// dateEvals are the functions that compare dates.
func dateEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_for_shifted_date": checkShiftedDate,
		"received_within_months": receivedWithinMonths,
	}
}

// date returns the time in the Date field, or in Resent-Date where the message was resent.
func (sc *Scan) date() (time.Time, bool) {
	for _, name := range []string{"Resent-Date", "Date"} {
		if v := sc.msg.Header().Value(name); v != "" {
			if t, ok := parseDate(v); ok {
				return t, true
			}
			return time.Time{}, false
		}
	}
	return time.Time{}, false
}

// The forms of dates, in text whose white space is single spaces. SpamAssassin takes no time from C's asctime form.
var (
	dateForm     = regexp.MustCompile(`(?i) (\d{1,2})[ -](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[ -](\d{2,4}) `)
	dateFormUnix = regexp.MustCompile(`(?i) (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) (\d{1,2}) ` +
		`\d{1,2}:\d{2}:\d{2} (\d{4}) `)
	dateTime     = regexp.MustCompile(` (\d{1,2}):(\d{2})(?::(\d{2}))? `)
	dateZone     = regexp.MustCompile(` ([+-]\d{4}|[A-Za-z]{1,5}) `)
	dateReceived = regexp.MustCompile(`\s(.?\d+ \S{3} \d+ \d+:\d+:\d+ \S+)`)
)

var zones = map[string]int{"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
	"MDT": -6,
	"PST": -8, "PDT": -7, "BST": 1, "IST": 1, "MET": 1, "CET": 1, "MEST": 2, "CEST": 2, "MESZ": 2, "MEZ": 1, "EET": 2,
	"EEST": 3, "WET": 0, "WEST": 1,
	"JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "MSK": 3, "MSD": 4, "SAST": 2,
	"HST": -10, "AKST": -9, "AKDT": -8, "ADT": -3, "AST": -4, "NT": -11}

// parseDate reads a date in any of the forms that mailers have written.
func parseDate(s string) (time.Time, bool) {
	plain := strings.TrimSpace(s)
	if i := strings.IndexByte(plain, '('); i > 0 && strings.IndexByte(plain, ')') == len(plain)-1 { // the zone's name
		plain = strings.TrimRight(plain[:i], " ")
	}
	if t, ok := message.UsualDate(plain); ok && t.Year() > 1900 {
		return t, true
	}
	s, _, _ = strings.Cut(s, "(")
	s = " " + strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), " ") + " "
	var day, month, year string
	var hour, minute, second int
	rest := s
	if m := dateForm.FindStringSubmatchIndex(s); m != nil {
		day, month, year = s[m[2]:m[3]], s[m[4]:m[5]], s[m[6]:m[7]]
		rest = s[m[1]-1:]
	} else if m := dateFormUnix.FindStringSubmatchIndex(s); m != nil {
		month, day, year = s[m[2]:m[3]], s[m[4]:m[5]], s[m[6]:m[7]]
		rest = s[m[1]-1:]
	} else {
		return time.Time{}, false
	}
	if m := dateTime.FindStringSubmatchIndex(rest); m != nil {
		hour, minute = atoi(rest[m[2]:m[3]]), atoi(rest[m[4]:m[5]])
		if m[6] >= 0 {
			second = atoi(rest[m[6]:m[7]])
		}
		rest = rest[m[1]-1:]
	}
	zone := ""
	if m := dateZone.FindStringSubmatch(rest); m != nil {
		zone = m[1]
	}
	y := atoi(year)
	switch {
	case len(year) == 2 && y < 70:
		y += 2000
	case len(year) <= 3:
		y += 1900
	}
	mon := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(month))/3 + 1
	if hour > 24 || minute > 59 || atoi(day) > 31 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mon), atoi(day), hour, minute, second, 0, time.UTC)
	return t.Add(-offset(zone)), true
}

// offset is how far a time zone is ahead of UTC.
func offset(zone string) time.Duration {
	if zone == "" {
		return 0
	}
	if zone[0] == '+' || zone[0] == '-' {
		d := time.Duration(atoi(zone[1:3]))*time.Hour + time.Duration(atoi(zone[3:]))*time.Minute
		if zone[0] == '-' {
			d = -d
		}
		return d
	}
	return time.Duration(zones[strings.ToUpper(zone)]) * time.Hour
}

// receivedDates returns the times in the Received fields, newest first. The fields of a program that collected the mail
// come before those of its servers and are left out if there are others.
func (sc *Scan) receivedDates() []time.Time {
	if sc.cache.haveReceivedDates {
		return sc.dates
	}
	sc.cache.haveReceivedDates = true
	var local []time.Time
	dates := sc.dates
	fetched := false
	header := sc.msg.Header()
	for i := header.Find("Received", 0); i >= 0; i = header.Find("Received", i+1) {
		value := header.Fields()[i].Value()
		t, ok := receivedDate(value)
		if !ok {
			continue
		}
		if !fetched && strings.Contains(value, "(fetchmail") {
			fetched = true
			local, dates = append(local, append(dates, t)...), nil
			continue
		}
		dates = append(dates, t)
	}
	if fetched && len(dates) == 0 {
		dates = local
	}
	sc.dates = dates
	return dates
}

// receivedDate returns the time in a Received field; one without a zone is none.
func receivedDate(value string) (time.Time, bool) {
	stamp := strings.TrimSpace(value[strings.LastIndexByte(value, ';')+1:])
	if i := strings.IndexByte(stamp, '('); i > 0 { // the zone's name, the envelope's sender
		stamp = strings.TrimRight(stamp[:i], " ")
	}
	if t, ok := message.UsualDate(stamp); ok {
		return t, true
	}
	if m := dateReceived.FindStringSubmatch(value); m != nil {
		return parseDate(m[1])
	}
	return time.Time{}, false
}

// checkShiftedDate is check_for_shifted_date('low', 'high'): the Date is from low to high hours ahead of the Received
// field that it is nearest to.
func checkShiftedDate(sc *Scan, args []string) int {
	shift, ok := sc.dateShift()
	if !ok || len(args) < 2 {
		return 0
	}
	hours := shift.Hours()
	return truth((args[0] == "undef" || hours >= number(args, 0, 0)) && (args[1] == "undef" || hours < number(args, 1, 0)))
}

// dateShift returns how far the Date is ahead of the Received field that it is nearest to. Several rules ask for it.
func (sc *Scan) dateShift() (time.Duration, bool) {
	if !sc.cache.haveShift {
		sc.cache.haveShift = true
		sc.cache.shift, sc.cache.shiftKnown = sc.findDateShift()
	}
	return sc.cache.shift, sc.cache.shiftKnown
}

func (sc *Scan) findDateShift() (time.Duration, bool) {
	date, ok := sc.date()
	received := sc.receivedDates()
	if !ok || len(received) == 0 {
		return 0, false
	}
	// A mail that was given to its first relay by a program has that relay's own date.
	if last := len(received) - 1; last > 0 && date.Equal(received[last]) {
		received = received[:last]
	}
	nearest := date.Sub(received[0])
	for _, r := range received[1:] {
		if shift := date.Sub(r); shift.Abs()/time.Second < nearest.Abs()/time.Second {
			nearest = shift
		}
	}
	return nearest, true
}

// receivedWithinMonths is received_within_months('low', 'high'): the message came so long ago.
func receivedWithinMonths(sc *Scan, args []string) int {
	received := sc.receivedDates()
	if len(received) == 0 {
		return 0
	}
	const month = 30 * 24 * time.Hour
	age := float64(sc.env.Now.Sub(received[0])) / float64(month)
	return truth((len(args) < 1 || args[0] == "undef" || age >= number(args, 0, 0)) && (len(args) < 2 ||
		args[1] == "undef" || age < number(args, 1, 0)))
}
