package message

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	tests := []struct {
		value, want string // RFC 3339 in UTC, "" if it cannot be read
	}{
		{"Mon, 2 Nov 2026 10:00:00 +0100", "2026-11-02T09:00:00Z"},
		{"2 Nov 2026 10:00 GMT", "2026-11-02T10:00:00Z"},
		{"Mon,  2 Nov 2026 10:00:00 -0500 (EST)", "2026-11-02T15:00:00Z"},
		{"Mon, 02 Nov 2026 10:00:00", "2026-11-02T10:00:00Z"},
		{"Mon Nov  2 10:00:00 2026", "2026-11-02T10:00:00Z"},
		{"Lun, 2 Nov 2026 10:00:00 +0100", "2026-11-02T09:00:00Z"},
		{"2 Nov 02 10:00:00 +0000", "2002-11-02T10:00:00Z"},
		{"", ""},
		{"tomorrow", ""},
		{"Mon, 32 Nov 2026 10:00:00 +0100", ""},
	}
	for _, tt := range tests {
		got := ""
		if d, ok := ParseDate(tt.value); ok {
			got = d.UTC().Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.value, got, tt.want)
		}
	}
}

// TestUsualDate compares with package time.
func TestUsualDate(t *testing.T) {
	for _, s := range []string{"Thu, 22 Aug 2002 12:36:23 +0100", "2 Jan 2006 15:04:05 -0700",
		"Mon,  2 Jan 2006 15:04:05 -0700", "Sun, 29 Feb 2004 00:00:00 +0000",
		"Sun, 29 Feb 2003 00:00:00 +0000", "Mon, 31 Apr 2003 00:00:00 +0000", "Mon, 1 Jan 2003 24:00:00 +0000",
		"Mon, 1 Jan 2003 23:60:00 +0000",
		"Mon, 1 Jan 2003 23:00:60 +0000", "Mon, 1 Jan 03 23:00:00 +0000", "Mon, 1 January 2003 23:00:00 +0000",
		"Mon, 1 Jan 2003 23:00:00 GMT",
		"Mon, 1 Jan 2003 23:00:00 +00000", "onT, 1 Jan 2003 23:00:00 +0000", "Mon, 1 anF 2003 23:00:00 +0000",
		"Mon, 1 Jan 2003 3:00:00 +0000", "", "Mon,", "1", "Mon, 123 Jan 2003 23:00:00 +0000"} {
		got, ok := UsualDate(s)
		usual := "2 Jan 2006 15:04:05 -0700"
		if len(s) > 3 && s[3] == ',' {
			usual = "Mon, " + usual
		}
		want, err := time.Parse(usual, s)
		if ok && (err != nil || !got.Equal(want)) {
			t.Errorf("%q is %v, want %v, %v", s, got, want, err)
		}
	}
	if _, ok := UsualDate("Thu, 22 Aug 2002 12:36:23 +0100"); !ok {
		t.Error("a usual date is not read")
	}
}
