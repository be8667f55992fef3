package daemon

import (
	"fmt"
	"net"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	sd "github.com/coreos/go-systemd/v22/daemon"
)

// Systemd notifies systemd, or another reader of $NOTIFY_SOCKET (sd_notify(3)), of the daemon's state. Without a reader
// it does nothing.
type Systemd struct {
	watchdog time.Duration // 0 without one
}

// NewSystemd reads what systemd has put into the environment, and takes the watchdog's part of it away from programs
// that the daemon starts.
func NewSystemd() *Systemd {
	interval, err := sd.SdWatchdogEnabled(true)
	if err != nil {
		interval = 0
	}
	return &Systemd{watchdog: interval}
}

// Ready notifies systemd that the daemon serves, with a status text.
func (s *Systemd) Ready(status string) { s.say(sd.SdNotifyReady + "\nSTATUS=" + status) }

// Reloading says that a new configuration is being read; Ready ends that.
func (s *Systemd) Reloading() {
	s.say(sd.SdNotifyReloading + "\n" + sd.SdNotifyMonotonicUsec())
}

// Stopping says that the daemon is about to end.
func (s *Systemd) Stopping() { s.say(sd.SdNotifyStopping + "\nSTATUS=finishing the mails in hand") }

// Alive restarts the watchdog's clock.
func (s *Systemd) Alive() { s.say(sd.SdNotifyWatchdog) }

// Beat returns how often Alive is to be called: twice in the watchdog's time. Without a watchdog it is an hour.
func (s *Systemd) Beat() time.Duration {
	if s.watchdog <= 0 {
		return time.Hour
	}
	return s.watchdog / 2
}

func (s *Systemd) say(state string) { _, _ = sd.SdNotify(false, state) }

// Sockets returns the listening sockets that systemd has opened (sd_listen_fds(3)), by FileDescriptorName=. A name
// other than those given is an error, as is a socket that takes no connections.
func Sockets(names ...string) (map[string][]net.Listener, error) {
	passed := map[string][]net.Listener{}
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for _, f := range activation.Files(true) {
		ln, err := net.FileListener(f)
		f.Close()
		if err == nil && !known[f.Name()] {
			ln.Close()
			err = fmt.Errorf("its FileDescriptorName= is not one of %v", names)
		}
		if err != nil {
			closeAll(passed)
			return nil, fmt.Errorf("socket %q from systemd: %w", f.Name(), err)
		}
		passed[f.Name()] = append(passed[f.Name()], ln)
	}
	return passed, nil
}

func closeAll(groups map[string][]net.Listener) {
	for _, group := range groups {
		for _, ln := range group {
			ln.Close()
		}
	}
}
