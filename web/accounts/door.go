package accounts

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Why nobody is let in.
var (
	ErrWrong   = errors.New("wrong name or password")
	ErrNobody  = errors.New("no password has been set: run spamd web passwd")
	errSession = errors.New("no session")
)

// Throttled is returned while somebody has to wait for the next attempt.
type Throttled struct{ Wait time.Duration }

func (t *Throttled) Error() string {
	return fmt.Sprintf("too many wrong passwords: try again in %v", t.Wait.Round(time.Second)+time.Second)
}

// Door checks passwords and keeps sessions. It is safe for concurrent use.
type Door struct {
	file     *File
	now      func() time.Time
	key      []byte        // of sums of passwords and sessions
	hashing  chan struct{} // one element per bcrypt that runs
	line     chan struct{} // one element per attempt that runs or waits to
	byAddr   throttle
	byName   throttle
	mu       sync.Mutex
	known    map[sum]known
	homes    map[sum]time.Time // of an account and where its password was right, until when that counts
	sessions map[sum]*session
}

// sum stands for what attempts and sessions are found by: as long for a name of 64 KB as for one of a letter.
type sum [sha256.Size]byte

// known is a password that was right a moment ago, from the same address: programs send theirs with each request, and
// bcrypt is slow on purpose.
type known struct {
	hash  string // of the account then
	until time.Time
}

// Bounds of a Door's memory.
const (
	maxHashing  = 1 // of several processors, or half of two
	maxLine     = 64
	maxKnown    = 1000
	maxHomes    = 1000
	maxSessions = 1000
	maxOwn      = 50 // sessions of an account
	knownFor    = 5 * time.Minute
	homeFor     = 30 * 24 * time.Hour
)

// NewDoor returns the door for the accounts of a file. now may be nil.
func NewDoor(file *File, now func() time.Time) *Door {
	if now == nil {
		now = time.Now
	}
	return &Door{file: file, now: now, key: []byte(rand.Text()), hashing: make(chan struct{}, maxHashing),
		line:   make(chan struct{}, maxLine),
		byAddr: throttle{free: freeAddress, most: mostAddress}, byName: throttle{free: freeAccount, most: mostAccount},
		known: map[sum]known{}, homes: map[sum]time.Time{}, sessions: map[sum]*session{}}
}

// noHash is compared with where there is no such account, so that the time tells nothing.
var noHash = sync.OnceValue(func() []byte {
	h, _ := bcrypt.GenerateFromPassword([]byte(rand.Text()), bcrypt.DefaultCost) // cannot fail
	return h
})

// Password returns the account that a name and a password belong to, for somebody at an address.
//
// Wrong passwords from elsewhere keep nobody out who has logged in from here before.
func (d *Door) Password(addr, name, password string) (*Account, error) {
	list, err := d.file.All()
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNobody
	}
	a, err := d.file.find(name)
	if err != nil {
		return nil, err
	}
	addr = network(addr)
	from, account, home := d.sum("address", addr), d.sum("account", name), d.sum("home", addr, name)
	pass := d.sum("password", addr, name, password) // right guesses from elsewhere are throttled like wrong ones
	isKnown := func() bool { return a != nil && d.byAddr.blocked(from, d.now()) == 0 && d.isKnown(pass, a.Hash) }
	if isKnown() {
		return a, nil
	}
	hash, atHome := noHash(), d.isHome(home)
	if a != nil {
		hash = []byte(a.Hash)
	}
	select {
	case d.line <- struct{}{}:
		defer func() { <-d.line }()
	default:
		if !atHome { // those wait, however many strangers do
			return nil, &Throttled{firstWait}
		}
	}
	d.hashing <- struct{}{}
	defer func() { <-d.hashing }()
	if isKnown() { // by one that was in line before
		return a, nil
	}
	wait := d.byAddr.blocked(from, d.now())
	if !atHome {
		wait = max(wait, d.byName.blocked(account, d.now()))
	}
	if wait > 0 {
		return nil, &Throttled{wait}
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || a == nil {
		d.byAddr.failed(from, d.now())
		d.byName.failed(account, d.now())
		return nil, ErrWrong
	}
	d.byAddr.passed(from)
	d.byName.passed(account)
	d.remember(pass, home, a.Hash)
	return a, nil
}

// network returns the counted form of an address: for IPv6 the network of 64 bits, since its host may take any address
// there.
func network(addr string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.Prefix(64) // cannot fail
	return prefix.String()
}

func (d *Door) sum(parts ...string) (sum sum) {
	mac := hmac.New(sha256.New, d.key)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	mac.Sum(sum[:0])
	return sum
}

func (d *Door) isKnown(pass sum, hash string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, ok := d.known[pass]
	return ok && k.hash == hash && d.now().Before(k.until)
}

// isHome reports whether an account's password was right from an address.
func (d *Door) isHome(home sum) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now().Before(d.homes[home])
}

func (d *Door) remember(pass, home sum, hash string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[pass] = known{hash, d.now().Add(knownFor)}
	if len(d.homes) >= maxHomes {
		clear(d.homes)
	}
	d.homes[home] = d.now().Add(homeFor)
}

// session is one log-in.
type session struct {
	name, hash  string // of the account
	began, used time.Time
}

// Begin makes a session for an account, and returns the secret that its browser keeps.
func (d *Door) Begin(a *Account) string {
	secret := rand.Text() + rand.Text()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(a.Name)
	d.sessions[d.sum("session", secret)] = &session{a.Name, a.Hash, d.now(), d.now()}
	return secret
}

// sweep drops sessions that have ended. If there are too many, it drops the one unused for longest: of the account of a
// name if that has too many, so that nobody ends others' sessions by logging in.
func (d *Door) sweep(name string) {
	maps.DeleteFunc(d.sessions, func(_ sum, s *session) bool { return d.over(s) })
	own := 0
	for _, s := range d.sessions {
		if s.name == name {
			own++
		}
	}
	if own < maxOwn && len(d.sessions) < maxSessions {
		return
	}
	var oldest sum
	var used time.Time
	for key, s := range d.sessions {
		if (own < maxOwn || s.name == name) && (used.IsZero() || s.used.Before(used)) {
			oldest, used = key, s.used
		}
	}
	delete(d.sessions, oldest)
}

func (d *Door) over(s *session) bool {
	return d.now().Sub(s.used) >= idle || d.now().Sub(s.began) >= longest
}

// Session returns the account of a session's secret. A session ends when its account's password changes.
func (d *Door) Session(secret string) (*Account, error) {
	d.mu.Lock()
	key := d.sum("session", secret)
	s := d.sessions[key]
	if s != nil && d.over(s) {
		delete(d.sessions, key)
		s = nil
	}
	if s == nil {
		d.mu.Unlock()
		return nil, errSession
	}
	s.used = d.now()
	d.mu.Unlock()
	a, err := d.file.find(s.name)
	if err == nil && (a == nil || a.Hash != s.hash) {
		d.End(secret)
		err = errSession
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// End ends a session.
func (d *Door) End(secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, d.sum("session", secret))
}
