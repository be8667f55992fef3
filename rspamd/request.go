package rspamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/connpool"
)

// answerTime is what working out an answer may take.
const answerTime = 4 * time.Minute

// mail is one request with a message.
type mail struct {
	ctx      context.Context
	settings *Settings
	in       *classifier.Input
	user     string // whose tokens are taught: the field Deliver-To
	size     int64  // of the message, also of one that is not kept
	began    time.Time
}

// message returns the handler of requests with a message.
func (s *Server) message(access func(*http.Request) error, unread bool,
	answer func(*mail) (any, error)) http.HandlerFunc {
	return allowed(access, func(w http.ResponseWriter, r *http.Request) {
		share := connpool.Share{Budget: s.opt.Bytes}
		defer share.GiveAll()
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		m, err := s.read(ctx, r, &share, unread)
		if err != nil {
			refuse(w, err)
			return
		}
		body, err := answer(m)
		if err != nil {
			refuse(w, err)
			return
		}
		reply(w, http.StatusOK, body)
	})
}

// foreign are the header fields and parameters by which rspamd's clients name a message that is elsewhere.
var foreign = []string{"File", "Path", "Shm", "Shm-Offset", "Shm-Length"}

// checkForm refuses requests whose message is not their body as it is.
func checkForm(r *http.Request) error {
	query := r.URL.Query()
	for _, name := range foreign {
		if r.Header.Get(name) != "" || query.Has(strings.ToLower(name)) {
			return &Error{http.StatusBadRequest, name +
				": messages are read from the request's body only, not from files or " +
				"shared memory; " +
				"send the message itself"}
		}
	}
	for _, name := range []string{"Compression", "Content-Encoding"} {
		if v := r.Header.Get(name); v != "" && !strings.EqualFold(v, "identity") {
			return &Error{http.StatusUnsupportedMediaType,
				fmt.Sprintf("%s: %.40s is not read here; send the message uncompressed", name, v)}
		}
	}
	if r.Header.Get("Key") != "" {
		return &Error{http.StatusBadRequest, "Key: encrypted requests are not read here; use TLS (--web-cert)"}
	}
	return nil
}

// maxUnkept is the longest message that is read without being kept, in bytes.
const maxUnkept = 1 << 30

// read reads a request with its message. With unread, one that is too large to be checked is not kept.
func (s *Server) read(ctx context.Context, r *http.Request, share *connpool.Share, unread bool) (*mail, error) {
	if err := checkForm(r); err != nil {
		return nil, err
	}
	m := &mail{ctx: ctx, settings: s.settings.Load(), in: input(r.Header), user: r.Header.Get("Deliver-To"),
		began: time.Now()}
	if most := m.settings.MaxSize; unread && most > 0 && r.ContentLength >= most {
		n, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxUnkept))
		if m.size = n; err == nil && n == maxUnkept {
			return nil, tooLong(maxUnkept)
		}
		return m, err
	}
	limit := s.opt.MaxMessage
	if r.ContentLength > limit {
		return nil, tooLong(limit)
	}
	raw, err := connpool.ReadAll(ctx, r.Body, limit, r.ContentLength, share, s.opt.MakeRoom)
	switch {
	case errors.Is(err, connpool.ErrTooLong):
		return nil, tooLong(limit)
	case errors.Is(err, connpool.ErrNoRoom):
		return nil, &Error{http.StatusServiceUnavailable, "too many messages in hand; try again"}
	case err != nil:
		return nil, &Error{http.StatusBadRequest, "the message did not arrive: " + err.Error()}
	case len(raw) == 0:
		return nil, &Error{http.StatusBadRequest, "the request has no message: send it as the body"}
	}
	m.in.Raw, m.size = raw, int64(len(raw))
	if m.in.User = m.user; m.user == "" {
		m.in.User = classifier.UserOf(m.in.Recipients)
	}
	return m, nil
}

func tooLong(limit int64) error {
	return &Error{http.StatusRequestEntityTooLarge, fmt.Sprintf("the message is longer than %d bytes", limit)}
}

// input returns what the fields of a request say of its mail.
func input(h http.Header) *classifier.Input {
	in := &classifier.Input{
		Sender: address(h.Get("From")), Helo: h.Get("Helo"), AuthUser: h.Get("User"), QueueID: h.Get("Queue-Id"),
		Host: h.Get("MTA-Name"),
	}
	for _, to := range h.Values("Rcpt") {
		if to = address(to); to != "" {
			in.Recipients = append(in.Recipients, to)
		}
	}
	if ip, err := netip.ParseAddr(strings.Trim(h.Get("IP"), "[]")); err == nil {
		in.Client = ip.Unmap().WithZone("")
		if name := h.Get("Hostname"); !strings.EqualFold(name, "unknown") {
			in.ClientName = name
		}
	}
	return in
}

// address returns an envelope address without its angle brackets.
func address(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") {
		return s[1 : len(s)-1]
	}
	return s
}

// begin waits for the memory of a scan.
func (s *Server) begin(m *mail) (end func(), err error) {
	footprint := classifier.Footprint(m.in.Raw)
	if err := s.opt.Scans.Begin(m.ctx, footprint); err != nil {
		return nil, err
	}
	return func() { s.opt.Scans.End(footprint) }, nil
}

// Error is why a request is refused.
type Error struct {
	Status int // of HTTP
	Text   string
}

func (e *Error) Error() string { return e.Text }
