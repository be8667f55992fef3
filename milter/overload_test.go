package milter

import (
	"context"
	"testing"

	"asterism/classifier"
)

// TestOverload: mails beyond those that may wait do not wait; on_overload says what becomes of them, not on_error.
func TestOverload(t *testing.T) {
	for _, c := range []struct {
		name                string
		onError, onOverload OnError
		want                string
	}{
		{"tempfail", Accept, Tempfail, "tempfail"},
		{"accept", Tempfail, Accept, "accept"},
	} {
		t.Run(c.name, func(t *testing.T) {
			finish := make(chan struct{})
			f := start(t, &checker{check: func(context.Context, *classifier.Input) (*classifier.Verdict, error) {
				<-finish
				return spam(), nil
			}}, Options{MaxChecks: 1, MaxWaiting: 1, Settings: Settings{MaxSize: 1000, OnError: c.onError, OnOverload: c.onOverload}})
			patient := make(chan string, 2)
			for range 2 {
				s := f.dial(t)
				go func() {
					r, err := mail{}.trySend(s)
					if err != nil {
						patient <- err.Error()
						return
					}
					patient <- r.String()
				}()
			}
			eventually(t, "one mail in work and one waiting", func() bool {
				return len(f.checks) == 1 && f.waiting.Load() == 1
			})
			for range 3 {
				if got := (mail{}).send(t, f.dial(t)).String(); got != c.want {
					t.Errorf("a mail too many: %s, want %s", got, c.want)
				}
			}
			close(finish)
			for range 2 {
				if got := <-patient; got != tagged {
					t.Errorf("a mail that had waited: %s", got)
				}
			}
		})
	}
}
