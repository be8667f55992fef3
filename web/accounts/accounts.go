// Package accounts keeps the names and passwords of users of the daemon's pages and API, checks them at a bounded rate,
// and keeps sessions.
package accounts

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"asterism/envelope"
	"asterism/ownedfs"
)

// Account is somebody who may log in.
type Account struct {
	Name    string   `json:"name"`
	Hash    string   `json:"bcrypt"`
	Domains []string `json:"domains,omitempty"` // the domains whose mail the account sees; none for the whole site
}

// Admin reports whether the account has the whole site.
func (a *Account) Admin() bool { return len(a.Domains) == 0 }

// Sees reports whether the account sees a mail with these recipients: any mail, or only with a recipient in its
// domains.
func (a *Account) Sees(recipients []string) bool {
	return a.Admin() || slices.ContainsFunc(recipients, func(to string) bool {
		key := envelope.Key(to)
		at := strings.LastIndexByte(key, '@')
		return at >= 0 && slices.Contains(a.Domains, key[at+1:])
	})
}

// File is the file of accounts, as JSON. It is read anew whenever it has changed.
type File struct {
	Cost int // of bcrypt for new passwords; 0 for its default
	path string

	mu   sync.Mutex
	read os.FileInfo // as the accounts were read from it; nil before
	list []Account
}

// At returns the file of a path, which need not exist: there are no accounts then.
func At(path string) *File { return &File{path: path} }

// Path returns the file's name.
func (f *File) Path() string { return f.path }

// All returns the accounts.
func (f *File) All() ([]Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all()
}

func (f *File) all() ([]Account, error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.list, f.read = nil, nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if f.read != nil && os.SameFile(info, f.read) && info.ModTime().Equal(f.read.ModTime()) &&
		info.Size() == f.read.Size() {
		return f.list, nil
	}
	b, err := ownedfs.ReadFile(f.path)
	if err != nil {
		return nil, err
	}
	var list []Account
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w; remove it, and set the passwords again with spamd web passwd", f.path, err)
	}
	f.list, f.read = list, info
	return list, nil
}

// find returns the account of a name; nil if there is none.
func (f *File) find(name string) (*Account, error) {
	list, err := f.All()
	for i := range list {
		if list[i].Name == name {
			return &list[i], err
		}
	}
	return nil, err
}

// nameForm is the form of an account's name.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// leastPassword is how many characters a password has at least.
const leastPassword = 8

// Set gives an account its password, and its domains unless they are nil, and makes it if there is none of the name.
// One that has domains keeps them: a new password is no reason to see the whole site.
func (f *File) Set(name, password string, domains []string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("account %q: a name has letters, digits and ._@+- in lower case, at most 64", name)
	}
	if len([]rune(password)) < leastPassword {
		return fmt.Errorf("account %s: the password has fewer than %d characters", name, leastPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cmp.Or(f.Cost, bcrypt.DefaultCost))
	if err != nil {
		return fmt.Errorf("account %s: %w", name, err)
	}
	account := Account{Name: name, Hash: string(hash)}
	for _, d := range domains {
		if d = envelope.Domain(d); d == "" || strings.ContainsAny(d, "@ *\t") {
			return fmt.Errorf("account %s: %q is not a domain", name, d)
		}
		account.Domains = append(account.Domains, d)
	}
	if domains != nil && len(domains) == 0 {
		return fmt.Errorf("account %s: the domain is empty; leave --domain out for an account of the whole site", name)
	}
	return f.change(func(list []Account) ([]Account, error) {
		if old := slices.IndexFunc(list, func(a Account) bool { return a.Name == name }); old >= 0 && domains == nil {
			account.Domains = list[old].Domains
		}
		list = slices.DeleteFunc(slices.Clone(list), func(a Account) bool { return a.Name == name })
		return append(list, account), nil
	})
}

// ErrNoAccount is returned for a name that no account has.
var ErrNoAccount = errors.New("no such account")

// Delete removes an account.
func (f *File) Delete(name string) error {
	return f.change(func(list []Account) ([]Account, error) {
		left := slices.DeleteFunc(slices.Clone(list), func(a Account) bool { return a.Name == name })
		if len(left) == len(list) {
			return nil, fmt.Errorf("%s: %w in %s", name, ErrNoAccount, f.path)
		}
		return left, nil
	})
}

// change writes the file anew, in one step.
func (f *File) change(how func([]Account) ([]Account, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, err := f.all()
	if err == nil {
		list, err = how(list)
	}
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return Replace(f.path, append(b, '\n'))
}

// Replace writes a file that its owner alone may read, in one step, and makes its directory if need be.
func Replace(path string, content []byte) error {
	if err := ownedfs.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary := path + ".new-" + rand.Text()
	out, err := ownedfs.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(temporary))
	}
	return err
}

// Random returns a password made by chance: 80 bits.
func Random() string {
	s := strings.ToLower(rand.Text()[:16])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// idle and longest bound a session: from its last request, and from its log-in.
const (
	idle    = time.Hour
	longest = 12 * time.Hour
)
