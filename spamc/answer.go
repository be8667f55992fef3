package spamc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/contain"
	"asterism/history"
	"asterism/message"
	"asterism/tag"
)

// answer is an answer of the server.
type answer struct {
	version string // "1.1"; PING has "1.5", refusals have "1.0", as with SpamAssassin
	code    int
	text    string
	fields  []string // header lines; an answer without any has no empty line either
	body    []byte
	joined  bool // the body follows the first line at once, as before version 1.2
}

// head returns the answer up to its body.
func (a *answer) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "SPAMD/%s %d %s\r\n", a.version, a.code, a.text)
	for _, f := range a.fields {
		b.WriteString(f + "\r\n")
	}
	if !a.joined && (len(a.fields) > 0 || a.body != nil) {
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// writeTo writes the answer. A large body, a message of which there is no other copy, is written as it is.
func (a *answer) writeTo(w io.Writer) error {
	head, body := a.head(), a.body
	if len(body) <= maxJoined {
		head, body = append(head, body...), nil
	}
	_, err := w.Write(head)
	if err == nil && len(body) > 0 {
		_, err = w.Write(body)
	}
	return err
}

// maxJoined is the longest body, in bytes, that is written together with the head.
const maxJoined = 64 << 10

// refusal returns the answer to a request that failed.
func refusal(err error) *answer {
	var e *ServerError
	if !errors.As(err, &e) {
		code, text := codeTempfail, err.Error()
		var panicked *contain.Panic
		if errors.As(err, &panicked) {
			text = fmt.Sprintf("panic while answering: %v", panicked.Value)
		}
		var network net.Error
		if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
			code, text = codeTimeout, "Timeout: "+text
		}
		e = &ServerError{code, text}
	}
	return &answer{version: "1.0", code: e.Code, text: strings.NewReplacer("\r", " ", "\n", " ").Replace(e.Text)}
}

// answer works out the answer to a request; SKIP has none.
func (s *Server) answer(ctx context.Context, log *slog.Logger, req *request, c *conn) (*answer, error) {
	access := c.access
	switch req.verb {
	case "PING":
		return &answer{version: "1.5", text: "PONG"}, nil
	case "SKIP":
		return nil, nil
	case "TELL":
		return s.tell(ctx, log, req, access)
	case "STATUS":
		if !access.Status || s.opt.Status == nil {
			return nil, protocolError("%s", req.verb)
		}
		return s.status()
	case "HISTORY":
		if s.opt.History == nil {
			return nil, protocolError("%s", req.verb)
		}
		if !access.Keep {
			return nil, &ServerError{codeUnavailable,
				"only the daemon's own control socket, beside the store or the history, tells the history"}
		}
		return s.history(ctx, log, req)
	case "SENDERS":
		if s.opt.Senders == nil {
			return nil, protocolError("%s", req.verb)
		}
		if !access.Keep {
			return nil, &ServerError{codeUnavailable, "only the daemon's own control socket tells of senders"}
		}
		return s.senders(ctx, log, req)
	case "TOTALS", "EXPIRE", "BACKUP", "KEY", "META", "LOOKUP":
		switch {
		case !access.Keep || s.opt.StoreAdmin == nil:
			return nil, protocolError("%s", req.verb)
		case req.verb == "KEY", req.verb == "META", req.verb == "LOOKUP":
			return s.look(req)
		}
		return s.administer(log, req, c)
	}
	v, err := s.check(ctx, log, req)
	if err != nil {
		return nil, err
	}
	settings := s.settings.Load()
	var message []byte
	if req.verb == "PROCESS" || req.verb == "HEADERS" {
		tags := settings.Tags
		if access.Compatible {
			tags.Headers = withSpamdHeaders(tags.Headers)
		}
		if req.verb == "HEADERS" {
			tags.Safe, tags.Dropping.Orders = tag.SafeOff, nil // the client keeps the body that it has
		}
		message = tags.Rewrite(req.message, v)
	}
	if v == nil {
		v = &classifier.Verdict{Required: settings.Required}
	}
	return checked(req, v, body(req, v, message, settings.Tags)), nil
}

// tooLarge is why a message is not checked.
const tooLarge = "too large"

// check returns the verdict on a request's message, or none if the message is too large to be checked.
func (s *Server) check(ctx context.Context, log *slog.Logger, req *request) (*classifier.Verdict, error) {
	settings, began := s.settings.Load(), time.Now()
	attrs := []any{"verb", req.verb, "size", req.size}
	if user := req.field["user"]; user != "" {
		attrs = append(attrs, "user", user)
	}
	in := req.input()
	record := func(v *classifier.Verdict, o history.Outcome) {
		o.Front, o.Size, o.Took = "spamc", req.size, time.Since(began)
		recorded := *in
		if to := strings.Fields(req.field[strings.ToLower(recipientsField)]); len(to) > 0 {
			o.Front, recorded.Recipients, recorded.Sender = "mda", to, req.field[strings.ToLower(senderField)]
		}
		s.opt.Record(&recorded, v, &o)
	}
	if settings.MaxSize > 0 && req.size >= int64(settings.MaxSize) {
		s.opt.Done("skip", tooLarge)
		record(nil, history.Outcome{Action: "skip", Reason: tooLarge})
		id := classifier.LogText(message.Parse(req.message).Header().Value("Message-ID"))
		log.Info("mail", append(attrs, "msgid", id, "action", "skip", "reason", tooLarge)...)
		return nil, nil
	}
	footprint := classifier.Footprint(req.message)
	if err := s.opt.Scans.Begin(ctx, footprint); err != nil {
		s.opt.Done("error", "")
		record(nil, history.Outcome{Action: "error", Err: err})
		return nil, err
	}
	defer s.opt.Scans.End(footprint)
	v, err := s.opt.Classifier.Check(ctx, in)
	if err == nil && v == nil {
		err = errors.New("the scan ended without a verdict")
	}
	if err != nil {
		s.opt.Done("error", "")
		record(nil, history.Outcome{Action: "error", Err: err})
		return nil, err
	}
	record(v, history.Outcome{Action: "answer"})
	s.opt.Done("answer", "")
	attrs = append(attrs, "msgid", v.MessageID)
	if settings.LogSubject {
		attrs = append(attrs, "subject", v.Subject)
	}
	attrs = append(attrs, v.LogAttrs()...)
	log.Info("mail", append(attrs, "action", "answer", "ms", time.Since(began).Milliseconds())...)
	return v, nil
}

// input returns a request's data about its message.
func (q *request) input() *classifier.Input {
	return &classifier.Input{Raw: q.message, User: q.field["user"]}
}

// body returns the body of an answer about a verdict; message is the request's with the verdict in its header.
func body(req *request, v *classifier.Verdict, message []byte, tags tag.Options) []byte {
	switch req.verb {
	case "SYMBOLS":
		names := strings.Join(v.Names(), ",")
		if req.version < 1.3 {
			names += "\r\n"
		}
		return []byte(names)
	case "REPORT":
		return []byte(tags.ReportOn(req.message, v))
	case "REPORT_IFSPAM":
		if v.Spam() {
			return []byte(tags.ReportOn(req.message, v))
		}
		return []byte{}
	case "PROCESS":
		return message
	case "HEADERS":
		return tag.HeaderOf(message)
	}
	return nil // CHECK
}

// checked returns the answer about a verdict, with the small differences between verbs and versions that SpamAssassin
// makes.
func checked(req *request, v *classifier.Verdict, body []byte) *answer {
	a := &answer{version: "1.1", text: "EX_OK", body: body}
	if req.version < 1.2 && (req.verb == "PROCESS" || req.verb == "HEADERS") {
		a.version, a.joined = "1.0", true
		return a
	}
	if req.verb != "CHECK" && (req.version >= 1.3 || req.verb == "PROCESS" || req.verb == "HEADERS") {
		a.fields = append(a.fields, "Content-length: "+strconv.Itoa(len(body)))
	}
	yes, no := "True", "False"
	if req.verb == "REPORT_IFSPAM" {
		yes, no = "Yes", "No"
	}
	if !v.Spam() {
		yes = no
	}
	if req.version >= 1.3 || req.verb != "PROCESS" {
		a.fields = append(a.fields, fmt.Sprintf("Spam: %s ; %s / %.1f", yes, v.ShownScore(), v.Required))
	}
	if req.field[bayesField] != "" && v.BayesReady {
		a.fields = append(a.fields, "Bayes: "+strconv.FormatFloat(v.Bayes, 'f', 6, 64))
	}
	return a
}

// bayesField is a header field of our own: a client that sends it wants the learner's probability in the answer.
const bayesField = "bayes"
