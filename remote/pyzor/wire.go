package pyzor

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	protocolVersion = "2.1"
	anonymous       = "anonymous"

	// Threads below minThread are reserved; a server that cannot read a request answers with errorThread.
	minThread, maxThread = 1024, 1 << 16
	errorThread          = 0

	// specification says which lines a digest is of: three from 20 percent and three from 60 percent of all.
	specification = "20,3,60,3"
)

// request builds a signed request.
func request(s Server, op, digest string, thread int, now time.Time) []byte {
	user := s.User
	if user == "" {
		user = anonymous
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Op: %s\n", op)
	if digest != "" {
		fmt.Fprintf(&b, "Op-Digest: %s\n", digest)
		if op == "report" || op == "whitelist" {
			fmt.Fprintf(&b, "Op-Spec: %s\n", specification)
		}
	}
	fmt.Fprintf(&b, "Thread: %d\nPV: %s\nUser: %s\nTime: %d", thread, protocolVersion, user, now.Unix())
	sig := sign(b.Bytes(), user, s.Key, now)
	fmt.Fprintf(&b, "\nSig: %s\n\n", sig)
	return b.Bytes()
}

// sign returns the signature of a request: SHA-1 of the request's SHA-1, the time and the account's hashed key.
func sign(packet []byte, user, key string, now time.Time) string {
	hashed := sha1.Sum([]byte(user + ":" + strings.ToLower(key)))
	sum := sha1.Sum(packet)
	h := sha1.New()
	h.Write(sum[:])
	fmt.Fprintf(h, ":%d:%x", now.Unix(), hashed)
	return hex.EncodeToString(h.Sum(nil))
}

// response is a server's answer: its fields by name.
type response map[string]string

var errResponse = errors.New("not a Pyzor response")

// parseResponse reads a response. It must have a code and a thread number.
func parseResponse(packet []byte) (response, error) {
	r := make(response)
	for line := range bytes.Lines(packet) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return nil, errResponse
		}
		if _, twice := r[name]; !twice {
			r[name] = strings.TrimSpace(value)
		}
	}
	if r.number("Code") < 0 || r.number("Thread") < 0 {
		return nil, errResponse
	}
	return r, nil
}

// number returns a field's value, -1 if it is not a number from 0 on.
func (r response) number(field string) int {
	n, err := strconv.ParseUint(r[field], 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}
