package history

import (
	"crypto/sha256"
	"encoding/binary"

	"asterism/store"
)

// KeyMark returns a mark of a store's key: it identifies tokens made with that key, and does not reveal the key.
func KeyMark(k store.Key) uint32 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("asterism history "), uint64(k)))
	return binary.LittleEndian.Uint32(sum[:])
}
