package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"asterism/mailbox"
)

// input reads the mails of all mailboxes in turn. What cannot be read is reported on standard error, and the rest
// goes on.
type input struct {
	paths    []string
	limit    int64
	progress *progress
	telling  *telling // nil tells nobody

	examined, skipped int
	last              string // name of the mail read last
	code              int    // exit code for what could not be read
}

// each calls f with every mail, until f returns false or ctx ends.
func (in *input) each(ctx context.Context, f func(mailbox.Message) bool) {
	for _, path := range in.paths {
		mb, err := mailbox.Open(path, in.limit)
		if err != nil {
			in.report(err, exitNoInput)
			continue
		}
		ok := in.read(ctx, mb, f)
		mb.Close()
		if !ok {
			return
		}
	}
}

func (in *input) read(ctx context.Context, mb *mailbox.Reader, f func(mailbox.Message) bool) bool {
	for ctx.Err() == nil {
		m, err := mb.Next()
		var tooLarge *mailbox.TooLargeError
		switch {
		case err == io.EOF:
			return true
		case errors.As(err, &tooLarge):
			in.examined++
			in.skipped++
			in.progress.add(tooLarge.Size)
			continue
		case err != nil:
			in.report(err, exitData)
			continue
		}
		in.examined++
		in.last = m.Name
		in.progress.add(int64(len(m.Raw)))
		in.telling.mail(ctx, in, m.Raw)
		if !f(m) {
			return false
		}
	}
	return false
}

func (in *input) report(err error, code int) {
	if errors.Is(err, fs.ErrPermission) {
		code = exitPermission
	}
	in.progress.say(fmt.Sprintf("spam-learn: %v", err))
	if in.code == 0 {
		in.code = code
	}
}

// size returns the number of bytes to read, or -1 if it is unknown.
func (in *input) size() (total int64) {
	for _, path := range in.paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			continue // is reported when it is to be read
		case info.Mode().IsRegular() && !strings.HasSuffix(path, ".gz"):
			total += info.Size()
		case info.IsDir():
			total += dirSize(path)
		default:
			return -1
		}
	}
	return total
}

// dirSize adds up the files of a directory and of a Maildir's two.
func dirSize(path string) (total int64) {
	for _, name := range []string{path, path + "/cur", path + "/new"} {
		entries, _ := os.ReadDir(name)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				total += info.Size()
			}
		}
	}
	return total
}
