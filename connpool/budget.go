package connpool

import "sync/atomic"

// Budget bounds the bytes that the connections of a server hold. It is safe for concurrent use.
type Budget struct{ free atomic.Int64 }

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget {
	b := &Budget{}
	b.free.Store(bytes)
	return b
}

// Take takes n bytes out of the budget, or none and returns false if there are not so many left.
func (b *Budget) Take(n int64) bool {
	if b.free.Add(-n) < 0 {
		b.free.Add(n)
		return false
	}
	return true
}

// Give gives bytes back.
func (b *Budget) Give(n int64) { b.free.Add(n) }

// Share is one user's share of a budget. It is not safe for concurrent use.
type Share struct {
	Budget *Budget
	taken  int64
}

// Take takes n more bytes, or none and returns false.
func (s *Share) Take(n int64) bool {
	if !s.Budget.Take(n) {
		return false
	}
	s.taken += n
	return true
}

// GiveAll gives back all that was taken.
func (s *Share) GiveAll() {
	if s.taken != 0 {
		s.Budget.Give(s.taken)
		s.taken = 0
	}
}
