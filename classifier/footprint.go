package classifier

import "bytes"

// Bytes of memory that a scan takes per byte of the message, at its peak, without the message itself. Text that grows
// by its conversion to UTF-8 takes most. A header field is kept in more forms than text.
const (
	footprintPerByte   = 7
	footprintPerHeader = 13
	footprintBase      = 64 << 10
)

// Footprint returns how many bytes of memory the scan of a message takes at most. Learning takes less.
func Footprint(raw []byte) int64 {
	header := len(raw)
	for _, end := range [...]string{"\n\r\n", "\n\n"} {
		if i := bytes.Index(raw[:header], []byte(end)); i >= 0 {
			header = i
		}
	}
	return footprintBase + int64(header)*footprintPerHeader + int64(len(raw)-header)*footprintPerByte
}

// LargestWithin returns the size of the largest message whose scan takes at most n bytes of memory, a header of usual
// size provided.
func LargestWithin(n int64) int64 {
	return max(0, n-footprintBase-usualHeader*(footprintPerHeader-footprintPerByte)) / footprintPerByte
}

// usualHeader is the size of a large but usual header, in bytes.
const usualHeader = 32 << 10
