package history

import "sync"

// names is a table of words that many records share: names of tests, actions and hosts. Numbers begin at 1.
type names struct {
	mu     sync.RWMutex
	byName map[string]uint64
	list   []string
	stored int // of list, on disk
}

// maxNames bounds the table: later names are written as text.
const maxNames = 1 << 16

func newNames() *names { return &names{byName: map[string]uint64{}} }

// number returns a word's number, which is a new one for a new word; 0 for one that has none.
func (t *names) number(s string) uint64 {
	if t == nil || len(s) > maxText {
		return 0
	}
	t.mu.RLock()
	n := t.byName[s]
	t.mu.RUnlock()
	if n != 0 {
		return n
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.byName[s]; n != 0 || len(t.list) == maxNames {
		return n
	}
	t.list = append(t.list, s)
	n = uint64(len(t.list))
	t.byName[s] = n
	return n
}

// name returns the word of a number.
func (t *names) name(n uint64) (string, bool) {
	if t == nil {
		return "", false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if n == 0 || n > uint64(len(t.list)) {
		return "", false
	}
	return t.list[n-1], true
}

// fresh returns the words that are not on disk yet, and the number of the first.
func (t *names) fresh() (first int, list []string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.stored + 1, t.list[t.stored:]
}

// settle notes that they are there, or takes them back.
func (t *names) settle(there bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if there {
		t.stored = len(t.list)
		return
	}
	for _, s := range t.list[t.stored:] {
		delete(t.byName, s)
	}
	t.list = t.list[:t.stored]
}

// all returns a copy of the table.
func (t *names) all() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]string(nil), t.list...)
}
