package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/store"
)

// TestStore: what is learned, the clock, and the share that max_size leaves out.
func TestStore(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "bayes.bolt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	changed := func(at time.Time) string {
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, c := range []struct {
		name string
		got  Finding
		want Level
		text string
	}{
		{"enough", Learned("s", store.Totals{Ham: 20, Spam: 30, Tokens: 9}, 20, 20), OK, "20 ham, 30 spam"},
		{"too little ham", Learned("s", store.Totals{Ham: 12, Spam: 30}, 20, 20), Warning, "Bayes off: 12 of 20 ham"},
		{"nothing", Learned("s", store.Totals{}, 20, 20), Warning, "0 of 20 ham, 0 of 20 spam"},
		{"right clock", Clock(now, store.Totals{Newest: now.Add(time.Minute)}, changed(now)), OK, "2026-11-29"},
		{"store of the future", Clock(now, store.Totals{Newest: now.AddDate(76, 0, 0)}), Error, "2102-11-29"},
		{"expiry of the future", Clock(now, store.Totals{LastExpiry: now.AddDate(1, 0, 0)}), Error, "2027-11-29"},
		{"file of the future", Clock(now, store.Totals{}, changed(now.AddDate(0, 0, 2))), Warning, "2026-12-01"},
		{"no file", Clock(now, store.Totals{}, file+".gone"), OK, ""},
		{"small mails", Unscanned(1, 99, 102400), OK, "1% of 100"},
		{"many large mails", Unscanned(20, 80, 102400), Warning, "20% of 100"},
		{"too few to tell", Unscanned(3, 3, 102400), OK, "50% of 6"},
		{"none", Unscanned(0, 0, 102400), OK, "no mail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got.Level != c.want || !strings.Contains(c.got.Text, c.text) || (c.got.Level != OK) != (c.got.Remedy != "") {
				t.Errorf("%s: %s", c.name, c.got)
			}
		})
	}
}
