package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/store"
)

// health is whether the server answers. While it does not, nobody waits for it but the poller.
type health struct {
	log  *slog.Logger
	away atomic.Bool

	mu     sync.Mutex
	since  time.Time // when it went away
	logged time.Time // when that was last said
}

func (h *health) isAway() bool { return h.away.Load() }

// failed notes that the server did not answer, or not as it should, and says so once a minute.
func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if !h.away.Swap(true) {
		h.since = now
	}
	if now.Sub(h.logged) >= logInterval {
		h.logged = now
		h.log.Error("the store is away: scanning without Bayes, lessons wait in the journal", "since",
			h.since.Format(time.RFC3339), "err", err)
	}
}

// answered notes that the server answers, and returns whether it was away.
func (h *health) answered() (back bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.away.Swap(false) {
		return false
	}
	h.log.Info("the store is back", "away", time.Since(h.since).Round(time.Millisecond))
	return true
}

// away makes an error of the connection, or of a server that cannot answer now, one that is store.ErrAway. What is
// wrong with the request itself stays as it is.
func away(err error) error {
	if err == nil || errors.Is(err, store.ErrAway) {
		return err
	}
	if e, ok := valkey.IsValkeyErr(err); ok {
		switch word, _, _ := strings.Cut(e.Error(), " "); word {
		case "LOADING", "READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "OOM", "MISCONF",
			"BUSY", "NOSCRIPT":
		default:
			return err
		}
	}
	return fmt.Errorf("%w: %w", store.ErrAway, err)
}
