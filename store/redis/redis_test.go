package redis_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
	"asterism/store/storetest"
)

// prefixes makes every test's keys its own.
var prefixes atomic.Int64

func prefix() string { return fmt.Sprintf("test%d", prefixes.Add(1)) }

func open(t testing.TB, url string, opt redis.Options) *redis.Store {
	t.Helper()
	s, err := redis.Open(url, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// conform runs the suite on stores of a deployment.
func conform(t *testing.T, url func(prefix string) string, opt redis.Options) {
	opt.LookupTimeout, opt.ApplyTimeout = time.Minute, time.Minute // on a machine under load, too
	storetest.Run(t, func(t *testing.T) storetest.Open {
		u := url(prefix())
		return func() store.Store { return open(t, u, opt) }
	})
}

func TestConformsOnOneServer(t *testing.T) {
	t.Parallel()
	conform(t, redistest.Start(t).URL, redis.Options{})
}

func TestConformsOnCluster(t *testing.T) {
	t.Parallel()
	conform(t, redistest.StartCluster(t, redistest.NoFailover).URL, redis.Options{})
}

func TestConformsOnSentinel(t *testing.T) {
	t.Parallel()
	conform(t, redistest.StartSentinel(t, 1).URL, redis.Options{Wait: 1})
}
