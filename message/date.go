package message

import (
	"net/mail"
	"strings"
	"time"
)

// Date returns the time in the Date field; ok is false if it is missing or cannot be read.
func (h *Header) Date() (t time.Time, ok bool) { return ParseDate(h.Value("Date")) }

// ParseDate reads a date as mail has it (RFC 5322 section 3.3), in its obsolete forms as well, and in some that were never
// allowed but are common: without zone (taken as UTC), in C's asctime form, with full names of days and months.
func ParseDate(value string) (t time.Time, ok bool) {
	value, _, _ = strings.Cut(value, "(")
	value = strings.TrimRight(value, " \t;,.")
	if value == "" || len(value) > 100 {
		return t, false
	}
	// Nearly all dates are of one of two forms; net/mail tries some dozen on each.
	usual := "2 Jan 2006 15:04:05 -0700"
	if len(value) > 3 && value[3] == ',' {
		usual = "Mon, " + usual
	}
	if t, err := time.Parse(usual, value); err == nil {
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
