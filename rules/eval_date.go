package rules

import (
	"net/mail"
	"regexp"
	"slices"
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

var dateForm = regexp.MustCompile(`(?i)(\d{1,2})[\s-]+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s-]+(\d{4}|\d{2,3})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:([ap]m)\s*)?([+-]\d{3,4}|[a-z]{1,5})?`)
var dateFormUnix = regexp.MustCompile(`(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([+-]\d{4}|[a-z]{1,5})\s+)?(\d{4})(?:\s+([+-]\d{4}|[a-z]{1,5}))?`)

var zones = map[string]int{"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
	"PST": -8, "PDT": -7, "BST": 1, "IST": 1, "MET": 1, "CET": 1, "MEST": 2, "CEST": 2, "MESZ": 2, "MEZ": 1, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1,
	"JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "MSK": 3, "MSD": 4, "SAST": 2, "HST": -10, "AKST": -9, "AKDT": -8, "ADT": -3, "AST": -4, "NT": -11}

// parseDate reads a date in any of the forms that mailers have written.
func parseDate(s string) (time.Time, bool) {
	plain := strings.TrimSpace(s)
	if i := strings.IndexByte(plain, '('); i > 0 && strings.IndexByte(plain, ')') == len(plain)-1 { // the zone's name
		plain = strings.TrimRight(plain[:i], " ")
	}
	if t, ok := message.UsualDate(plain); ok && t.Year() > 1900 {
		return t, true
	}
	if t, err := mail.ParseDate(strings.TrimSpace(s)); err == nil && t.Year() > 1900 && knownZone(s) {
		return t, true
	}
	var day, month, year, hour, minute, second, half, zone string
	if m := dateForm.FindStringSubmatch(s); m != nil {
		day, month, year, hour, minute, second, half, zone = m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
	} else if m := dateFormUnix.FindStringSubmatch(s); m != nil {
		month, day, hour, minute, second, year = m[1], m[2], m[3], m[4], m[5], m[7]
		zone = m[6] + m[8]
	} else {
		return time.Time{}, false
	}
	y := atoi(year)
	switch {
	case len(year) <= 2 && y < 70:
		y += 2000
	case len(year) <= 3:
		y += 1900
	}
	h := atoi(hour)
	if strings.EqualFold(half, "pm") && h < 12 {
		h += 12
	} else if strings.EqualFold(half, "am") && h == 12 {
		h = 0
	}
	mon := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(month))/3 + 1
	if h > 24 || atoi(minute) > 59 || atoi(day) > 31 || y > 9999 {
		return time.Time{}, false
	}
	t := time.Date(y, time.Month(mon), atoi(day), h, atoi(minute), atoi(second), 0, time.UTC)
	return t.Add(-offset(zone)), true
}

// knownZone says whether a date's zone is a number or one whose meaning the standard library knows.
func knownZone(s string) bool {
	s, _, _ = strings.Cut(s, "(")
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return false
	}
	z := fields[len(fields)-1]
	return z[0] == '+' || z[0] == '-'
}

// offset is how far a time zone is ahead of UTC.
func offset(zone string) time.Duration {
	if zone == "" {
		return 0
	}
	if zone[0] == '+' || zone[0] == '-' {
		digits := zone[1:]
		for len(digits) < 4 {
			digits = "0" + digits
		}
		d := time.Duration(atoi(digits[:2]))*time.Hour + time.Duration(atoi(digits[2:]))*time.Minute
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
		return sc.cache.receivedDates
	}
	sc.cache.haveReceivedDates = true
	var local, dates []time.Time
	fetched := false
	for _, f := range sc.msg.Header().Fields() {
		if !f.Is("Received") {
			continue
		}
		value := f.Value()
		i := strings.LastIndexByte(value, ';')
		if i < 0 {
			i = -1
		}
		t, ok := parseDate(value[i+1:])
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
	sc.cache.receivedDates = dates
	return dates
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
	shifts := make([]time.Duration, len(received))
	for i, r := range received {
		shifts[i] = date.Sub(r)
	}
	// A mail that was given to its first relay by a program has that relay's own date.
	if last := len(shifts) - 1; last > 0 && shifts[last] == 0 {
		shifts = shifts[:last]
	}
	return slices.MinFunc(shifts, func(a, b time.Duration) int { return int(a.Abs()/time.Second) - int(b.Abs()/time.Second) }), true
}

// receivedWithinMonths is received_within_months('low', 'high'): the message came so long ago.
func receivedWithinMonths(sc *Scan, args []string) int {
	received := sc.receivedDates()
	if len(received) == 0 {
		return 0
	}
	const month = 30 * 24 * time.Hour
	age := float64(sc.env.Now.Sub(received[0])) / float64(month)
	return truth((len(args) < 1 || args[0] == "undef" || age >= number(args, 0, 0)) && (len(args) < 2 || args[1] == "undef" || age < number(args, 1, 0)))
}
