package resolver

import "time"

// cache remembers answers until their time is up, the most recently used ones if there are more than fit. It is not
// safe for concurrent use; the Resolver's lock guards it.
type cache struct {
	limit, used int // bytes
	entries     map[key]*entry
	root        entry // ring: root.next was used last, root.prev longest ago
}

// entry is the cached result of one query: an answer, or an error.
type entry struct {
	key        key
	ans        *Answer
	err        error
	expires    time.Time
	fails      int // failures in a row, this one included
	cost       int
	prev, next *entry
}

// entryCost is the memory an entry takes beside its records: map slot, entry, Answer and name.
const entryCost = 300

func newCache(limit int) *cache {
	c := &cache{limit: limit, entries: make(map[key]*entry)}
	c.root.prev, c.root.next = &c.root, &c.root
	return c
}

func (c *cache) size() (entries, bytes int) { return len(c.entries), c.used }

// get returns the entry of k, or nil if there is none whose time is not up.
func (c *cache) get(k key, now time.Time) *entry {
	e := c.entries[k]
	if e == nil {
		return nil
	}
	if !now.Before(e.expires) {
		if e.err == nil { // put wants to know how often a question failed
			c.remove(e)
		}
		return nil
	}
	e.unlink()
	c.pushFront(e)
	return e
}

// put remembers an answer for its TTL.
func (c *cache) put(k key, ans *Answer, now time.Time) {
	c.add(&entry{key: k, ans: ans, expires: now.Add(ans.TTL), cost: entryCost + 2*len(k.name) + ans.size()})
}

// A question that failed is not asked again for a while, longer each time (RFC 9520, section 3.2, allows five minutes).
const (
	minFailureTTL = 5 * time.Second
	maxFailureTTL = 5 * time.Minute
)

// putFailure remembers that a question failed.
func (c *cache) putFailure(k key, err error, now time.Time) {
	e := &entry{key: k, err: err, fails: 1, cost: entryCost + 2*len(k.name)}
	if old := c.entries[k]; old != nil {
		e.fails += old.fails
	}
	e.expires = now.Add(min(minFailureTTL<<min(e.fails-1, 10), maxFailureTTL))
	c.add(e)
}

// add adds an entry, and drops the longest unused ones if needed. It does not cache an answer of more than a sixteenth
// of the cache.
func (c *cache) add(e *entry) {
	if old := c.entries[e.key]; old != nil {
		c.remove(old)
	}
	if e.cost > c.limit/16 {
		return
	}
	for c.used+e.cost > c.limit {
		c.remove(c.root.prev)
	}
	c.entries[e.key] = e
	c.used += e.cost
	c.pushFront(e)
}

func (c *cache) remove(e *entry) {
	delete(c.entries, e.key)
	c.used -= e.cost
	e.unlink()
}

func (c *cache) pushFront(e *entry) {
	e.prev, e.next = &c.root, c.root.next
	e.prev.next, e.next.prev = e, e
}

func (e *entry) unlink() {
	e.prev.next, e.next.prev = e.next, e.prev
}
