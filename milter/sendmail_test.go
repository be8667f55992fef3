package milter

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/test/e2e"
)

// A real sendmail waits for a check that takes longer than its own patience (R:), as long as notes come.
func TestProgressKeepsSendmailWaiting(t *testing.T) {
	f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
		time.Sleep(5 * time.Second)
		return spam(), nil
	}}, Options{Progress: 500 * time.Millisecond})
	_, port, err := net.SplitHostPort(f.addr)
	if err != nil {
		t.Fatal(err)
	}
	mta := e2e.StartSendmail(t,
		e2e.SendmailOptions{MC: fmt.Sprintf("INPUT_MAIL_FILTER(`spamd', `S=inet:%s@127.0.0.1, F=T, T=S:2m;R:3s;E:5m')dnl",
			port)})
	e2e.MustSend(t, mta.Addr, "alice@example.net", "bob@example.org", e2e.Letter("hi", "x"))
	if fields := e2e.HeaderFields(mta.Mail(t, "bob"), "X-Spam-Score"); len(fields) != 1 {
		t.Errorf("got %q, want one score", fields)
	}
}
