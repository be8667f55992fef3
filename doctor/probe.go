package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/listen"
)

// probeTimeout is how long a socket may take to answer.
const probeTimeout = 5 * time.Second

// Milter opens a session at a milter's socket as an MTA does, up to the negotiation of the protocol, and ends it.
func Milter(ctx context.Context, at listen.Address) Finding {
	about := on("milter socket")
	if err := negotiate(ctx, at); err != nil {
		return about.failure(remedyFor(err), "%s does not answer as a milter: %v", at, plain(err))
	}
	return about.ok("%s answers", at)
}

func negotiate(ctx context.Context, at listen.Address) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := listen.Dial(ctx, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(probeTimeout))
	client := gomilter.NewClient("", "", gomilter.WithDialer(dialed{conn}),
		gomilter.WithActions(gomilter.AllClientSupportedActionMasks),
		gomilter.WithReadTimeout(probeTimeout), gomilter.WithWriteTimeout(probeTimeout))
	session, err := client.Session(nil)
	if err != nil {
		return err
	}
	return session.Close()
}

// dialed is a gomilter.Dialer of a connection that there is.
type dialed struct{ conn net.Conn }

func (d dialed) Dial(string, string) (net.Conn, error) { return d.conn, nil }

// plain removes the address from an error that follows it.
func plain(err error) error {
	var e *net.OpError
	if errors.As(err, &e) && e.Op == "dial" {
		return e.Err
	}
	return err
}

// remedyFor returns the remedy for a socket that does not answer.
func remedyFor(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "run this as root"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return "start spamd (systemctl start asterism), with --milter for this socket"
	}
	return "check for another program on this address, and spamd's log"
}

// same reports whether two addresses are of one socket as seen from this machine.
func same(a, b listen.Address) bool {
	if (a.Network == "unix") != (b.Network == "unix") {
		return false
	}
	if a.Network == "unix" {
		return realPath(a.Path) == realPath(b.Path)
	}
	return a.Port == b.Port && (a.Host == b.Host || local(a.Host) && local(b.Host))
}

// realPath follows the links of a socket's directory, such as /var/run.
func realPath(path string) string {
	dir, name := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return filepath.Join(real, name)
	}
	return filepath.Clean(path)
}

// local reports whether a host is this machine, by an address that spamd on all addresses has as well.
func local(host string) bool {
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "" || host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// list writes addresses for people.
func list(all []listen.Address) string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

// unreadable is the finding about a file that is there and cannot be read.
func unreadable(about on, err error) Finding {
	return about.warning("run this as root", "%s", fmt.Sprint(err))
}
