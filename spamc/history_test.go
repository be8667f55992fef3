package spamc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/history"
)

// TestHistory: the history answers on the daemon's own socket only, and its errors keep their meaning.
func TestHistory(t *testing.T) {
	opt := Options{Classifier: &pupil{}, History: func(_ context.Context, do string, request []byte) ([]byte, error) {
		if do == "show" {
			return nil, fmt.Errorf("4bQ1: %w", history.ErrNotFound)
		}
		return append([]byte(do+" "), request...), nil
	}}
	_, addr := start(t, opt, Access{Tell: true, Status: true})
	var refused *ServerError
	if _, err := (&Client{Addr: addr}).History(t.Context(), "find", []byte("{}")); !errors.As(err, &refused) ||
		refused.Code != codeUnavailable {
		t.Errorf("on another socket: %v", err)
	}
	_, addr = start(t, opt, Access{Tell: true, Keep: true})
	client := &Client{Addr: addr}
	if answer, err := client.History(t.Context(), "find", []byte(`{"text":"x"}`)); err != nil ||
		string(answer) != `find {"text":"x"}` {
		t.Errorf("%s, %v", answer, err)
	}
	if _, err := client.History(t.Context(), "show", nil); !errors.Is(err, history.ErrNotFound) ||
		!strings.Contains(err.Error(), "4bQ1") {
		t.Errorf("no such mail: %v", err)
	}
}

// TestRecord: each message that is checked is recorded, with the envelope that a delivery agent tells, in which nothing
// ends the field.
func TestRecord(t *testing.T) {
	var recorded []string
	opt := Options{Classifier: &pupil{}, Settings: Settings{MaxSize: 100},
		Record: func(in *classifier.Input, v *classifier.Verdict, o *history.Outcome) {
			recorded = append(recorded, fmt.Sprintf("%s %s <%s> %q %t %v", o.Front, o.Action+o.Reason, in.Sender,
				in.Recipients, v != nil, o.Err))
		}}
	_, addr := start(t, opt, Access{})
	ask(t, addr, req("CHECK", "1.5", ham))
	ask(t, addr, req("CHECK", "1.5", big))
	ask(t, addr, req("CHECK", "1.5", "fail"))
	agent := &Client{Addr: addr, Sender: "joe@example.net\r\nSpam: yes",
		Recipients: []string{"sue@example.org", "bob@example.org\n\nx"}}
	if _, err := agent.Check(t.Context(), []byte(spam)); err != nil {
		t.Fatal(err)
	}
	want := []string{`spamc answer <> [] true <nil>`, `spamc skiptoo large <> [] false <nil>`,
		"spamc error <> [] false disk on\nfire",
		`mda answer <joe@example.netSpam:yes> ["sue@example.org" "bob@example.orgx"] true <nil>`}
	if got := strings.Join(recorded, "|"); got != strings.Join(want, "|") {
		t.Errorf("recorded\n%s, want\n%s", got, strings.Join(want, "|"))
	}
}
