// Package redis keeps the learner's store in Redis or Valkey, so that several hosts share their lessons: a single
// server, one watched by Sentinels, or a Cluster. docs/redis.md has the setup.
//
// Tokens, marks and samples are spread by their hashes over 16 groups, each with one hash tag, so that a group's keys
// lie on one node. Each group numbers its changes. A client caches the records of its lookups, and four times a second
// reads each group's new changes, with their records. So the cache is at most that old, and lookups request only tokens
// that are not in it, all in one round trip to each node.
//
// A Lua script applies a lesson: on a single server to all groups at once. On a Cluster it begins in the group of the
// message's mark, which also records the remaining parts (the intent), and continues in the other groups. Each group
// keeps the client's last lesson, so that a part that is sent again does nothing. Any client completes an abandoned
// intent. So a lesson that has begun will be complete, and one that has not leaves no trace.
//
// On a single server many learnings can go together as a batch (commit.go): one script that takes note of what is to
// be added to tokens, as an intent, and one a group that sets their records.
package redis

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valkey-io/valkey-go"

	"asterism/contain"
	"asterism/store"
)

// Options say how to open a store. The zero value is usable.
type Options struct {
	User, Password string        // where the URL has none (bayes_sql_username, bayes_sql_password)
	Wait           int           // replicas that must have a learning before it is acknowledged (bayes_redis_wait)
	LookupTimeout  time.Duration // after which a lookup gives up; default 500 ms
	ApplyTimeout   time.Duration // after which a learning gives up, a failover included; default 2 s
	CacheTokens    int           // records that are cached; default 300,000, some 20 MB
	Background     bool          // Open returns at once; until the server has answered the store is away
	Preload        bool          // the cache is loaded in the background instead of by the first lookups
	MustExist      bool          // a missing store is an error instead of being created
	Log            *slog.Logger  // nil discards
	// the store's key as known from before, for use until the server has answered; 0 if not known
	Key store.Key

	// Changed is called, never twice at a time, after another host has changed the learner's parameters, or replaced or
	// lost the whole store; and each time the store has come back after it was away.
	Changed func()
}

const (
	defaultLookupTimeout = 500 * time.Millisecond
	defaultApplyTimeout  = 2 * time.Second
	defaultCacheTokens   = 300_000
	dialTimeout          = time.Second
	pollInterval         = 250 * time.Millisecond
	pollTimeout          = time.Second
	expiryTimeout        = 10 * time.Second // of one request on behalf of the whole store
	logInterval          = time.Minute      // between lines that the store is away
	format               = 1
)

// Store implements store.Store.
type Store struct {
	name string // the URL, without secrets
	loc  *Location
	opt  Options
	tags tags

	conn   atomic.Pointer[conn] // nil until the server has answered
	root   atomic.Pointer[root] // nil until it was read
	polled atomic.Bool          // the groups' states were read
	loaded chan struct{}        // closed when root and states were read
	once   sync.Once            // closes loaded
	health health

	groups [groups]group
	stats  counters

	writer  sync.Mutex // held while learning
	client  client
	touched touched
	intents intents

	confirmed [groups]atomic.Bool // what is in the group now is on Options.Wait replicas

	closed atomic.Bool
	quit   context.CancelFunc
	notice chan struct{} // Options.Changed is to be called
	run    sync.WaitGroup
}

// conn is a connected client.
type conn struct {
	valkey.Client
	cluster bool
}

// root tells what the store is, and under which names its keys are: a store that is cleared or replaced gets a new
// epoch.
type root struct {
	key   store.Key
	epoch uint64
}

var _ store.Store = (*Store)(nil)

// Open opens the store at a URL (see Location), and creates it if there is none.
func Open(path string, opt Options) (*Store, error) {
	loc, err := locate(path, opt)
	if err != nil {
		return nil, err
	}
	s := &Store{name: redact(path), loc: loc, opt: opt.withDefaults(), tags: newTags(loc.Prefix),
		loaded: make(chan struct{}),
		notice: make(chan struct{}, 1)}
	s.health.log = s.opt.Log.With("store", s.name)
	s.client.renew()
	for g := range s.groups {
		s.groups[g].reset(0)
	}
	ctx, quit := context.WithCancel(context.Background())
	s.quit = quit
	if !opt.Background {
		if err := s.connect(ctx); err != nil {
			s.closeConn()
			quit()
			return nil, s.named(err)
		}
	}
	s.run.Go(func() { contain.Again(ctx, pollInterval, func() { s.keepUp(ctx) }) })
	if opt.Preload {
		s.run.Go(func() { contain.Again(ctx, pollInterval, func() { s.preload(ctx) }) })
	}
	if opt.Changed != nil {
		s.run.Go(func() { contain.Again(ctx, pollInterval, func() { s.notify(ctx) }) })
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.LookupTimeout == 0 {
		o.LookupTimeout = defaultLookupTimeout
	}
	if o.ApplyTimeout == 0 {
		o.ApplyTimeout = defaultApplyTimeout
	}
	if o.CacheTokens == 0 {
		o.CacheTokens = defaultCacheTokens
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// connect connects to the server, reads or creates the root, and reads all groups' state.
func (s *Store) connect(ctx context.Context) error {
	if s.conn.Load() == nil {
		c, err := valkey.NewClient(s.loc.clientOption())
		if err != nil {
			return away(err)
		}
		s.conn.Store(&conn{Client: c, cluster: c.Mode() == valkey.ClientModeCluster})
	}
	if s.root.Load() == nil {
		if err := s.readRoot(ctx); err != nil {
			return err
		}
	}
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	s.polled.Store(true)
	s.once.Do(func() { close(s.loaded) })
	return nil
}

func (loc *Location) clientOption() valkey.ClientOption {
	opt := valkey.ClientOption{
		InitAddress: loc.Hosts, Username: loc.User, Password: loc.Password, SelectDB: loc.Database, TLSConfig: loc.TLS,
		ClientName: "asterism", ClientSetInfo: valkey.DisableClientSetInfo, DisableCache: true,
		ForceSingleClient:   loc.Database != 0,
		BlockingPoolCleanup: time.Minute,
		ReadBufferEachConn:  1 << 16, WriteBufferEachConn: 1 << 16,
		ConnWriteTimeout: expiryTimeout,
	}
	opt.Dialer.Timeout = dialTimeout
	if loc.Sentinel != "" {
		opt.Sentinel = valkey.SentinelOption{MasterSet: loc.Sentinel, Username: loc.SentinelUser,
			Password:  loc.SentinelPassword,
			TLSConfig: loc.TLS, ClientName: "asterism"}
		opt.Sentinel.Dialer.Timeout = dialTimeout
	}
	return opt
}

// Loaded is closed as soon as the server has answered for the first time.
func (s *Store) Loaded() <-chan struct{} { return s.loaded }

// Key implements store.Store. Without Options.Key it waits until the server has answered for the first time.
func (s *Store) Key() store.Key {
	if s.root.Load() == nil && s.opt.Key != 0 {
		return s.opt.Key
	}
	<-s.loaded
	if r := s.root.Load(); r != nil {
		return r.key
	}
	return 0
}

// readRoot finds out what the store is, and creates it if there is none.
func (s *Store) readRoot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.ApplyTimeout)
	defer cancel()
	r, err := s.askRoot(ctx)
	if err == nil && r == nil {
		r, err = s.create(ctx)
	}
	if err != nil {
		return err
	}
	if old := s.root.Swap(r); old != nil && *old != *r {
		for g := range s.groups {
			s.groups[g].flush(0)
		}
	}
	return nil
}

// askRoot returns the root, nil if there is none; with create, which are a key and an epoch, it is made then.
func (s *Store) askRoot(ctx context.Context, create ...string) (*root, error) {
	keys := []string{s.tags.site("root"), s.tags.site("try"), s.tags.site("trylog")}
	got, err := rootScript.run(ctx, s.conn.Load(), keys, create).ToArray()
	if err != nil {
		return nil, away(err)
	}
	var n [3]uint64
	for i := range got {
		if got[i].IsNil() {
			return nil, nil
		}
		if n[i], err = got[i].AsUint64(); err != nil {
			return nil, fmt.Errorf("%s: %w", keys[0], errDamaged)
		}
	}
	if n[0] != format {
		return nil, fmt.Errorf("the store is of format %d, this program knows %d", n[0], format)
	}
	return &root{store.Key(n[1]), n[2]}, nil
}

// create makes an empty store; another host that does the same at this moment may be faster. A store that was there
// before and is lost keeps its key: all who have it open go on with that.
func (s *Store) create(ctx context.Context) (*root, error) {
	mine := root{key: store.Key(random()), epoch: random() >> 16}
	if old := s.root.Load(); old != nil {
		s.opt.Log.Warn("the store is gone from the server: beginning a new one", "store", s.name)
		mine.key = old.key
	} else if s.opt.MustExist {
		return nil, fmt.Errorf("no store there: %w", fs.ErrNotExist)
	}
	if err := s.beginEpoch(ctx, mine.epoch, store.Head{}); err != nil {
		return nil, err
	}
	r, err := s.askRoot(ctx, fmt.Sprint(uint64(mine.key)), fmt.Sprint(mine.epoch))
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errDamaged
	}
	if r.epoch != mine.epoch {
		s.dropEpoch(mine.epoch)
	}
	return r, nil
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) | 1
}

// named adds the store's name to an error.
func (s *Store) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// usable returns why the store cannot be used now, if so.
func (s *Store) usable() error {
	switch {
	case s.closed.Load():
		return s.named(store.ErrClosed)
	case !s.polled.Load() || s.health.isAway():
		return s.named(store.ErrAway)
	}
	return nil
}

// open returns an error if the store is closed or was never read.
func (s *Store) open() error {
	switch {
	case s.closed.Load():
		return s.named(store.ErrClosed)
	case !s.polled.Load():
		return s.named(store.ErrAway)
	}
	return nil
}

// Close implements store.Store. It records the tokens that scans have used, if the server answers.
func (s *Store) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return s.named(store.ErrClosed)
	}
	s.quit()
	s.run.Wait()
	s.once.Do(func() { close(s.loaded) })
	s.writer.Lock()
	defer s.writer.Unlock()
	var err error
	if s.root.Load() != nil {
		patience := s.opt.ApplyTimeout
		if s.health.isAway() { // perhaps just slow: one try, that keeps nobody waiting
			patience = pollTimeout
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err = s.flushTouched(ctx); err == nil {
			err = s.dropIntents(ctx)
		}
	}
	s.closeConn()
	if errors.Is(err, store.ErrAway) {
		return nil // both were hints
	}
	return s.named(err)
}

func (s *Store) closeConn() {
	if c := s.conn.Load(); c != nil {
		c.Close()
	}
}

// owner names this process in leases.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d:%x", host, os.Getpid(), random())
}
