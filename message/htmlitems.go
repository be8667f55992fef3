package message

// maxItems is how many links, images, forms and resources of one HTML document are kept, of each.
const maxItems = 4000

// itemList is a list of at most maxItems. Where there are more, the first half and the last half of them are kept, so
// that no number of items hides what stands at either end.
type itemList[T any] struct {
	items  []T
	oldest int // of the second half, counted from its start, once the list is full
}

// add appends an item and returns its index.
func (s *itemList[T]) add(item T) int {
	if len(s.items) < maxItems {
		s.items = append(s.items, item)
		return len(s.items) - 1
	}
	i := maxItems/2 + s.oldest
	s.items[i] = item
	s.oldest = (s.oldest + 1) % (maxItems / 2)
	return i
}

// drop removes the item at an index if it was added last, and the list is neither so short that there is no need nor
// full.
func (s *itemList[T]) drop(i int) {
	if n := len(s.items); i == n-1 && n > maxItems/2 && n < maxItems {
		s.items = s.items[:i]
	}
}

// ordered returns the items in the order in which they were added.
func (s *itemList[T]) ordered() []T {
	if s.oldest == 0 {
		return s.items
	}
	second := s.items[maxItems/2:]
	ordered := append(make([]T, 0, maxItems), s.items[:maxItems/2]...)
	return append(append(ordered, second[s.oldest:]...), second[:s.oldest]...)
}
