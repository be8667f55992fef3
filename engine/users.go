package engine

import (
	"sync"
	"time"

	"asterism/classifier"
	"asterism/contain"
	"asterism/rules"
)

const (
	maxUsers    = 32               // whose stores and preferences are in memory at a time, unless more are in use
	userIdle    = 5 * time.Minute  // after which they are no longer
	userAbsence = 10 * time.Second // how long a user without a store of their own is believed to have none
)

// users are those with tokens or preferences of their own, as far as mail for them came lately.
type users struct {
	mu     sync.Mutex
	byName map[string]*user
	ending contain.Group // users that are being let go
	closed bool
}

// user is one of them. Scans share its parts; the first scan that finds them outdated makes them again.
type user struct {
	name string
	uses int       // scans and learnings in hand; guarded by users.mu
	used time.Time // the last time; guarded by users.mu

	mu         sync.Mutex
	engine     *Engine // of the user's own store; nil while there is none
	looked     time.Time
	prefs      prefs
	classifier *classifier.Classifier // nil if the site's will do
	builtFrom  builtFrom
}

// builtFrom are the parts of a user's classifier. It is built again when one of them changes.
type builtFrom struct {
	site, own *parts
	rules     *rules.Set
}

// acquire returns a user, who is to be released. It lets those go who have not been seen for long.
func (us *users) acquire(name string) *user {
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.closed {
		return nil
	}
	u := us.byName[name]
	if u == nil {
		us.makeRoom()
		u = &user{name: name}
		if us.byName == nil {
			us.byName = map[string]*user{}
		}
		us.byName[name] = u
	}
	u.uses++
	return u
}

func (us *users) release(u *user) {
	us.mu.Lock()
	defer us.mu.Unlock()
	u.uses--
	u.used = time.Now()
}

// makeRoom lets users go who are idle, and the one who is so for longest if there are still too many. The caller
// holds us.mu.
func (us *users) makeRoom() {
	var oldest *user
	for _, u := range us.byName {
		switch {
		case u.uses > 0:
		case time.Since(u.used) > userIdle:
			us.drop(u)
		case oldest == nil || u.used.Before(oldest.used):
			oldest = u
		}
	}
	if oldest != nil && len(us.byName) >= maxUsers {
		us.drop(oldest)
	}
}

// drop lets a user go whom nobody uses. The caller holds us.mu. A scan for them meanwhile finds the store locked for
// a moment, and goes by the site's.
func (us *users) drop(u *user) {
	delete(us.byName, u.name)
	us.ending.Go(u.close)
}

func (u *user) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.classifier != nil {
		u.classifier.Close()
	}
	if u.engine != nil {
		if err := u.engine.Close(); err != nil {
			u.engine.log.Error("closing a user's store", "user", u.name, "err", err)
		}
	}
}

// close lets all go. No scan may be in hand.
func (us *users) close() {
	us.mu.Lock()
	us.closed = true
	for _, u := range us.byName {
		us.drop(u)
	}
	us.mu.Unlock()
	us.ending.Join()
}
