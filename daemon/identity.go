// Package daemon has the parts of a system daemon: dropping root, the pid file, a log that can be rotated, systemd's
// notifications and sockets, and the memory limit of the cgroup.
package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"

	"asterism/ownedfs"
)

// Identity is who a daemon runs as. The zero value is nobody in particular: see Found.
type Identity struct {
	Name     string // the user's name
	Home     string
	UID, GID int
	groups   []int // supplementary groups
	found    bool
}

// LookupIdentity finds a user and a group by name or number. Without a group it is the user's own; without a user
// nothing is to be changed, and a group alone is an error.
func LookupIdentity(userName, groupName string) (Identity, error) {
	if userName == "" {
		if groupName != "" {
			return Identity{}, errors.New("--group needs --user")
		}
		return Identity{}, nil
	}
	u, err := user.Lookup(userName)
	if _, numeric := strconv.Atoi(userName); err != nil && numeric == nil {
		u, err = user.LookupId(userName)
	}
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Name: u.Username, Home: u.HomeDir, found: true}
	if id.UID, err = strconv.Atoi(u.Uid); err != nil {
		return Identity{}, err
	}
	gid := u.Gid
	if groupName != "" {
		g, err := user.LookupGroup(groupName)
		if _, numeric := strconv.Atoi(groupName); err != nil && numeric == nil {
			g, err = user.LookupGroupId(groupName)
		}
		if err != nil {
			return Identity{}, err
		}
		gid = g.Gid
	}
	if id.GID, err = strconv.Atoi(gid); err != nil {
		return Identity{}, err
	}
	names, err := u.GroupIds()
	if err != nil {
		return Identity{}, fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	for _, name := range append(names, gid) {
		if n, err := strconv.Atoi(name); err == nil && !slices.Contains(id.groups, n) {
			id.groups = append(id.groups, n)
		}
	}
	return id, nil
}

// Found reports whether there is somebody to become.
func (id Identity) Found() bool { return id.found }

// Owner returns the user as a socket's owner is written: empty if nobody is to be become.
func (id Identity) Owner() string {
	if !id.found {
		return ""
	}
	return strconv.Itoa(id.UID)
}

// Group returns the group as Owner returns the user.
func (id Identity) Group() string {
	if !id.found {
		return ""
	}
	return strconv.Itoa(id.GID)
}

// MakeDir makes a directory, with those above it, and the identity its owner; one that is there stays as it is.
func (id Identity) MakeDir(path string, mode fs.FileMode) error {
	if !id.found {
		return os.MkdirAll(path, mode)
	}
	return ownedfs.MkdirAllFor(id.UID, id.GID, path, mode)
}

// Become gives up root for good. To become who one is already does nothing; nobody but root can become another.
func (id Identity) Become() error {
	if !id.found {
		return nil
	}
	if os.Geteuid() != 0 {
		if os.Geteuid() == id.UID && os.Getegid() == id.GID {
			return nil
		}
		return fmt.Errorf("cannot switch to user %s: the program was started as user %d, not as root", id.Name, os.Geteuid())
	}
	// All three act on every thread of the process, groups first: without root they could not be changed any more.
	if err := syscall.Setgroups(id.groups); err != nil {
		return fmt.Errorf("cannot set the groups of %s: %w", id.Name, err)
	}
	if err := syscall.Setgid(id.GID); err != nil {
		return fmt.Errorf("cannot set the group %d: %w", id.GID, err)
	}
	if err := syscall.Setuid(id.UID); err != nil {
		return fmt.Errorf("cannot switch to user %s: %w", id.Name, err)
	}
	if id.UID != 0 && syscall.Setuid(0) == nil {
		return fmt.Errorf("root privileges remain after switching to user %s", id.Name)
	}
	return nil
}
