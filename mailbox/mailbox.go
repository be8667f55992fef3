// Package mailbox reads mails from mbox files (mboxo, mboxrd, mboxcl, mboxcl2), Maildir, MH folders, plain directories
// of files, single files, standard input; any file may be compressed by gzip.
//
// It does not use emersion/go-mbox, which fits mails that are copied from one mbox to another: it turns every line end
// into CRLF, takes every line that begins with "From " for the start of a mail, supports neither mboxrd nor
// Content-Length, and reads line by line.
package mailbox

import (
	"fmt"
	"io"
	"os"
)

// DefaultLimit is the limit on the size of a message, in bytes, if Open is given none.
const DefaultLimit = 64 << 20

// Message is one mail.
type Message struct {
	// Name says where the mail is from: the name of its file or, in an mbox, that and the mail's number, as in "inbox:17".
	Name string
	// Raw is the mail without the mbox's From_ line and quoting. It belongs to the caller.
	Raw []byte
}

// TooLargeError is the error for a message above the limit, which was skipped.
type TooLargeError struct {
	Name string
	Size int64 // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s: message of %d bytes is too large", e.Name, e.Size)
}

// Reader reads the mails of one mailbox, one after the other, with the memory of one, or of a megabyte of them. It is
// not safe for concurrent use.
type Reader struct {
	src source
}

// source is one kind of mailbox. Its next returns io.EOF after the last message.
type source interface {
	next() (Message, error)
	io.Closer
}

// Open opens the mailbox at path; "-" is standard input. A directory is a Maildir if it has a directory cur; else each
// of its files is one message, in the order of their names, numbers by value; files whose names begin with a dot are
// left out. A file that begins with "From " is an mbox, or in a directory a single message with such a line before it;
// any other file, also one that begins with a field "From : x", is a single message. A byte order mark at the beginning
// is skipped. An empty file has no message.
//
// Messages above limit bytes (DefaultLimit if it is zero) are skipped with a *TooLargeError from Next.
func Open(path string, limit int64) (*Reader, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	if path == "-" {
		src, err := openStream(os.Stdin, "-", limit)
		return &Reader{src}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var src source
	switch {
	case info.IsDir():
		src, err = openDir(path, limit)
	default:
		src, err = openFile(path, limit)
	}
	if err != nil {
		return nil, err
	}
	return &Reader{src}, nil
}

// NewReader reads a stream, an mbox or a single message, as Open does a file. Names are made from the given one.
// Closing the Reader does not close r.
func NewReader(r io.Reader, name string, limit int64) (*Reader, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	src, err := openStream(io.NopCloser(r), name, limit)
	if err != nil {
		return nil, err
	}
	return &Reader{src}, nil
}

// Next returns the next message, io.EOF if there is none. Any other error is about one message, or about the unreadable
// rest of a file, which it names; in an mbox it also has the number of the message and its first byte. The next call
// continues after that.
func (r *Reader) Next() (Message, error) { return r.src.next() }

// Close closes the mailbox.
func (r *Reader) Close() error { return r.src.Close() }
