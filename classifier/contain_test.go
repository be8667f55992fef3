package classifier

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"asterism/config"
	"asterism/contain"
	"asterism/message"
	"asterism/rules"
)

// broken is a Network of which one goroutine panics.
type broken struct {
	group contain.Group
	waits int
}

func (b *broken) Start(context.Context, *message.Message, *Input, *rules.Scan) Answers {
	b.group.Go(func() { panic("an answer that nobody expected") })
	return b
}

func (b *broken) Wait() (map[string]string, []string) {
	b.waits++
	b.group.Wait()
	return nil, nil
}

func (b *broken) AuthResults() *AuthResults { return nil }

func TestPanicOfANetworkAnswerIsTheScansError(t *testing.T) {
	set, _ := rules.Compile(&config.Config{}, nil)
	network := &broken{}
	c := New(Options{Rules: set, Network: network, Deadline: time.Minute})
	defer c.Close()
	for range 2 {
		v, err := c.Check(t.Context(), &Input{Raw: []byte("Subject: hi\n\nbody\n")})
		var p *contain.Panic
		if !errors.As(err, &p) || !strings.HasPrefix(p.Place, "classifier/contain_test.go:") {
			t.Errorf("got %+v, %v", v, err)
		}
	}
	if network.waits != 2 {
		t.Errorf("the network was waited for %d times, want once a scan", network.waits)
	}
}
