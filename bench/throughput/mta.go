package main

import (
	"encoding/binary"
	"net"
)

// mtaDialer dials as an MTA that collects packets until it has as many bytes, or waits for a reply. go-milter's client
// writes each packet in two system calls, as no MTA does; what it takes is taken from the rate of a fast milter.
type mtaDialer int

const (
	asSendmail mtaDialer = 1       // each packet in one system call
	asPostfix  mtaDialer = 4 << 10 // the buffer of a VSTREAM
)

func (d mtaDialer) Dial(network, addr string) (net.Conn, error) {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return &mtaConn{Conn: conn, collect: int(d)}, nil
}

// mtaConn is an MTA's connection to a milter.
type mtaConn struct {
	net.Conn
	collect int
	out     []byte
	end     int // of the last whole packet in out
}

// Write takes a packet or a part of one.
func (c *mtaConn) Write(p []byte) (int, error) {
	c.out = append(c.out, p...)
	for len(c.out)-c.end >= 4 {
		size := 4 + int(binary.BigEndian.Uint32(c.out[c.end:]))
		if len(c.out)-c.end < size {
			break
		}
		c.end += size
	}
	if c.end < c.collect || c.end < len(c.out) {
		return len(p), nil
	}
	return len(p), c.flush()
}

// Read reads replies, after all packets have been sent.
func (c *mtaConn) Read(p []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Close sends what has been written, and closes the connection.
func (c *mtaConn) Close() error {
	_ = c.flush()
	return c.Conn.Close()
}

func (c *mtaConn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.out)
	c.out, c.end = c.out[:0], 0
	return err
}
