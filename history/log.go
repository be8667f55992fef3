package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"asterism/contain"
)

var errClosed = errors.New("the history is closed")

// Options configures the records and their lifetime.
type Options struct {
	Teach      bool          // keep the tokens of mails (history_teach)
	Subject    string        // history_subject: "1", "hash" or "0"
	Expire     time.Duration // history_expire; 0 keeps records for ever
	MaxSize    int64         // history_max_size, in bytes; 0 is no limit
	Log        *slog.Logger  // nil discards
	StreamSize int64         // history_redis_size: bytes that the stream takes on its server, roughly
	Stream     Stream        // of a history that several hosts share; nil for none
}

// Log is the history of one daemon. It is safe for concurrent use.
type Log struct {
	path    string
	host    string
	opt     atomic.Pointer[Options]
	queue   *queue
	quit    chan struct{}
	writing contain.Group

	records atomic.Uint64 // written
	dropped atomic.Uint64 // not written
	failing atomic.Bool   // what is dropped was said
	hide    atomic.Uint64 // the file's hider

	mu    sync.RWMutex // guards the fields below; only the writer changes them
	file  *file
	tail  *tail // of the segment in hand
	start ID    // its first record; 0 if there is no such segment
	bytes int   // of its records and lessons

	shared sharing
}

// Open opens the history in a file, which is made if it is not there. A damaged one is set aside.
func Open(path string, opt Options) (*Log, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{path: path, queue: newQueue(), quit: make(chan struct{}), tail: &tail{}}
	l.host, _ = os.Hostname()
	l.opt.Store(&opt)
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	l.startWriting()
	return l, nil
}

// open opens the file, and reads the parts that are kept in memory.
func (l *Log) open() error {
	_ = os.Remove(l.path + newSuffix) // of a compaction that was killed
	f, err := openFile(l.path)
	if err == nil {
		if err = l.load(f); err != nil {
			f.release()
		}
	}
	if errors.Is(err, errDamaged) {
		aside, failed := setAside(l.path)
		if failed != nil {
			return errors.Join(err, failed)
		}
		l.opt.Load().Log.Error("history: the damaged file was renamed; a new one begins", "file", l.path,
			"aside", aside, "err", err)
		f, err = openFile(l.path)
		if err == nil {
			err = l.load(f)
		}
	}
	return err
}

// Configure takes over other options from the next record on. The stream stays.
func (l *Log) Configure(opt Options) {
	old := l.opt.Load()
	opt.Log, opt.Stream = old.Log, old.Stream
	l.opt.Store(&opt)
}

// Path returns the name of the history's file.
func (l *Log) Path() string { return l.path }

// Append adds a record, which belongs to the Log from then on. It never waits: records without room are dropped and
// counted.
func (l *Log) Append(r *Record) {
	opt := l.opt.Load()
	r.Host = l.host
	if !opt.Teach || r.Lesson != nil && len(r.Lesson.Header)+len(r.Lesson.Body) > maxTokens {
		r.Lesson, r.Teachable = nil, false
	}
	if r.Lesson != nil {
		r.digest = digestMark(r.Lesson.Digest)
	}
	hide := hider(l.hide.Load())
	switch opt.Subject {
	case "0":
		hide.leaveOutFrom(r)
		r.Subject, r.From = "", ""
	case "hash":
		hide.leaveOutFrom(r)
		if r.hides = opt.Stream != nil; !r.hides { // else the hosts' common key may not be known yet
			hide.hide(r)
		}
	}
	if !l.queue.add(event{record: r}) {
		l.drop(1, errors.New("too many records are waiting to be written"))
	}
}

// maxTokens bounds the tokens of a lesson that is kept.
const maxTokens = 20_000

// drop counts records that are lost, and says so once.
func (l *Log) drop(n int, why error) {
	l.dropped.Add(uint64(n))
	if n > 0 && !l.failing.Swap(true) {
		l.opt.Load().Log.Error("history: records are lost; further losses are not logged", "file", l.path,
			"records", n, "err", why)
	}
}

// Stats are counts since the history was opened, and the size of its file.
type Stats struct {
	Records uint64 // written
	Dropped uint64 // lost, since the disk or the server was too slow, full or away
	Bytes   int64
}

// Stats returns the history's counts.
func (l *Log) Stats() Stats {
	s := Stats{Records: l.records.Load(), Dropped: l.dropped.Load()}
	if info, err := os.Stat(l.path); err == nil {
		s.Bytes = info.Size()
	}
	return s
}

// closePatience is how long Close waits for a server of a shared history.
const closePatience = 2 * time.Second

// Close writes the pending records.
func (l *Log) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	l.queue.close()
	close(l.quit)
	l.endSharing(ctx)
	l.writing.Join()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.close()
}
