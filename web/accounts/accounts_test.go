package accounts

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
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
		if bob.Sees([]string{to}) != want {
			t.Errorf("bob sees mail to %s: %v", to, !want)
		}
	}
	if err := f.Delete("bob"); err != nil {
		t.Error(err)
	}
	if err := f.Delete("bob"); !errors.Is(err, ErrNoAccount) {
		t.Error(err)
	}
	for name, password := range map[string]string{"": "long enough", "Bad Name": "long enough", "a": "short",
		"b": strings.Repeat("x", 80)} {
		if f.Set(name, password, nil) == nil {
			t.Errorf("account %q with password %q is accepted", name, password)
		}
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
		_ = wrong("2001:db8::"+string(rune('a'+i)), "root") // no such account
	}
	if err := wrong("198.51.100.1", "root"); !errors.As(err, &throttled) || throttled.Wait > mostAccount {
		t.Errorf("an account is guessed from many addresses: %v", err)
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
