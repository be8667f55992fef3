// Package listen opens and dials the sockets that an MTA and a mail filter meet at, written as sendmail and libmilter
// write them: unix:/path, local:/path, inet:port@host, inet6:port@host.
package listen

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// maxUnixPath is the longest path of a unix socket: the BSDs have 104 bytes for it, of which Listen needs four (a NUL
// and
// "~/s").
const maxUnixPath = 100

// Address is one parsed socket address. Its zero value is no address.
type Address struct {
	Network string // "unix", "tcp4" or "tcp6", as package net calls them
	Path    string // file of a unix socket, else empty
	Host    string // host name or address without brackets; empty listens on every address of the machine
	Port    uint16 // 0 when listening lets the system choose
}

// Parse reads an address in sendmail's notation. As in libmilter a text that begins with a slash is a unix socket. A
// port may be given by the name of its service. The error quotes s.
func Parse(s string) (Address, error) {
	if strings.HasPrefix(s, "/") {
		return unixAddress(s, s)
	}
	family, rest, ok := strings.Cut(s, ":")
	if !ok {
		return Address{}, fmt.Errorf("socket %q: want unix:/path, inet:port@host or inet6:port@host", s)
	}
	switch strings.ToLower(family) {
	case "unix", "local":
		return unixAddress(s, rest)
	case "inet":
		return inetAddress(s, "tcp4", rest)
	case "inet6":
		return inetAddress(s, "tcp6", rest)
	}
	return Address{}, fmt.Errorf("socket %q: unknown family %q: want unix, local, inet or inet6", s, family)
}

func unixAddress(s, path string) (Address, error) {
	switch {
	case !filepath.IsAbs(path):
		return Address{}, fmt.Errorf("socket %q: the path must begin with a slash", s)
	case strings.ContainsRune(path, 0):
		return Address{}, fmt.Errorf("socket %q: the path has a NUL byte", s)
	case len(path) > maxUnixPath:
		return Address{}, fmt.Errorf("socket %q: the path is longer than %d bytes", s, maxUnixPath)
	}
	return Address{Network: "unix", Path: path}, nil
}

func inetAddress(s, network, rest string) (Address, error) {
	service, host, _ := strings.Cut(rest, "@")
	port, err := net.LookupPort("tcp", service)
	if service == "" || err != nil {
		return Address{}, fmt.Errorf("socket %q: no such port %q", s, service)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() != (network == "tcp4") {
		return Address{}, fmt.Errorf("socket %q: %s is not of this family", s, host)
	}
	return Address{Network: network, Host: host, Port: uint16(port)}, nil
}

// ErrNoAddress is returned for the zero Address.
var ErrNoAddress = errors.New("listen: no address")

// String returns the address in sendmail's notation.
func (a Address) String() string {
	switch a.Network {
	case "unix":
		return "unix:" + a.Path
	case "tcp4", "tcp6":
		family := "inet"
		if a.Network == "tcp6" {
			family = "inet6"
		}
		port := family + ":" + strconv.Itoa(int(a.Port))
		if a.Host == "" {
			return port
		}
		return port + "@" + a.Host
	}
	return ""
}

// hostPort returns the address as package net wants it.
func (a Address) hostPort() string {
	if a.Network == "unix" {
		return a.Path
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port)))
}
