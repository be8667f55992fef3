package spamc

import (
	"context"
	"log/slog"
)

// senders answers SENDERS, a verb of our own: the field Do names the action, and the body has its arguments in JSON.
func (s *Server) senders(ctx context.Context, log *slog.Logger, req *request) (*answer, error) {
	do := req.field["do"]
	body, err := s.opt.Senders(ctx, do, req.message)
	if err != nil {
		return nil, &ServerError{codeUnavailable, err.Error()}
	}
	if do == "forget" { // whom, the log does not remember either
		log.Info("senders", "do", do)
	}
	return inJSON(body), nil
}

// Senders sends a request to the daemon's record of senders, see Options.Senders.
func (c *Client) Senders(ctx context.Context, do string, request []byte) ([]byte, error) {
	_, body, err := c.call(ctx, "SENDERS", request, []string{"Do: " + do})
	return body, err
}
