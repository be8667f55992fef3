package spamc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"asterism/listen"
	"asterism/store"
)

// StoreAdmin looks after the learner's store as a whole, for the clients of a control socket. Its verbs are our own:
//
//	TOTALS    the store's totals as header fields
//	EXPIRE    removes tokens beyond the limit: how many in the field Removed, and the totals
//	BACKUP    the store as text, as package backup writes it; without its last record it is not whole
//	KEY       the key of its tokens, in the field Key
//	META      the parameter that the field Name names
//	LOOKUP    the records of tokens, of 8 bytes each
type StoreAdmin interface {
	Totals() (store.Totals, error)
	Expire() (removed int, err error)
	Backup(w io.Writer) error
	Key() (store.Key, error)
	Meta(name string) ([]byte, error)
	Lookup(tokens []store.Token, dst []store.Record) error
}

// writeTimeout is how long a client may take no byte of a backup.
const writeTimeout = time.Minute

// keep answers the verbs of StoreAdmin, and writes the answer to BACKUP itself.
func (s *Server) administer(log *slog.Logger, req *request, c *conn) (*answer, error) {
	a := &answer{version: "1.1", text: "EX_OK"}
	switch req.verb {
	case "BACKUP":
		if _, err := s.opt.StoreAdmin.Totals(); err != nil {
			return nil, err // while there still is a way to say so
		}
		s.sendBackup(log, c, append(a.head(), "\r\n"...))
		return nil, nil
	case "EXPIRE":
		removed, err := s.opt.StoreAdmin.Expire()
		if err != nil {
			return nil, fmt.Errorf("expiry failed: %w", err)
		}
		log.Info("expire", "removed", removed)
		a.fields = append(a.fields, "Removed: "+strconv.Itoa(removed))
	}
	t, err := s.opt.StoreAdmin.Totals()
	if err != nil {
		return nil, err
	}
	for _, f := range totalsFields(&t) {
		a.fields = append(a.fields, f.name+": "+strconv.FormatInt(f.get(), 10))
	}
	return a, nil
}

// sendBackup writes an answer's head and a backup as they come, however long that takes. If it fails, the client sees
// that the end is missing.
func (s *Server) sendBackup(log *slog.Logger, c *conn, head []byte) {
	c.SetDeadline(time.Time{})
	w := &patient{c.Conn}
	_, err := w.Write(head)
	if err == nil {
		err = s.opt.StoreAdmin.Backup(w)
	}
	if err != nil {
		log.Warn("backup not sent", "err", err)
		return
	}
	log.Info("backup sent")
	c.linger(lingering)
}

// patient is a connection that gives its client some time for each piece, however many there are.
type patient struct{ net.Conn }

func (p *patient) Write(b []byte) (int, error) {
	p.SetWriteDeadline(time.Now().Add(writeTimeout))
	return p.Conn.Write(b)
}

// totalsField is one number of a store's totals.
type totalsField struct {
	name string
	get  func() int64
	set  func(int64)
}

// totalsFields are the header fields that t is sent in.
func totalsFields(t *store.Totals) []totalsField {
	count := func(name string, n *uint32) totalsField {
		return totalsField{name, func() int64 { return int64(*n) }, func(v int64) { *n = uint32(v) }}
	}
	number := func(name string, n *int) totalsField {
		return totalsField{name, func() int64 { return int64(*n) }, func(v int64) { *n = int(v) }}
	}
	when := func(name string, at *time.Time) totalsField {
		return totalsField{name, func() int64 {
			if at.IsZero() {
				return 0
			}
			return at.Unix()
		}, func(v int64) {
			if v != 0 {
				*at = time.Unix(v, 0)
			}
		}}
	}
	return []totalsField{
		count("Ham", &t.Ham), count("Spam", &t.Spam), number("Tokens", &t.Tokens), number("Seen", &t.Seen),
		when("Oldest", &t.Oldest), when("Newest", &t.Newest), when("Last-expiry", &t.LastExpiry),
	}
}

// Totals returns the totals of the server's store.
func (c *Client) Totals(ctx context.Context) (store.Totals, error) {
	fields, _, err := c.call(ctx, "TOTALS", nil, nil)
	if err != nil {
		return store.Totals{}, err
	}
	return readTotals(fields)
}

// Expire has the server remove tokens beyond its limit. It returns how many it removed, and the totals after that.
func (c *Client) Expire(ctx context.Context) (removed int, t store.Totals, err error) {
	fields, _, err := c.call(ctx, "EXPIRE", nil, nil)
	if err != nil {
		return 0, store.Totals{}, err
	}
	if removed, err = strconv.Atoi(fields["removed"]); err != nil {
		return 0, store.Totals{}, fmt.Errorf("spamd's answer lacks the number of removed tokens: %.40q", fields["removed"])
	}
	t, err = readTotals(fields)
	return removed, t, err
}

// Backup gives read the text of a backup of the server's store, as it comes.
func (c *Client) Backup(ctx context.Context, read func(io.Reader) error) error {
	conn, err := listen.Dial(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err = conn.Write(c.head("BACKUP", 0, nil)); err == nil {
		r := bufio.NewReaderSize(conn, 64<<10)
		if _, err = readAnswerHead(r); err == nil {
			err = read(r)
		}
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return err
}

func readTotals(fields map[string]string) (store.Totals, error) {
	var t store.Totals
	for _, f := range totalsFields(&t) {
		v, err := strconv.ParseInt(fields[strings.ToLower(f.name)], 10, 64)
		if err != nil || v < 0 {
			return t, errors.New("spamd's answer lacks the store's totals")
		}
		f.set(v)
	}
	return t, nil
}
