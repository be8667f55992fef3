package accounts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func newFile(t *testing.T) *File {
	t.Helper()
	f := At(filepath.Join(t.TempDir(), "web", "accounts"))
	f.Cost = bcrypt.MinCost
	if err := f.Set("admin", "correct horse", nil); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFile(t *testing.T) {
	f := newFile(t)
	if err := f.Set("bob", "battery staple", []string{"Example.ORG"}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(f.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile(f.Path()); strings.Contains(string(text), "battery") {
		t.Error("the file has a password")
	}
	bob, err := At(f.Path()).find("bob")
	if err != nil || bob == nil || bob.Admin() || !slices.Equal(bob.Domains, []string{"example.org"}) {
		t.Fatalf("%+v, %v", bob, err)
	}
	for to, want := range map[string]bool{"a@example.org": true, "A@EXAMPLE.org": true, "a@example.net": false,
		"a@sub.example.org": false,
		"example.org":       false} {
		t.Run(to, func(t *testing.T) {
			if bob.Sees([]string{to}) != want {
				t.Errorf("bob sees mail to %s: %v", to, !want)
			}
		})
	}
	for what, domains := range map[string][]string{"no domain": {}, "an empty domain": {""}, "all": {"*"},
		"an address": {"a@b.example"}} {
		t.Run(what, func(t *testing.T) {
			if f.Set("bob", "battery staple", domains) == nil {
				t.Errorf("an account is set for %s", what)
			}
		})
	}
	if err := f.Set("bob", "another password", nil); err != nil {
		t.Error(err)
	}
	if bob, _ = f.find("bob"); bob.Admin() {
		t.Error("a new password makes an account of a domain one of the whole site")
	}
	if err := f.Delete("bob"); err != nil {
		t.Error(err)
	}
	if err := f.Delete("bob"); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
	for name, password := range map[string]string{"": "long enough", "Bad Name": "long enough", "a": "short",
		"b": strings.Repeat("x", 80)} {
		t.Run(name, func(t *testing.T) {
			if f.Set(name, password, nil) == nil {
				t.Errorf("account %q with password %q is accepted", name, password)
			}
		})
	}
}

func TestNobodyWithoutPassword(t *testing.T) {
	d := NewDoor(At(filepath.Join(t.TempDir(), "accounts")), nil)
	if _, err := d.Password("::1", "admin", ""); !errors.Is(err, ErrNobody) {
		t.Errorf("got %v", err)
	}
}

func TestWrongPasswordsWait(t *testing.T) {
	now := time.Now()
	d := NewDoor(newFile(t), func() time.Time { return now })
	wrong := func(addr, name string) error {
		_, err := d.Password(addr, name, "wrong password")
		return err
	}
	for range freeAddress {
		if err := wrong("192.0.2.1", "admin"); !errors.Is(err, ErrWrong) {
			t.Fatal(err)
		}
	}
	var throttled *Throttled
	if _, err := d.Password("192.0.2.1", "admin", "correct horse"); !errors.As(err, &throttled) {
		t.Fatalf("the right password at once after wrong ones: %v", err)
	}
	if _, err := d.Password("192.0.2.2", "admin", "correct horse"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	if _, err := d.Password("192.0.2.1", "admin", "correct horse"); !errors.As(err, &throttled) {
		t.Errorf("the right password, known from another address: %v", err)
	}
	now = now.Add(firstWait)
	if err := wrong("192.0.2.1", "admin"); !errors.Is(err, ErrWrong) {
		t.Fatal(err)
	}
	if err := wrong("192.0.2.1", "admin"); !errors.As(err, &throttled) || throttled.Wait != 2*firstWait {
		t.Errorf("the wait does not double: %v", err)
	}
	for i := range freeAccount + 1 {
		_ = wrong(fmt.Sprintf("2001:db8:0:%x::1", i), "root") // no such account
	}
	if err := wrong("198.51.100.1", "root"); !errors.As(err, &throttled) || throttled.Wait > mostAccount {
		t.Errorf("an account is guessed from many addresses: %v", err)
	}
}

// TestNetworks: a host that has a network of IPv6 is one host, whichever of its addresses it takes.
func TestNetworks(t *testing.T) {
	d := NewDoor(newFile(t), nil)
	var throttled *Throttled
	for i := range freeAddress {
		if _, err := d.Password(fmt.Sprintf("2001:db8::%x", i), "admin", "wrong password"); !errors.Is(err, ErrWrong) {
			t.Fatal(err)
		}
	}
	if _, err := d.Password("2001:db8::ffff:1", "admin", "correct horse"); !errors.As(err, &throttled) {
		t.Errorf("from the same network: %v", err)
	}
	if _, err := d.Password("2001:db8:0:1::1", "admin", "correct horse"); err != nil {
		t.Errorf("from another: %v", err)
	}
	for addr, want := range map[string]string{"::ffff:192.0.2.1": "192.0.2.1", "192.0.2.1": "192.0.2.1",
		"fe80::1%eth0": "fe80::/64", "unix": "unix"} {
		t.Run(addr, func(t *testing.T) {
			if got := network(addr); got != want {
				t.Errorf("%s counts as %s", addr, got)
			}
		})
	}
}

// TestStrangersLockNobodyOut: who has logged in from an address does so again while others guess from everywhere.
func TestStrangersLockNobodyOut(t *testing.T) {
	now := time.Now()
	d := NewDoor(newFile(t), func() time.Time { return now })
	if _, err := d.Password("192.0.2.1", "admin", "correct horse"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * knownFor)
	for i := range 3 * freeAccount {
		_, _ = d.Password(fmt.Sprintf("198.51.100.%d", i), "admin", "wrong password")
	}
	var throttled *Throttled
	if _, err := d.Password("203.0.113.1", "admin", "correct horse"); !errors.As(err, &throttled) {
		t.Errorf("from elsewhere: %v", err)
	}
	if _, err := d.Password("192.0.2.1", "admin", "correct horse"); err != nil {
		t.Errorf("at home: %v", err)
	}
}

// TestLine: only so many attempts wait for their turn, but who has logged in from an address always does.
func TestLine(t *testing.T) {
	d := NewDoor(newFile(t), nil)
	if _, err := d.Password("192.0.2.1", "admin", "correct horse"); err != nil {
		t.Fatal(err)
	}
	for range maxLine {
		d.line <- struct{}{}
	}
	var throttled *Throttled
	if _, err := d.Password("192.0.2.2", "admin", "correct horse"); !errors.As(err, &throttled) {
		t.Errorf("beyond the line: %v", err)
	}
	if _, err := d.Password("192.0.2.1", "admin", "wrong password"); !errors.Is(err, ErrWrong) {
		t.Errorf("at home: %v", err)
	}
}

// TestThrottleMemory: what is kept of attempts does not grow with what strangers send as names and addresses.
func TestThrottleMemory(t *testing.T) {
	d := NewDoor(newFile(t), nil)
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	_, _ = d.Password("::1", "x", "") // what is made once
	before := measure()
	for i := range 16 {
		name := strings.Repeat("n", 1<<20) + strconv.Itoa(i)
		_, _ = d.Password(name, name, "wrong password")
	}
	if grown := int64(measure()) - int64(before); grown > 4<<20 {
		t.Errorf("%d bytes are kept of 16 attempts", grown)
	}
}

// TestManyAtOnce: attempts side by side get no further than one after the other.
func TestManyAtOnce(t *testing.T) {
	d := NewDoor(newFile(t), nil)
	var mu sync.Mutex
	tried := 0
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			_, err := d.Password("192.0.2.1", "admin", "wrong password")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrWrong) {
				tried++
			}
		})
	}
	wg.Wait()
	if tried > freeAddress+maxHashing {
		t.Errorf("%d attempts at once", tried)
	}
}

func TestSession(t *testing.T) {
	now := time.Now()
	f := newFile(t)
	d := NewDoor(f, func() time.Time { return now })
	begin := func() string {
		a, err := d.Password("::1", "admin", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		return d.Begin(a)
	}
	ends := func(secret, why string) {
		t.Helper()
		if a, err := d.Session(secret); err == nil {
			t.Errorf("%s: still %s's session", why, a.Name)
		}
	}
	s := begin()
	for spent := idle / 2; spent < longest; spent += idle / 2 {
		now = now.Add(idle / 2)
		if a, err := d.Session(s); err != nil || a.Name != "admin" {
			t.Fatalf("in use, after %v: %v", spent, err)
		}
	}
	now = now.Add(idle / 2)
	ends(s, "after its longest time")
	s = begin()
	now = now.Add(idle + time.Second)
	ends(s, "idle")
	s = begin()
	d.End(s)
	ends(s, "ended")
	s = begin()
	if err := f.Set("admin", "another password", nil); err != nil {
		t.Fatal(err)
	}
	ends(s, "after a new password")
	ends("", "without a secret")
}

// TestManySessions: who logs in over and over ends sessions of his own only.
func TestManySessions(t *testing.T) {
	now := time.Now()
	f := newFile(t)
	if err := f.Set("bob", "battery staple", []string{"example.org"}); err != nil {
		t.Fatal(err)
	}
	d := NewDoor(f, func() time.Time { return now })
	begin := func(name, password string) string {
		a, err := d.Password("::1", name, password)
		if err != nil {
			t.Fatal(err)
		}
		return d.Begin(a)
	}
	admin, first := begin("admin", "correct horse"), begin("bob", "battery staple")
	last := ""
	for range 2 * maxSessions {
		last = begin("bob", "battery staple")
	}
	if _, err := d.Session(admin); err != nil {
		t.Errorf("another's session: %v", err)
	}
	if _, err := d.Session(first); err == nil || len(d.sessions) > maxOwn+1 {
		t.Errorf("%d sessions", len(d.sessions))
	}
	if _, err := d.Session(last); err != nil {
		t.Errorf("his last session: %v", err)
	}
}
