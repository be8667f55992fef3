// Package update installs newer rules than the built-in ones: signed archives from a file or by HTTP, each in its own
// directory; a link names the one in use. On any error the rules in use stay.
package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// DefaultKey is the public key of the rules' authors, in minisign's form. Packagers set it at link time (-X
// asterism/update.DefaultKey=…); without it, the administrator sets a key.
var DefaultKey string

// The names in the directory of updates beside those of the versions.
const (
	current  = "current"  // link to the version in use
	previous = "previous" // link to the one before
	prefix   = "rules-"   // of versions
)

// timeout bounds a download.
const timeout = 2 * time.Minute

// Options has the source and the destination of an update.
type Options struct {
	Dir   string                 // directory of updates
	From  string                 // file or URL of the archive; its signature has ".minisig" behind the name
	Key   *Key                   // whose signature counts
	Built int                    // version of the rules in the program
	Lint  func(dir string) error // checks the rules in a directory
}

// ErrCurrent says that the archive's version is in use already.
var ErrCurrent = errors.New("these rules are in use already")

// Install verifies an archive, tries its rules and puts them into use. It returns their version.
func Install(ctx context.Context, o Options) (int, error) {
	archive, err := fetch(ctx, o.From)
	if err != nil {
		return 0, err
	}
	signature, err := fetch(ctx, o.From+".minisig")
	if err != nil {
		return 0, err
	}
	if err := o.Key.Verify(archive, signature); err != nil {
		return 0, fmt.Errorf("%s: %w", o.From, err)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return 0, err
	}
	fresh, err := os.MkdirTemp(o.Dir, "new-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(fresh)
	if err := unpack(archive, fresh); err != nil {
		return 0, fmt.Errorf("%s: %w", o.From, err)
	}
	n, err := o.judge(fresh)
	if err != nil {
		return n, fmt.Errorf("%s: %w", o.From, err)
	}
	return n, o.use(fresh, n)
}

// judge reports whether the rules in a directory may be put into use.
func (o *Options) judge(dir string) (int, error) {
	n, err := version(dir)
	if err != nil {
		return 0, err
	}
	used := o.Built
	if v, err := version(filepath.Join(o.Dir, current)); err == nil {
		used = max(used, v)
	}
	switch {
	case n == used:
		return n, ErrCurrent
	case n < used:
		return n, fmt.Errorf("version %d is older than the one in use, %d", n, used)
	}
	if err := o.Lint(dir); err != nil {
		return n, fmt.Errorf("version %d: %w", n, err)
	}
	return n, nil
}

// use moves a directory to where its version belongs, and has the link name it. Versions other than this one and the
// one before
// are removed.
func (o *Options) use(fresh string, n int) error {
	name := fmt.Sprint(prefix, n)
	final := filepath.Join(o.Dir, name)
	if err := os.RemoveAll(final); err != nil { // left by one that failed
		return err
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	if err := os.Rename(fresh, final); err != nil {
		return err
	}
	before, _ := os.Readlink(filepath.Join(o.Dir, current)) // none is no error: the first update
	if before != "" && before != name {
		if err := link(o.Dir, previous, before); err != nil {
			return err
		}
	}
	if err := link(o.Dir, current, name); err != nil {
		return err
	}
	return removeOthers(o.Dir, name, before)
}

// Back puts the rules before the present ones into use again, and returns their version.
func Back(dir string) (int, error) {
	before, err := os.Readlink(filepath.Join(dir, previous))
	if err != nil {
		return 0, fmt.Errorf("there are no previous rules: %w", err)
	}
	n, err := version(filepath.Join(dir, before))
	if err != nil {
		return 0, err
	}
	return n, link(dir, current, before)
}

// link makes a symbolic link, in place of an older one, in one step.
func link(dir, name, target string) error {
	temporary := filepath.Join(dir, "."+name)
	_ = os.Remove(temporary) // left by one that failed
	if err := os.Symlink(target, temporary); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(dir, name))
}

func removeOthers(dir string, keep ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && !slices.Contains(keep, e.Name()) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rules returns the rules to use: the rules in a directory of updates if they are newer than the built-in ones, else
// these.
func Rules(dir string, built fs.FS, newest int) fs.FS {
	at := filepath.Join(dir, current)
	if n, err := version(at); dir == "" || err != nil || n <= newest {
		return built
	}
	return os.DirFS(at)
}

// fetch reads a file, or what a URL of http or https names.
func fetch(ctx context.Context, from string) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		f, err := os.Open(from)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readAll(f, from)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", from, response.Status)
	}
	return readAll(response.Body, from)
}

func readAll(r io.Reader, from string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxArchive+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if len(data) > maxArchive {
		return nil, fmt.Errorf("%s: larger than %d MB", from, maxArchive>>20)
	}
	return data, nil
}
