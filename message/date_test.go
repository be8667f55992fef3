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
