package update

import (
	"crypto/ed25519"
	"testing"
)

// FuzzUnpack: no archive is written outside its directory or fails but by an error.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = unpack(data, t.TempDir())
	})
}

// FuzzSignature: no signature file but a real one verifies.
func FuzzSignature(f *testing.F) {
	f.Add([]byte("untrusted comment: x\nRWQxMjM0NTY3OA==\ntrusted comment: y\nAAAA\n"))
	key := &Key{public: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)}
	f.Fuzz(func(t *testing.T, signature []byte) {
		if key.Verify([]byte("file"), signature) == nil {
			t.Error("verified")
		}
	})
}
