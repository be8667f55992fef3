package spamc

import (
	"context"
	"errors"
	"testing"
)

// TestSenders: the record of senders answers on the daemon's own socket only.
func TestSenders(t *testing.T) {
	opt := Options{Classifier: &pupil{}, Senders: func(_ context.Context, do string, request []byte) ([]byte, error) {
		if do == "fail" {
			return nil, errors.New("no record")
		}
		return append([]byte(do+" "), request...), nil
	}}
	_, addr := start(t, opt, Access{Tell: true, Status: true})
	var refused *ServerError
	if _, err := (&Client{Addr: addr}).Senders(t.Context(), "show", []byte("{}")); !errors.As(err, &refused) ||
		refused.Code != codeUnavailable {
		t.Errorf("on another socket: %v", err)
	}
	_, addr = start(t, opt, Access{Tell: true, Keep: true})
	client := &Client{Addr: addr}
	answer, err := client.Senders(t.Context(), "show", []byte(`{"name":"x"}`))
	if err != nil || string(answer) != `show {"name":"x"}` {
		t.Errorf("%s, %v", answer, err)
	}
	if _, err := client.Senders(t.Context(), "fail", nil); !errors.As(err, &refused) || refused.Text != "no record" {
		t.Error(err)
	}
}
