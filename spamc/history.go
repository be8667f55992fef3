package spamc

import (
	"context"
	"errors"
	"log/slog"
	"strconv"

	"asterism/history"
)

// maxLogged is how many bytes of a request are logged that changes something.
const maxLogged = 300

// codeNoInput is EX_NOINPUT: there is no such mail.
const codeNoInput = 66

// history answers HISTORY, a verb of our own: the field Do names the action, and the body has its arguments in JSON.
func (s *Server) history(ctx context.Context, log *slog.Logger, req *request) (*answer, error) {
	do := req.field["do"]
	body, err := s.opt.History(ctx, do, req.message)
	switch {
	case errors.Is(err, history.ErrNotFound):
		return nil, &ServerError{codeNoInput, err.Error()}
	case err != nil:
		return nil, &ServerError{codeUnavailable, err.Error()}
	}
	switch do {
	case "teach":
		log.Info("history", "do", do, "request", string(req.message[:min(len(req.message), maxLogged)]))
	case "forget": // whom, the log does not remember either
		log.Info("history", "do", do)
	}
	return inJSON(body), nil
}

// inJSON returns an answer to a verb of our own.
func inJSON(body []byte) *answer {
	return &answer{version: "1.1", text: "EX_OK", fields: []string{"Content-length: " + strconv.Itoa(len(body))},
		body: body}
}

// History sends a request to the daemon's history, see Options.History.
func (c *Client) History(ctx context.Context, do string, request []byte) ([]byte, error) {
	_, body, err := c.call(ctx, "HISTORY", request, []string{"Do: " + do})
	var refused *ServerError
	if errors.As(err, &refused) && refused.Code == codeNoInput {
		return nil, &notFound{refused.Text}
	}
	return body, err
}

// notFound is history.ErrNotFound in the server's words.
type notFound struct{ text string }

func (e *notFound) Error() string        { return e.text }
func (e *notFound) Is(target error) bool { return target == history.ErrNotFound }
