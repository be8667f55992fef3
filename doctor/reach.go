package doctor

import (
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"

	"asterism/listen"
)

// reachable reports whether the MTA's user may write to a unix socket, which is what connecting takes (unix(7)).
func (m *mta) reachable(at listen.Address) (Finding, bool) {
	if at.Network != "unix" || m.user == "" {
		return Finding{}, true
	}
	info, err := os.Stat(at.Path)
	if err != nil {
		return Finding{}, true // the probe has told
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	u, err := user.Lookup(m.user)
	if !ok || err != nil || mayWrite(info.Mode(), st, u) {
		return Finding{}, true
	}
	return m.about.failure("start spamd with --socket-group "+m.user+", or put "+m.user+" into the socket's group",
		"%s: user %s may not write to it (mode %04o)", at, m.user, info.Mode().Perm()), false
}

func mayWrite(mode fs.FileMode, st *syscall.Stat_t, u *user.User) bool {
	if u.Uid == "0" {
		return true
	}
	if strconv.Itoa(int(st.Uid)) == u.Uid {
		return mode&0o200 != 0
	}
	groups, _ := u.GroupIds()
	if slices.Contains(append(groups, u.Gid), strconv.Itoa(int(st.Gid))) {
		return mode&0o020 != 0
	}
	return mode&0o002 != 0
}
