package message

import (
	"net/mail"
	"strings"
	"time"
)

// Date returns the time in the Date field; ok is false if it is missing or cannot be read.
func (h *Header) Date() (t time.Time, ok bool) { return ParseDate(h.Value("Date")) }

// ParseDate reads a date as mail has it (RFC 5322 section 3.3), in its obsolete forms as well, and in some that were
// never allowed but are common: without zone (taken as UTC), in C's asctime form, with full names of days and months.
func ParseDate(value string) (t time.Time, ok bool) {
	value, _, _ = strings.Cut(value, "(")
	value = strings.TrimRight(value, " \t;,.")
	if value == "" || len(value) > 100 {
		return t, false
	}
	if t, ok := UsualDate(value); ok {
		return t, plausible(t)
	}
	if t, err := mail.ParseDate(value); err == nil {
		return t, plausible(t)
	}
	value = strings.Join(strings.Fields(value), " ")
	if day, rest, found := strings.Cut(value, ","); found && !strings.ContainsAny(day, "0123456789") {
		value = strings.TrimSpace(rest) // the day of the week may be in any language
	}
	for _, layout := range [...]string{
		"2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 06 15:04:05", "2 January 2006 15:04:05 -0700",
		"2 Jan 2006 15:04:05 -0700", "2 Jan 06 15:04:05 -0700", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -07:00",
		"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 -0700 2006",
		"Mon, 2 Jan 2006 15:04:05", "Mon 2 Jan 2006 15:04:05 -0700", "2006-01-02 15:04:05", time.RFC3339,
	} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, plausible(t)
		}
	}
	return time.Time{}, false
}

// plausible reports whether t is a year with four digits.
func plausible(t time.Time) bool { return t.Year() >= 1000 && t.Year() <= 9999 }

// UsualDate reads a date of the form that nearly all have, "Mon, 2 Jan 2006 15:04:05 -0700" with or without the day
// of the week, as UTC. It is not ok for all others, right or wrong: package time reads any form, but takes ten times
// as long.
func UsualDate(s string) (t time.Time, ok bool) {
	if len(s) > 4 && s[3] == ',' {
		if strings.Index("SunMonTueWedThuFriSat", s[:3])%3 != 0 {
			return t, false
		}
		s = strings.TrimLeft(s[4:], " ")
	}
	day, s := cutNumber(s)
	if len(s) < len(" Jan 2006 15:04:05 -0700") || s[0] != ' ' || s[4] != ' ' {
		return t, false
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[1:4])
	year, s := cutNumber(s[5:])
	if len(s) != len(" 15:04:05 -0700") || s[0] != ' ' || s[3] != ':' || s[6] != ':' || s[9] != ' ' || s[10] != '+' &&
		s[10] != '-' {
		return t, false
	}
	hour, minute, second := twoDigits(s[1:]), twoDigits(s[4:]), twoDigits(s[7:])
	zoneHour, zoneMinute := twoDigits(s[11:]), twoDigits(s[13:])
	if month < 0 || month%3 != 0 || year < 1000 || year > 9999 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59 || second < 0 || second > 59 || zoneHour < 0 || zoneHour > 23 || zoneMinute < 0 ||
		zoneMinute > 59 {
		return t, false
	}
	zone := zoneHour*60 + zoneMinute
	if s[10] == '-' {
		zone = -zone
	}
	t = time.Date(year, time.Month(month/3+1), day, hour, minute, second, 0, time.UTC)
	return t.Add(-time.Duration(zone) * time.Minute), t.Day() == day
}

// cutNumber reads the number of up to four digits at the start of s; -1 if there is none.
func cutNumber(s string) (n int, rest string) {
	i := 0
	for i < len(s) && i < 4 && '0' <= s[i] && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	if i == 0 {
		n = -1
	}
	return n, s[i:]
}

// twoDigits reads a number of two digits; it is negative if they are none.
func twoDigits(s string) int {
	high, low := int(s[0])-'0', int(s[1])-'0'
	if high < 0 || high > 9 || low < 0 || low > 9 {
		return -1
	}
	return 10*high + low
}
