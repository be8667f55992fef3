// Package phish looks up links of phishing in feeds that the site has downloaded: OpenPhish (one URL a line), PhishTank
// (CSV with the URL in the second column) and PhishStats (CSV of date, score, URL and address). Changed files are read
// again.
package phish

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"
)

// Options name the files; an empty name is no feed.
type Options struct {
	OpenPhish, PhishTank, PhishStats string

	MinScore float64 // of PhishStats: entries up to this score do not count
	NoParam  bool    // ignore the query of links with a path
}

// look is how long files are taken for unchanged.
const look = 10 * time.Second

// maxFeed bounds a feed's file.
const maxFeed = 256 << 20

// Feeds are the feeds of a site. They are safe for concurrent use.
type Feeds struct {
	opt   Options
	table atomic.Pointer[table]
	mu    sync.Mutex // of those who look at the files
	next  atomic.Int64
	seen  map[string]os.FileInfo
}

// table is the feed of each link, by its hash.
type table map[uint64]string

// Open reads the feeds. An unreadable feed is an error; the other feeds count.
func Open(opt Options) (*Feeds, error) {
	f := &Feeds{opt: opt, seen: map[string]os.FileInfo{}}
	err := f.read()
	f.next.Store(time.Now().Add(look).UnixNano())
	return f, err
}

// Find returns the feed that has a link, "" if none has.
func (f *Feeds) Find(url string) string {
	if now := time.Now().UnixNano(); now > f.next.Load() && f.mu.TryLock() {
		f.next.Store(now + int64(look))
		if f.changed() {
			_ = f.read() // what cannot be read now stays as it was; the next look tries again
		}
		f.mu.Unlock()
	}
	key, ok := f.key(url)
	if !ok {
		return ""
	}
	return (*f.table.Load())[key]
}

// files are the feeds' names and how they are read.
func (f *Feeds) files() map[string]struct {
	file string
	read func(io.Reader, func(string)) error
} {
	return map[string]struct {
		file string
		read func(io.Reader, func(string)) error
	}{
		"OpenPhish":  {f.opt.OpenPhish, readLines},
		"PhishTank":  {f.opt.PhishTank, readPhishTank},
		"PhishStats": {f.opt.PhishStats, f.readPhishStats},
	}
}

// changed reports whether a file is another than the one that was read.
func (f *Feeds) changed() bool {
	for _, feed := range f.files() {
		if feed.file == "" {
			continue
		}
		now, err := os.Stat(feed.file)
		before := f.seen[feed.file]
		if err == nil && (before == nil || !os.SameFile(before, now) || before.ModTime() != now.ModTime() ||
			before.Size() != now.Size()) {
			return true
		}
	}
	return false
}

func (f *Feeds) read() error {
	all := table{}
	var problems []error
	for name, feed := range f.files() {
		if feed.file == "" {
			continue
		}
		if err := f.readFile(name, feed.file, feed.read, all); err != nil {
			problems = append(problems, err)
		}
	}
	if old := f.table.Load(); old == nil || len(problems) == 0 {
		f.table.Store(&all)
	}
	return errors.Join(problems...)
}

func (f *Feeds) readFile(name, path string, read func(io.Reader, func(string)) error, all table) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > maxFeed {
		return fmt.Errorf("%s: larger than %d MB", path, maxFeed>>20)
	}
	err = read(file, func(url string) {
		if key, ok := f.key(url); ok {
			all[key] = name
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.seen[path] = info
	return nil
}

// key returns the hash of a link in its plain form: scheme and host in lower case, without a fragment and a slash at
// the end. Of
// links that are but a host, nothing may be left out.
func (f *Feeds) key(url string) (uint64, bool) {
	url, _, _ = strings.Cut(strings.TrimSpace(url), "#")
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return 0, false
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := strings.ToLower(rest[:end]), rest[end:]
	if before, _, has := strings.Cut(path, "?"); f.opt.NoParam && has {
		if strings.Count(before, "/") < 2 { // "/url" of a site that redirects anywhere
			return 0, false
		}
		path = before
	}
	return xxh3.HashString(strings.ToLower(scheme) + "://" + host + strings.TrimSuffix(path, "/")), true
}

func readLines(r io.Reader, add func(string)) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); !strings.HasPrefix(line, "#") {
			add(line)
		}
	}
	return lines.Err()
}

// readPhishTank reads the second column of all lines but the first.
func readPhishTank(r io.Reader, add func(string)) error {
	return readCSV(r, func(record []string) {
		if len(record) > 1 {
			add(record[1])
		}
	})
}

func (f *Feeds) readPhishStats(r io.Reader, add func(string)) error {
	return readCSV(r, func(record []string) {
		if len(record) < 3 {
			return
		}
		if score, err := strconv.ParseFloat(strings.TrimSpace(record[1]), 64); err == nil && score > f.opt.MinScore {
			add(record[2])
		}
	})
}

func readCSV(r io.Reader, use func([]string)) error {
	rows := csv.NewReader(r)
	rows.Comment, rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = '#', -1, true, true
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		use(record)
	}
}
