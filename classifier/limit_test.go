package classifier

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"asterism/config"
	"asterism/rules"
)

// TestTimeLimit: a scan that reaches time_limit while the message is being parsed ends there, with what is known by
// then, and says so.
func TestTimeLimit(t *testing.T) {
	var cfg config.Config
	cfg.Parse("test", []byte("header FIRST Subject =~ /x/\nbody BODY /word/\nuri LINK /example/\n"))
	for limit, want := range map[time.Duration][]string{time.Nanosecond: nil, 0: {"BODY", "FIRST", "LINK"},
		time.Hour: {"BODY", "FIRST", "LINK"}} {
		cfg.TimeLimit = limit
		set, _ := rules.Compile(&cfg, nil)
		c := New(Options{Required: 5, Rules: set})
		raw := "Subject: x\nContent-Type: text/html\n\nword " + strings.Repeat("<a href=http://example.com/>x</a>", 1000)
		v, err := c.Check(context.Background(), &Input{Raw: []byte(raw)})
		c.Close()
		if err != nil {
			t.Fatal(err)
		}
		names := v.Names()
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("limit %v: %v, want %v", limit, names, want)
		}
		if said := slices.Contains(v.Notes, "time_limit passed: the rest of the scan was left out"); said != (want == nil) {
			t.Errorf("limit %v: notes %q", limit, v.Notes)
		}
	}
}
