package redis

import (
	"errors"
	"sync"

	"github.com/valkey-io/valkey-go"
)

var errClosed = errors.New("the connection to Redis is closed")

// locate reads a URL. Credentials of the options count where it has none.
func locate(url string, opt Options) (*Location, error) {
	loc, err := ParseURL(url)
	if err == nil && loc.Password == "" && loc.User == "" {
		loc.User, loc.Password = opt.User, opt.Password
	}
	return loc, err
}

// dialed is a connection that is made when it is first used. It is safe for concurrent use.
type dialed struct {
	loc *Location

	mu     sync.Mutex
	client valkey.Client
	closed bool
}

// connect returns the connected client.
func (d *dialed) connect() (valkey.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errClosed
	}
	if d.client == nil {
		c, err := valkey.NewClient(d.loc.clientOption())
		if err != nil {
			return nil, away(err)
		}
		d.client = c
	}
	return d.client, nil
}

// Close ends the connection.
func (d *dialed) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed = true; d.client != nil {
		d.client.Close()
	}
}
