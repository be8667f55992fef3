package spamc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"asterism/store"
)

// recordSize is how many bytes a record takes in the answer to LOOKUP: ham and spam count, time of last use, weight,
// each 32 bits, little-endian.
const recordSize = 16

var errBroken = errors.New("spamd's answer is broken")

// look answers the verbs by which another process reads the store.
func (s *Server) look(req *request) (*answer, error) {
	a := &answer{version: "1.1", text: "EX_OK"}
	var err error
	switch req.verb {
	case "KEY":
		var key store.Key
		key, err = s.opt.StoreAdmin.Key()
		a.fields = append(a.fields, "Key: "+strconv.FormatUint(uint64(key), 16))
	case "META":
		a.body, err = s.opt.StoreAdmin.Meta(req.field["name"])
		if a.body != nil {
			a.fields = append(a.fields, "Known: yes")
		}
	case "LOOKUP":
		a.body, err = s.lookup(req.message)
	}
	if err != nil {
		return nil, err
	}
	a.fields = append(a.fields, "Content-length: "+strconv.Itoa(len(a.body)))
	return a, nil
}

// lookup returns the records of tokens, as they are sent.
func (s *Server) lookup(message []byte) ([]byte, error) {
	if len(message)%8 != 0 {
		return nil, protocolError("(tokens are of 8 bytes each)")
	}
	tokens := make([]store.Token, len(message)/8)
	for i := range tokens {
		tokens[i] = store.Token(binary.LittleEndian.Uint64(message[8*i:]))
	}
	records := make([]store.Record, len(tokens))
	if err := s.opt.StoreAdmin.Lookup(tokens, records); err != nil {
		return nil, err
	}
	body := make([]byte, 0, recordSize*len(records))
	for _, r := range records {
		body = binary.LittleEndian.AppendUint32(body, r.Ham)
		body = binary.LittleEndian.AppendUint32(body, r.Spam)
		body = binary.LittleEndian.AppendUint32(body, r.LastSeen)
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(r.Weight))
	}
	return body, nil
}

// Key returns the key of the tokens in the server's store.
func (c *Client) Key(ctx context.Context) (store.Key, error) {
	fields, _, err := c.call(ctx, "KEY", nil, nil)
	if err != nil {
		return 0, err
	}
	key, err := strconv.ParseUint(fields["key"], 16, 64)
	if err != nil {
		return 0, errBroken
	}
	return store.Key(key), nil
}

// Meta returns a parameter in the server's store, nil if there is none.
func (c *Client) Meta(ctx context.Context, name string) ([]byte, error) {
	fields, body, err := c.call(ctx, "META", nil, []string{"Name: " + name})
	if err != nil || fields["known"] == "" {
		return nil, err
	}
	return body, nil
}

// Lookup fills dst with the records of tokens in the server's store; see store.Store.
func (c *Client) Lookup(ctx context.Context, tokens []store.Token, dst []store.Record) error {
	request := make([]byte, 0, 8*len(tokens))
	for _, tok := range tokens {
		request = binary.LittleEndian.AppendUint64(request, uint64(tok))
	}
	_, body, err := c.call(ctx, "LOOKUP", request, nil)
	if err != nil {
		return err
	}
	if len(body) != recordSize*len(tokens) {
		return fmt.Errorf("%w: %d bytes for %d tokens", errBroken, len(body), len(tokens))
	}
	for i := range tokens {
		b := body[recordSize*i:]
		dst[i] = store.Record{Ham: binary.LittleEndian.Uint32(b), Spam: binary.LittleEndian.Uint32(b[4:]),
			LastSeen: binary.LittleEndian.Uint32(b[8:]), Weight: math.Float32frombits(binary.LittleEndian.Uint32(b[12:]))}
	}
	return nil
}
