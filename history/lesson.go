package history

import (
	"crypto/sha256"
	"encoding/binary"

	"asterism/store"
)

// KeyMark returns a mark of a store's key: it tells whether tokens were made with that key, and does not tell the key.
func KeyMark(k store.Key) uint32 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("asterism history "), uint64(k)))
	return binary.LittleEndian.Uint32(sum[:])
}
