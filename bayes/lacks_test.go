package bayes

import (
	"testing"

	"asterism/store"
)

func TestLacks(t *testing.T) {
	for _, c := range []struct {
		ham, spam uint32
		want      string
	}{
		{0, 0, "0 of 20 ham, 0 of 10 spam learned"},
		{12, 10, "12 of 20 ham learned"},
		{20, 9, "9 of 10 spam learned"},
		{20, 10, ""},
	} {
		if got := Lacks(store.Totals{Ham: c.ham, Spam: c.spam}, 20, 10); got != c.want {
			t.Errorf("%d ham, %d spam: %q, want %q", c.ham, c.spam, got, c.want)
		}
	}
}
