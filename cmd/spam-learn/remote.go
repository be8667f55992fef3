package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"asterism/classifier"
	"asterism/mailbox"
	"asterism/spamc"
	"asterism/store"
)

// connections is the number of parallel requests to the daemon: mails that arrive together share a commit.
const connections = 4

// remote teaches through the control socket of a daemon that has the store open.
type remote struct {
	client *spamc.Client
	addr   string
	class  store.Class
}

func (r *remote) where() string { return ", through spamd at " + r.addr }

// findDaemon returns the daemon that works in our place: the one that --control names or, if opening the store gave
// the error locked, the one that has it open.
func (o *options) findDaemon(ctx context.Context, locked error) (*remote, error) {
	addr, err := o.controlAddress()
	if err != nil {
		return nil, err
	}
	r := &remote{client: &spamc.Client{Addr: addr, User: o.user}, addr: addr.String(), class: o.class()}
	switch err := r.client.Ping(ctx); {
	case err == nil:
		return r, nil
	case locked != nil:
		return nil, fmt.Errorf("%w, and no spamd answers at %s: %v", locked, r.addr, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fail(exitPermission, err)
	default:
		return nil, fail(exitTemporary, fmt.Errorf("no spamd answers at %s: %w", r.addr, err))
	}
}

func (r *remote) teach(ctx context.Context, in *input, n *tally) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	mails := make(chan mailbox.Message)
	var mu sync.Mutex
	var failed error
	var senders sync.WaitGroup
	for range connections {
		senders.Go(func() {
			for m := range mails {
				result, err := r.tell(context.WithoutCancel(ctx), m.Raw) // what is under way is ended, and counted
				mu.Lock()
				if err == nil {
					n[result]++
				} else if failed == nil {
					failed = fmt.Errorf("%s: %w", m.Name, err)
					stop()
				}
				mu.Unlock()
			}
		})
	}
	in.each(ctx, func(m mailbox.Message) bool {
		select {
		case mails <- m:
			return true
		case <-ctx.Done():
			return false
		}
	})
	close(mails)
	senders.Wait()
	return failed
}

func (r *remote) tell(ctx context.Context, raw []byte) (classifier.Learned, error) {
	if r.class == 0 {
		return r.client.Forget(ctx, raw)
	}
	return r.client.Learn(ctx, raw, r.class)
}
