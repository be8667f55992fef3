package redis

import (
	"context"
	"time"

	"github.com/valkey-io/valkey-go"
)

// preloadCount is how many fields of a hash the server is asked for at a time while the cache is loaded: some 0.3 ms.
const preloadCount = 500

// preload reads the tokens into the cache, as many as there is room for: the first messages then find in it what they
// need. Nobody waits for it. It says how long that took.
func (s *Store) preload(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-s.loaded:
	}
	began, loaded := time.Now(), 0
	for g := range groups {
		n, err := s.preloadGroup(ctx, g)
		if loaded += n; err != nil { // lookups ask for what is not there
			s.opt.Log.Warn("the cache was not loaded", "store", s.name, "tokens", loaded, "err", err)
			return
		}
	}
	s.opt.Log.Info("loaded the cache", "store", s.name, "tokens", loaded,
		"took", time.Since(began).Round(time.Millisecond))
}

func (s *Store) preloadGroup(ctx context.Context, g int) (loaded int, err error) {
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		if ctx.Err() != nil {
			return loaded, ctx.Err()
		}
		n := 0
		if n, cursor, err = s.preloadPage(ctx, g, cursor); err != nil {
			return loaded, err
		}
		if loaded += n; loaded >= s.opt.CacheTokens/groups {
			break
		}
	}
	return loaded, nil
}

// preloadPage reads a page of a group's tokens. The version is read before it: the log tells of all that comes later.
func (s *Store) preloadPage(ctx context.Context, g int, cursor uint64) (loaded int, next uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	c, key := s.conn.Load(), s.tags.group(s.root.Load().epoch, g, kindTokens)
	_, _, flushes := s.groups[g].known()
	got, err := s.do(ctx, c.B().Hget().Key(key).Field("v").Build(),
		c.B().Hscan().Key(key).Cursor(cursor).Count(preloadCount).Build())
	if err != nil {
		return 0, 0, err
	}
	version, err := got[0].AsUint64()
	if valkey.IsValkeyNil(err) {
		return 0, 0, errGone
	}
	page, failed := got[1].AsScanEntry()
	if err != nil || failed != nil {
		return 0, 0, errDamaged
	}
	group := &s.groups[g]
	group.mu.Lock()
	defer group.mu.Unlock()
	if group.flushes != flushes || version < group.applied { // it may lack a change that the cache has been told of
		return 0, page.Cursor, nil
	}
	for i := 0; i+1 < len(page.Elements); i += 2 {
		field := page.Elements[i]
		if len(field) != tokenSize {
			continue // the group's state
		}
		r, err := decodeRecord(page.Elements[i+1])
		if err != nil {
			return loaded, 0, err
		}
		if _, known := group.records[tokenAt(field, 0)]; !known && len(group.records) < s.opt.CacheTokens/groups {
			group.put(tokenAt(field, 0), cached{r, version}, s.opt.CacheTokens/groups)
			loaded++
		}
	}
	return loaded, page.Cursor, nil
}
