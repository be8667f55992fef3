// Package kill_test kills spamd while it learns: whatever it had acknowledged must be there after the restart.
package kill_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"asterism/classifier"
	"asterism/store"
	"asterism/test/e2e"
)

// lesson returns the nth mail to learn, all different.
func lesson(n int) ([]byte, store.Class) {
	text := fmt.Sprintf("Subject: lesson %d\nFrom: teacher%d@example.net\nMessage-ID: <%d.lesson@example.net>\n\n"+
		"word%d of lesson %d\n", n, n, n, n*7, n)
	if n%2 == 0 {
		return []byte(text), store.Ham
	}
	return []byte(text), store.Spam
}

func TestAcknowledgedLearningSurvivesKill(t *testing.T) {
	const kills, pupils = 20, 4
	spamd := e2e.StartSpamd(t, "", "-L")
	client := spamd.Client(t)
	var mu sync.Mutex
	var acknowledged []int
	next := 0
	for range kills {
		var wg sync.WaitGroup
		for range pupils {
			wg.Go(func() {
				for {
					mu.Lock()
					n := next
					next++
					mu.Unlock()
					raw, class := lesson(n)
					if _, err := client.Learn(context.Background(), raw, class); err != nil {
						return // killed
					}
					mu.Lock()
					acknowledged = append(acknowledged, n)
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		spamd.Kill(t)
		wg.Wait()
		spamd.Restart(t) // fails if the store does not open
	}
	if len(acknowledged) < kills {
		t.Fatalf("only %d lessons were learned between %d kills", len(acknowledged), kills)
	}
	t.Logf("%d lessons acknowledged, %d begun", len(acknowledged), next)
	for _, n := range acknowledged {
		raw, class := lesson(n)
		got, err := client.Learn(t.Context(), raw, class)
		if err != nil {
			t.Fatal(err)
		}
		if got != classifier.LearnedKnown {
			t.Fatalf("lesson %d had been acknowledged and is gone", n)
		}
	}
}
