// Package spamc speaks the protocol of SpamAssassin's spamd, version 1.5: the server that spamc, Exim, Haraka, amavis
// and spamass-milter use, and the client of our own commands for a daemon's control socket.
//
// A request is a line "VERB SPAMC/1.5", header lines, an empty line and a message; the client then shuts its sending
// side. The answer is a line "SPAMD/1.1 CODE TEXT", header lines, an empty line and a body; the server then closes.
// Codes are as in sysexits.h.
package spamc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Codes of answers, from sysexits.h.
const (
	codeOK          = 0
	codeUnavailable = 69 // EX_UNAVAILABLE
	codeTempfail    = 75 // EX_TEMPFAIL
	codeProtocol    = 76 // EX_PROTOCOL
	codeTimeout     = 79 // spamd's own: the request took too long
)

// ServerError is an answer other than EX_OK.
type ServerError struct {
	Code int // of sysexits.h
	Text string
}

func (e *ServerError) Error() string { return fmt.Sprintf("spamd answered %d: %s", e.Code, e.Text) }

// protocolError is a request that cannot be understood.
func protocolError(format string, args ...any) error {
	return &ServerError{codeProtocol, "Bad header line: " + fmt.Sprintf(format, args...)}
}

// Limits of requests and answers beside the message.
const (
	maxLine   = 8 << 10 // bytes of one line
	maxFields = 100     // header lines
)

// request is a client's request.
type request struct {
	verb    string
	version float64
	field   map[string]string // header fields by lower-case name
	message []byte
	size    int64 // bytes of the message, also if it was not kept
}

// Verbs and whether a message belongs to them.
var verbs = map[string]bool{
	"PING": false, "SKIP": false, "TOTALS": false, "EXPIRE": false, "BACKUP": false, "KEY": false, "STATUS": false,
	"META": true, "LOOKUP": true, "HISTORY": true, "SENDERS": true,
	"CHECK": true, "SYMBOLS": true, "REPORT": true, "REPORT_IFSPAM": true, "PROCESS": true, "HEADERS": true, "TELL": true,
}

// keeps reports whether the answer to a verb may take the message's text, however long it is.
func (q *request) keeps() bool {
	switch q.verb {
	case "PROCESS", "HEADERS", "TELL", "LOOKUP", "HISTORY", "SENDERS":
		return true
	}
	return false
}

// readHead reads a request up to its message.
func readHead(r *bufio.Reader) (*request, error) {
	line, err := readLine(r)
	if err != nil {
		if errors.Is(err, io.EOF) && line == "" {
			return nil, protocolError("(closed before headers)")
		}
		return nil, err
	}
	verb, version, ok := strings.Cut(line, " ")
	number, isSpamc := strings.CutPrefix(strings.TrimSpace(version), "SPAMC/")
	if _, known := verbs[verb]; !ok || !isSpamc || !known {
		return nil, protocolError("%.200s", line)
	}
	req := &request{verb: verb}
	if req.version, err = strconv.ParseFloat(number, 64); err != nil || req.version < 0 {
		return nil, protocolError("%.200s", line)
	}
	if verbs[verb] && (req.version > 1.0 || verb == "TELL") { // of version 1.0, the message follows at once
		req.field, err = readFields(r)
	}
	return req, err
}

// readFields reads header lines up to the empty one, or the end.
func readFields(r *bufio.Reader) (map[string]string, error) {
	fields := map[string]string{}
	for range maxFields {
		line, err := readLine(r)
		if line == "" && (err == nil || errors.Is(err, io.EOF)) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, protocolError("(header not in 'Name: value' format)")
		}
		fields[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	return nil, protocolError("(too many header lines)")
}

// readLine reads a line and removes its end. The last line may lack an end; then io.EOF comes with it, or alone.
func readLine(r *bufio.Reader) (string, error) {
	b, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", protocolError("(line longer than %d bytes)", maxLine)
	}
	line := strings.TrimRight(string(b), "\r\n")
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return line, nil
}

// length returns Content-length, or -1 if there is none.
func (q *request) length() (int64, error) {
	s, ok := q.field["content-length"]
	if !ok {
		return -1, nil
	}
	n, err := strconv.ParseUint(s, 10, 62)
	if err != nil {
		return 0, protocolError("(Content-Length contains non-numeric bytes)")
	}
	return int64(n), nil
}

// has reports whether a list of words separated by commas, as in "Set: local, remote", has one.
func has(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(w), word) {
			return true
		}
	}
	return false
}
