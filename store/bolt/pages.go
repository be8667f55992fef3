package bolt

import (
	"os"
	"unsafe"

	bbolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// releaseEvery is how many bytes of the memory-mapped file are read before their pages are given back.
const releaseEvery = 4 << 20

// pages gives back the pages of the memory-mapped file that were read once and are in the table now. Without that a
// process would be charged for the store twice. The pages stay in the system's cache, and reading them again is
// harmless.
type pages struct {
	low, high uintptr // addresses of what was read since pages were given back
	read      int
}

// add notes that b, a part of the mapping, was read and will not be again.
func (p *pages) add(b []byte) {
	if len(b) == 0 {
		return
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	if p.read == 0 {
		p.low, p.high = at, at
	}
	p.low, p.high = min(p.low, at), max(p.high, at+uintptr(len(b)))
	if p.read += len(b); p.read >= releaseEvery {
		p.release(b)
	}
}

// release gives the pages back that lie wholly within what was read; b is a part of the same mapping.
func (p *pages) release(b []byte) {
	size := uintptr(os.Getpagesize())
	low, high := (p.low+size-1)&^(size-1), p.high&^(size-1)
	p.read = 0
	if len(b) == 0 || low >= high {
		return
	}
	// The mapping is one, so from b all of it can be reached.
	start := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), int(low)-int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))))
	_ = unix.Madvise(unsafe.Slice((*byte)(start), high-low), unix.MADV_DONTNEED) // if it fails, they are charged
}

// releaseMapping gives back all pages of the file's mapping: those that learnings have read, a few each, would add up
// to the whole file in the end.
func (s *Store) releaseMapping() {
	_ = s.view(func(tx *bbolt.Tx) error { // which keeps the mapping where it is
		start := *(*unsafe.Pointer)(unsafe.Pointer(&s.db.Info().Data))
		return unix.Madvise(unsafe.Slice((*byte)(start), tx.Size()), unix.MADV_DONTNEED)
	})
}
