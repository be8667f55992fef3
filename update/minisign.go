package update

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/blake2b"
)

// Lengths in minisign's files (https://jedisct1.github.io/minisign/).
const (
	algorithmLen = 2
	keyIDLen     = 8
)

// Key is a public key in minisign's form.
type Key struct {
	id     [keyIDLen]byte
	public ed25519.PublicKey
}

// ParseKey reads a public key: the line of minisign's .pub file that is no comment, or the whole file.
func ParseKey(text string) (*Key, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(lines[len(lines)-1]))
	if err != nil || len(data) != algorithmLen+keyIDLen+ed25519.PublicKeySize || string(data[:algorithmLen]) != "Ed" {
		return nil, errors.New("not a public key of minisign")
	}
	k := &Key{public: ed25519.PublicKey(data[algorithmLen+keyIDLen:])}
	copy(k.id[:], data[algorithmLen:])
	return k, nil
}

// signature is a signature file of minisign's: of a file, and of that signature with a comment.
type signature struct {
	id      [keyIDLen]byte
	hashed  bool // the file's BLAKE2b sum is signed, not the file
	file    []byte
	comment string
	all     []byte
}

const trustedComment = "trusted comment: "

func parseSignature(text []byte) (*signature, error) {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if len(lines) < 4 || !strings.HasPrefix(lines[0], "untrusted comment:") || !strings.HasPrefix(lines[2],
		trustedComment) {
		return nil, errors.New("not a signature file of minisign")
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(lines[1]))
	if err != nil || len(data) != algorithmLen+keyIDLen+ed25519.SignatureSize {
		return nil, errors.New("not a signature file of minisign")
	}
	s := &signature{file: data[algorithmLen+keyIDLen:], comment: strings.TrimPrefix(lines[2], trustedComment)}
	switch string(data[:algorithmLen]) {
	case "Ed":
	case "ED":
		s.hashed = true
	default:
		return nil, fmt.Errorf("signature of unknown algorithm %q", data[:algorithmLen])
	}
	copy(s.id[:], data[algorithmLen:])
	if s.all, err = base64.StdEncoding.DecodeString(strings.TrimSpace(lines[3])); err != nil ||
		len(s.all) != ed25519.SignatureSize {
		return nil, errors.New("not a signature file of minisign")
	}
	return s, nil
}

// Verify verifies a file by its signature file.
func (k *Key) Verify(file, signatureFile []byte) error {
	s, err := parseSignature(signatureFile)
	if err != nil {
		return err
	}
	if s.id != k.id {
		return fmt.Errorf("signed by another key, %X", reversed(s.id))
	}
	signed := file
	if s.hashed {
		sum := blake2b.Sum512(file)
		signed = sum[:]
	}
	if !ed25519.Verify(k.public, signed, s.file) || !ed25519.Verify(k.public, append(bytes.Clone(s.file), s.comment...),
		s.all) {
		return errors.New("the signature is not of this file")
	}
	return nil
}

// reversed returns a key's number as minisign prints it.
func reversed(id [keyIDLen]byte) []byte {
	for i := range keyIDLen / 2 {
		id[i], id[keyIDLen-1-i] = id[keyIDLen-1-i], id[i]
	}
	return id[:]
}
